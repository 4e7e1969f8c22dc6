package admin

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
)

func TestMethodOverride(t *testing.T) {
	f := newFake(busySession())
	api := newTestAPI(t, f)
	for _, c := range []struct {
		method, override, path, body string
		want                         int
	}{
		{"POST", "PATCH", "/v1/sessions/1", body1, 204},
		{"POST", "PATCH", "/v1/sessions/1", "{", 400},
		{"POST", "PUT", "/v1/sessions/1", "", 405},
		{"POST", "DELETE", "/v1/sessions/1/restart", "", 405}, // not the POST that it is sent as
		{"POST", "GET", "/v1/sessions/1/restart", "", 400},
		{"POST", "POST", "/v1/sessions/1/restart", "", 400},
		{"POST", "delete", "/v1/sessions/1/restart", "", 400},
		{"POST", "OPTIONS", "/v1/sessions/restart", "", 400},
		{"GET", "DELETE", "/v1/sessions/1", "", 400},
		{"DELETE", "GET", "/v1/sessions/1", "", 400},
		{"PATCH", "DELETE", "/v1/sessions/1", body1, 400},
	} {
		w := call(t, api, c.method, c.path, c.body, overrideHeader, c.override)
		if w.Code != c.want {
			t.Errorf("%s with %s %s: status %d, want %d", c.method, c.override, c.path, w.Code, c.want)
		}
		if w.Code == http.StatusBadRequest && c.body == "" {
			if e := errorsOf(t, w); e[0].Source == nil || e[0].Source.Header != overrideHeader {
				t.Errorf("%s with %s: %+v", c.method, c.override, e[0].Source)
			}
		}
	}
	if f.updates != 1 || len(f.kills)+len(f.restarts) != 0 {
		t.Errorf("%d updates, kills %v, restarts %v", f.updates, f.kills, f.restarts)
	}
	r := listRequest("")
	r.Method, r.Header[overrideHeader] = "POST", nil
	r.Header["X-Http-Method-Override"] = []string{"DELETE", "PATCH"}
	if w := serve(api, r); w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusBadRequest {
		t.Errorf("two overrides: status %d", w.Code)
	}
	if w := call(t, api, "POST", "/v1/sessions/1?ttl=5", "", overrideHeader, "DELETE"); w.Code != http.StatusNoContent || len(f.kills) != 1 {
		t.Errorf("a kill: status %d, %v", w.Code, f.kills)
	}
	if w := call(t, api, "POST", "/v1/sessions/1", "", overrideHeader, "DELETE", "Origin", "https://evil.example"); w.Code != http.StatusForbidden {
		t.Errorf("a page of another site: status %d", w.Code)
	}
}

// TestOverrideStandsInFront: whatever comes behind sees the method that is
// carried out, the guard too, and nobody else's request is changed.
func TestOverrideStandsInFront(t *testing.T) {
	var log bytes.Buffer
	api := newTestAPI(t, newFake(), func(o *Options) { o.Logger = hclog.New(&hclog.LoggerOptions{Output: &log}) })
	if w := call(t, api, "POST", "/v1/sessions/1", "", overrideHeader, "DELETE", "Authorization", ""); w.Code != http.StatusUnauthorized || !strings.Contains(log.String(), "method=DELETE") {
		t.Errorf("status %d, the guard saw: %s", w.Code, &log)
	}
	var seen string
	h := overridden(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Method + " " + r.Header.Get(overrideHeader) }))
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set(overrideHeader, "DELETE")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if seen != "DELETE " || r.Method != "POST" || r.Header.Get(overrideHeader) != "DELETE" {
		t.Errorf("%q behind it, %q before", seen, r.Method)
	}
}
