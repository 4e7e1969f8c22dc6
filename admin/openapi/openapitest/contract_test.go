package openapitest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const text = `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{
	"/things/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
			"responses":{"200":{"description":"x","content":{"application/json":{"schema":{"$ref":"#/components/schemas/thing"}}}},"404":{"$ref":"#/components/responses/404"}}},
		"patch":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
			"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/thing"}}}},
			"responses":{"204":{"description":"x"},"400":{"$ref":"#/components/responses/404"}}}},
	"/things/new":{"post":{"responses":{"204":{"description":"x"}}}}},
	"components":{"responses":{"404":{"description":"x","content":{"application/json":{"schema":{"type":"object","required":["errors"]}}}}},
	"schemas":{"thing":{"type":"object","properties":{"n":{"type":["integer","null"],"minimum":0},"kind":{"enum":["a","b"]},"list":{"type":"array","items":{"type":"boolean"}},
		"sub":{"anyOf":[{"$ref":"#/components/schemas/thing"},{"type":"null"}]},"free":{},"map":{"type":"object","additionalProperties":{"const":"c"}}},
		"required":["n","kind"],"additionalProperties":false}}}}`

func read(t *testing.T, text string) *Contract {
	t.Helper()
	c, err := New([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatIsNoDocument(t *testing.T) {
	for name, change := range map[string][2]string{
		"no JSON":          {`{"openapi"`, `{"openapi`},
		"another version":  {`"3.1.0"`, `"2.0"`},
		"an odd member":    {`"info"`, `"information"`},
		"no description":   {`"204":{"description":"x"}`, `"204":{}`},
		"no schema":        {`"type":"boolean"`, `"type":"bool"`},
		"leads to nothing": {`[{"$ref":"#/components/schemas/thing"}`, `[{"$ref":"#/components/schemas/think"}`},
	} {
		bad := strings.ReplaceAll(text, change[0], change[1])
		if bad == text {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := New([]byte(bad)); err == nil {
			t.Errorf("%s is not noticed", name)
		}
	}
}

func TestCheck(t *testing.T) {
	c := read(t, text)
	for _, x := range []struct {
		method, target, over, sent string
		status                     int
		body                       string
		ok                         bool
	}{
		{"GET", "/things/1", "", "", 200, `{"n":1,"kind":"a"}`, true},
		{"GET", "/things/1//", "", "", 200, `{"n":1,"kind":"a"}`, true},
		{"GET", "/things/1", "", "", 200, `{"n":-1,"kind":"a"}`, false},
		{"GET", "/things/1", "", "", 200, `{"n":1}`, false},
		{"GET", "/things/1?fields[things]=n", "", "", 200, `{"n":1}`, true},
		{"GET", "/things/1?fields[things]=n", "", "", 200, `{"m":1}`, false},
		{"GET", "/things/1", "", "", 204, ``, false},
		{"GET", "/things/1", "", "", 404, `{"errors":[]}`, true},
		{"GET", "/things/1", "", "", 404, `{}`, false},
		{"HEAD", "/things/1", "", "", 200, ``, true},
		{"HEAD", "/things/1", "", "", 200, `{}`, false},
		{"PATCH", "/things/1", "", `{"n":1,"kind":"b"}`, 204, ``, true},
		{"PATCH", "/things/1", "", `{"n":1,"kind":"c"}`, 204, ``, false}, // it should not have been accepted
		{"PATCH", "/things/1", "", `{"n":1,"kind":"c"}`, 400, `{"errors":[]}`, true},
		{"POST", "/things/new", "", `whatever`, 204, ``, true},
		{"POST", "/things/new", "", ``, 204, `{}`, false},
		{"POST", "/things/1", "patch", `{"n":1,"kind":"b"}`, 204, ``, true},
		{"POST", "/things/1", "", `{"n":1,"kind":"b"}`, 204, ``, false},
		{"GET", "/nothing", "", "", 404, `{"errors":[]}`, true},
		{"GET", "/nothing", "", "", 404, `nothing`, false},
		{"GET", "/nothing", "", "", 200, `{}`, false},
		{"PUT", "/things/1", "", "", 405, `{"errors":[]}`, false}, // no Allow
		{"OPTIONS", "/things/1", "", "", 204, ``, false},
		{"OPTIONS", "/nothing", "", "", 204, ``, true},
	} {
		at, err := url.Parse("http://x" + x.target)
		if err != nil {
			t.Fatal(err)
		}
		e := &Exchange{Method: x.method, URL: at, Request: http.Header{"X-Http-Method-Override": {x.over}}, RequestBody: []byte(x.sent),
			Status: x.status, Answer: http.Header{"Content-Type": {"application/json"}}, Body: []byte(x.body)}
		if err := c.Check(e); (err == nil) != x.ok {
			t.Errorf("%+v: %v", x, err)
		}
	}
}

// What a sampler makes up fits; what is mutated mostly does not.
func TestSampler(t *testing.T) {
	c := read(t, text)
	r := rand.New(rand.NewPCG(1, 1))
	s := c.Sampler(r, func(string) string { return "name" })
	misfits := 0
	for _, op := range c.Operations() {
		if op.Body == nil {
			continue
		}
		if got := op.Fill(func(collection string) string { return "one of " + collection }); got != "/things/one of things" {
			t.Errorf("the path is %q", got)
		}
		for range 1000 {
			value := s.Value(op.Body)
			good, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.strict.check(op.bodyPointer(), good); err != nil {
				t.Fatalf("%s: %v", good, err)
			}
			bad, err := json.Marshal(Mutate(r, value))
			if err != nil {
				t.Fatal(err)
			}
			if c.strict.check(op.bodyPointer(), bad) != nil {
				misfits++
			}
		}
	}
	if misfits < 500 {
		t.Errorf("of 1000 mutated values only %d do not fit", misfits)
	}
}
