package admin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-db/penstock/admin/openapi/openapitest"
)

// contracts are the APIs' OpenAPI documents, read: by their text.
var contracts sync.Map

// contractOf returns what an API says of itself.
func contractOf(t testing.TB, api *API) *openapitest.Contract {
	t.Helper()
	if known, ok := contracts.Load(string(api.openAPI)); ok {
		return known.(*openapitest.Contract)
	}
	c, err := openapitest.New(api.openAPI)
	if err != nil {
		t.Fatal(err)
	}
	contracts.Store(string(api.openAPI), c)
	return c
}

// checkContract holds an answer against the API's own document.
func checkContract(t testing.TB, api *API, r *http.Request, body string, w *httptest.ResponseRecorder) {
	t.Helper()
	e := &openapitest.Exchange{Method: r.Method, URL: r.URL, Request: r.Header, RequestBody: []byte(body),
		Status: w.Code, Answer: w.Header(), Body: w.Body.Bytes()}
	if r.Method == http.MethodHead {
		e.Body = nil // net/http drops it
	}
	if err := contractOf(t, api).Check(e); err != nil {
		t.Error(err)
	}
}

// TestEveryRouteIsDescribed tells which route lacks what the OpenAPI document
// needs to know of it.
func TestEveryRouteIsDescribed(t *testing.T) {
	api := newTestAPI(t, newFake())
	for _, rt := range api.table() {
		where := rt.method + " " + rt.path + ": "
		if rt.summary == "" {
			t.Error(where + "has no summary")
		}
		if rt.gives.status == 0 || rt.gives.says == "" {
			t.Error(where + "does not say in gives what it answers")
		}
		if rt.gives.schema == nil && rt.gives.status != http.StatusNoContent {
			t.Error(where + "answers a body, but gives has no schema for it")
		}
		if strings.Contains(rt.path, ":name") != (len(rt.gives.relationships) > 0) {
			t.Error(where + "relationships in gives have to go with :name in the path")
		}
		if rt.method == http.MethodPatch && rt.takes == nil {
			t.Error(where + "does not say in takes what its body is")
		}
		for _, p := range rt.parameters() {
			if p.Description == "" || p.Schema == nil {
				t.Errorf("%sthe parameter %s has no description or schema", where, p.Name)
			}
		}
		for _, status := range rt.statuses() {
			if errorStatuses[status] == "" {
				t.Errorf("%serrorStatuses does not say what %d means", where, status)
			}
		}
	}
}

// TestEveryMemberIsDescribed tells which member of which schema has no words,
// and which words are about nothing.
func TestEveryMemberIsDescribed(t *testing.T) {
	var doc struct {
		Components struct{ Schemas map[string]any }
	}
	api := newTestAPI(t, newFake())
	if err := json.Unmarshal(api.openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	for _, at := range undescribed(doc.Components.Schemas, "") {
		t.Errorf("%s has no description: see words.go", at)
	}
	for typ, members := range words() {
		var have []string
		for field := range typ.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			have = append(have, name)
		}
		for name := range members {
			if !slices.Contains(have, name) {
				t.Errorf("words describe the member %q of %s, which it does not have", name, typ.Name())
			}
		}
	}
}

// undescribed lists the members of objects that have no description.
func undescribed(v any, at string) (list []string) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			list = append(list, undescribed(value, at+"/"+name)...)
		}
		members, _ := v["properties"].(map[string]any)
		for name, member := range members {
			if m, _ := member.(map[string]any); m["description"] == nil {
				list = append(list, at+"/properties/"+name)
			}
		}
	case []any:
		for _, value := range v {
			list = append(list, undescribed(value, at)...)
		}
	}
	slices.Sort(list)
	return list
}

func TestOpenAPIDocumentIsServed(t *testing.T) {
	api := newTestAPI(t, newFake())
	w := call(t, api, "GET", openAPIPath, "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != typeJSON {
		t.Fatalf("status %d, %s", w.Code, w.Header().Get("Content-Type"))
	}
	if _, err := openapitest.New(w.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	pretty := call(t, api, "GET", openAPIPath+"?pretty=true", "")
	if !strings.Contains(pretty.Body.String(), "\n    \"openapi\": \"3.1.0\"") {
		t.Errorf("pretty=true does not indent: %.60s", pretty.Body)
	}
}

// A change to what is answered that the document does not follow is noticed.
func TestContractNotices(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	good := call(t, api, "GET", "/v1/sessions/1", "").Body.String()
	for name, bad := range map[string]string{
		"a member more":       strings.Replace(good, `"thread":`, `"threads":1,"thread":`, 1),
		"a member less":       strings.Replace(good, `"thread":0,`, ``, 1),
		"another type":        strings.Replace(good, `"thread":0`, `"thread":"0"`, 1),
		"null":                strings.Replace(good, `"thread":0`, `"thread":null`, 1),
		"another value":       strings.Replace(good, `"Session started"`, `"Session begun"`, 1),
		"no data":             `{"links":{}}`,
		"no JSON":             `{`,
		"a relationship less": strings.Replace(good, `"services":{"data"`, `"service":{"data"`, 1),
	} {
		r := httptest.NewRequest("GET", "/v1/sessions/1", nil)
		h := http.Header{}
		harden(h)
		h.Set("Content-Type", typeJSON)
		e := &openapitest.Exchange{Method: "GET", URL: r.URL, Request: r.Header, Status: 200, Answer: h, Body: []byte(good)}
		if err := contractOf(t, api).Check(e); err != nil {
			t.Fatal(err)
		}
		if e.Body = []byte(bad); bad == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := contractOf(t, api).Check(e); err == nil {
			t.Errorf("%s is not noticed", name)
		}
	}
}
