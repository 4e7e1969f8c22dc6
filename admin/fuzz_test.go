package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzPatchBody holds the reader of PATCH's bodies to what must be true of any
// body: it does not panic; every problem has a detail and a pointer; what it
// accepts is valid JSON and fits the schema of the OpenAPI document, and every
// filter has a name.
func FuzzPatchBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `{"data":null}`, `{"data":{}}`, `{"data":[]}`, `{"data":[{"id":"hide"}]}`, `{"data":[{"id":"a","type":"services"},{"id":"a"}]}`,
		`{"data":{"attributes":{"parameters":{"log_info":true,"log_debug":false}}}}`,
		`{"data":{"attributes":{"parameters":{"log_info":"yes"}}}}`,
		`{"data":{"attributes":{"relationships":{"filters":{"data":[{"id":"my-cache-filter"},{"id":"my-log-filter"}]}}}}}`,
		`{"data":{"relationships":{"filters":{"data":[{"id":"my-log-filter","type":"services"}]},"services":{"data":[{"id":"app"}]}}}}`,
		`{"data":{"id":"1","type":"sessions","attributes":{"user":"x","queries":[{"a":[[[1e999]]]}]}}}`,
		`{"data":{},"data":{}}`, `{"da\u0074a":{}}`, `{"data":{"a/b~c":"\ud800"}}`, "\xef\xbb\xbf{}", "{\"data\":{\"\xff\":1}}",
		strings.Repeat(`[`, 100), strings.Repeat(`{"data":`, 100), `{"data":{}}}`, `{"data":{}} x`,
	} {
		f.Add([]byte(seed))
	}
	contract := contractOf(f, newTestAPI(f, newFake()))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := readChange(text, "1", "app")
		checkChange(t, text, c, err)
		if err == nil {
			checkBodySchema(t, contract, "PATCH", "/v1/sessions/1", text)
		}
		c, err = readFilters(text)
		checkChange(t, text, c, err)
		if err == nil {
			checkBodySchema(t, contract, "PATCH", "/v1/sessions/1/relationships/filters", text)
		}
		if err == nil && c.update.Filters == nil {
			t.Fatal("a relationship's body that changes no filters was accepted")
		}
	})
}

func checkChange(t *testing.T, text []byte, c change, err error) {
	t.Helper()
	if err == nil {
		if !json.Valid(text) || !utf8.Valid(text) {
			t.Fatalf("accepted: %q", text)
		}
		if c.update.Filters != nil {
			for _, name := range *c.update.Filters {
				if name == "" {
					t.Fatal("a filter without a name was accepted")
				}
			}
			if !strings.HasSuffix(c.filtersAt, "/data") {
				t.Fatalf("filters at %q", c.filtersAt)
			}
		}
		return
	}
	for _, p := range explain(err) {
		if p.status != http.StatusBadRequest && p.status != http.StatusConflict {
			t.Fatalf("status %d", p.status)
		}
		if p.detail == "" || p.source == nil || p.source.Pointer == nil {
			t.Fatalf("a problem without detail or pointer: %+v", p)
		}
		if ptr := *p.source.Pointer; ptr != "" && !strings.HasPrefix(ptr, "/") {
			t.Fatalf("pointer %q", ptr)
		}
	}
	var one *problem
	var many problems
	if !errors.As(err, &one) && !errors.As(err, &many) {
		t.Fatalf("error of type %T", err)
	}
}

// FuzzTTL holds parseTTL to its range and its spelling.
func FuzzTTL(f *testing.F) {
	for _, seed := range []string{"", "0", "30", "5s", "500ms", "2m", "1h", "-1", "1.5", "8760h", "9223372036854775808", "1m30s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ttl, ok := parseTTL(text)
		if !ok {
			return
		}
		if ttl < 0 || ttl > maxTTL {
			t.Fatalf("%q is %v", text, ttl)
		}
		if strings.TrimLeft(text, "0123456789") == text {
			t.Fatalf("%q was accepted", text)
		}
	})
}
