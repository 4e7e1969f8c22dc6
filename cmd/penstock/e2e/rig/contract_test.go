package rig

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// described is all that the API of TestWhatIsNotDescribedFails says of itself.
const described = `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/v1/things/{id}":{"get":{
	"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
	"responses":{"200":{"description":"x","headers":{"X-Frame-Options":{"required":true,"schema":{"type":"string"}}},
		"content":{"application/json":{"schema":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}}}},
	"400":{"description":"x","content":{"application/json":{"schema":{"type":"object","required":["errors"]}}}}}}}}}`

// An answer that the document does not have fails what asked for it, and the
// test at its end.
func TestWhatIsNotDescribedFails(t *testing.T) {
	for _, c := range []struct {
		name, path string
		status     int
		media      string
		frame      bool
		body, want string
	}{
		{"as it should be", "/v1/things/1", 200, "application/json", true, `{"n":1}`, ""},
		{"an error as it should be", "/v1/things/1", 400, "application/json", true, `{"errors":[]}`, ""},
		{"another type", "/v1/things/1", 200, "application/json", true, `{"n":"1"}`, "at '/n'"},
		{"a member less", "/v1/things/1", 200, "application/json", true, `{}`, "missing property 'n'"},
		{"a member more", "/v1/things/1", 200, "application/json", true, `{"n":1,"m":1}`, "'m' not allowed"},
		{"no JSON", "/v1/things/1", 200, "application/json", true, `{"n":1`, "no JSON"},
		{"another media type", "/v1/things/1", 200, "text/plain", true, `{"n":1}`, "media type"},
		{"a header less", "/v1/things/1", 200, "application/json", false, `{"n":1}`, "X-Frame-Options"},
		{"another status", "/v1/things/1", 201, "application/json", true, `{"n":1}`, "status"},
		{"another path", "/v1/others", 200, "application/json", true, `{"n":1}`, "no such operation"},
		{"an error that looks different", "/v1/others", 404, "application/json", true, `{"error":[]}`, "errors"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == openAPIPath {
					w.Write([]byte(described))
					return
				}
				w.Header().Set("Content-Type", c.media)
				if c.frame {
					w.Header().Set("X-Frame-Options", "DENY")
				}
				w.WriteHeader(c.status)
				w.Write([]byte(c.body))
			}))
			defer server.Close()
			api := newAPI(strings.TrimPrefix(server.URL, "http://"))
			err := api.Do(http.MethodGet, c.path, nil, nil)
			var status *Status
			if c.want == "" {
				if err != nil && !errors.As(err, &status) || api.Broken() != nil {
					t.Fatalf("%v, %v", err, api.Broken())
				}
				return
			}
			for _, err := range []error{err, api.Broken()} {
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}
		})
	}
}
