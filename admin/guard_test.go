package admin

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
)

func TestAuthentication(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	for _, c := range []struct {
		user, password string
		want           int
	}{
		{"admin", "penstock", 200}, {"admin", "wrong", 401}, {"admin", "", 401}, {"", "", 401}, {"", "penstock", 401},
		{"Admin", "penstock", 401}, {"admin", "penstock ", 401}, {"admin:penstock", "", 401},
	} {
		r := httptest.NewRequest("GET", "http://localhost/v1/sessions", nil)
		r.SetBasicAuth(c.user, c.password)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%q %q: status %d", c.user, c.password, w.Code)
		}
	}
	for _, header := range []string{"", "Basic", "Basic !!!", "Bearer x", "Basic YWRtaW4="} {
		w := call(t, api, "GET", "/v1/sessions", "", "Authorization", header)
		if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("Authorization %q: status %d, %v", header, w.Code, w.Header())
		}
	}
}

// TestNothingWithoutCredentials tries every verb on every kind of path.
func TestNothingWithoutCredentials(t *testing.T) {
	f := newFake(busySession())
	api := newTestAPI(t, f)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
		for _, path := range []string{"/", "/v1", "/v1/sessions", "/v1/sessions/1", "/v1/sessions/1/", "/v1/sessions/1/restart", "/v1/sessions/restart",
			"/v1/sessions/1/relationships/filters", "/v1/services", "//v1/sessions", "/v1/../v1/sessions", "/v1/sessions%2F1", "/nothing"} {
			w := call(t, api, method, path, "", "Authorization", "", "X-HTTP-Method-Override", "DELETE")
			if w.Code != http.StatusUnauthorized {
				t.Errorf("%s %s: status %d", method, path, w.Code)
			}
		}
	}
	if len(f.kills)+len(f.restarts)+f.updates != 0 {
		t.Error("something changed")
	}
}

func TestNeverOpen(t *testing.T) {
	for _, address := range []string{"127.0.0.1:8989", "0.0.0.0:8989", ""} {
		if _, err := New(newFake(), Options{Address: address}); err == nil {
			t.Errorf("%q without accounts", address)
		}
	}
}

func TestHosts(t *testing.T) {
	api := newTestAPI(t, newFake(), func(o *Options) { o.Address, o.Hosts = "db-gate.example:8989", []string{"Alias.example"} })
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8989": 200, "LOCALHOST:1": 200, "127.0.0.1:8989": 200, "[::1]:8989": 200, "[::1]": 200, "192.0.2.5": 200,
		"db-gate.example:8989": 200, "db-gate.example.": 200, "alias.example": 200,
		"evil.example": 403, "evil.example:8989": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example": 403, "": 403, ":8989": 403, "127.1": 403,
	} {
		if w := call(t, api, "GET", "/v1/sessions", "", "Host", host); w.Code != want {
			t.Errorf("Host %q: status %d, want %d", host, w.Code, want)
		}
	}
}

func TestPagesOfOtherSites(t *testing.T) {
	f := newFake(busySession())
	api := newTestAPI(t, f)
	for _, c := range []struct {
		name, value string
		want        int
	}{
		{"Sec-Fetch-Site", "cross-site", 403}, {"Sec-Fetch-Site", "same-site", 403}, {"Sec-Fetch-Site", "same-origin", 204}, {"Sec-Fetch-Site", "none", 204},
		{"Origin", "https://evil.example", 403}, {"Origin", "null", 403}, {"Origin", "http://localhost:8989", 204},
	} {
		if w := call(t, api, "DELETE", "/v1/sessions/1", "", c.name, c.value); w.Code != c.want {
			t.Errorf("%s %s: status %d, want %d", c.name, c.value, w.Code, c.want)
		}
	}
}

func TestEveryReplyIsHardened(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	for _, w := range []*httptest.ResponseRecorder{
		call(t, api, "GET", "/v1/sessions", ""), call(t, api, "GET", "/nothing", ""), call(t, api, "PUT", "/v1/sessions", ""),
		call(t, api, "PATCH", "/v1/sessions/1", "{"), call(t, api, "DELETE", "/v1/sessions/1", ""), call(t, api, "OPTIONS", "/v1/sessions/1", ""),
		call(t, api, "GET", "/v1/sessions", "", "Authorization", ""), call(t, api, "GET", "/v1/sessions", "", "Host", "evil.example"),
	} {
		for name, want := range map[string]string{"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("status %d: %s is %q", w.Code, name, got)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	for path, want := range map[string]string{
		"/v1/sessions":                          "GET, HEAD, OPTIONS",
		"/v1/sessions/1":                        "DELETE, GET, HEAD, OPTIONS, PATCH",
		"/v1/sessions/1/restart":                "OPTIONS, POST",
		"/v1/sessions/restart":                  "OPTIONS, POST",
		"/v1/sessions/1/relationships/filters":  "GET, HEAD, OPTIONS, PATCH",
		"/v1/sessions/1/relationships/services": "GET, HEAD, OPTIONS",
		"/v1/services":                          "GET, HEAD, OPTIONS, POST",
		"/v1/servers/primary":                   "DELETE, GET, HEAD, OPTIONS, PATCH",
	} {
		for _, slash := range []string{"", "/"} {
			w := call(t, api, "PUT", path+slash, "{}")
			allow := strings.Split(w.Header().Get("Allow"), ", ")
			slices.Sort(allow)
			if got := strings.Join(allow, ", "); w.Code != http.StatusMethodNotAllowed || got != want {
				t.Errorf("PUT %s%s: status %d, Allow %q, want %q", path, slash, w.Code, got, want)
			}
			errorsOf(t, w)
			w = call(t, api, "OPTIONS", path+slash, "")
			allow = strings.Split(w.Header().Get("Allow"), ", ")
			slices.Sort(allow)
			if got := strings.Join(allow, ", "); w.Code != http.StatusNoContent || got != want {
				t.Errorf("OPTIONS %s%s: status %d, Allow %q, want %q", path, slash, w.Code, got, want)
			}
		}
	}
	for _, path := range []string{"/", "/v2/sessions", "/v1/session", "/v1/sessions/1/nothing", "/v1/sessions/1/relationships/servers",
		"/v1/services/gone", "/v1/services/app/relationships/sessions", "/v1/Sessions", "//v1/sessions", "/v1/sessions//1"} {
		w := call(t, api, "GET", path, "")
		if w.Code != http.StatusNotFound {
			t.Errorf("GET %s: status %d", path, w.Code)
		}
		errorsOf(t, w)
	}
}

func TestBodies(t *testing.T) {
	const body = `{"data":{}}`
	api := newTestAPI(t, newFake(busySession()), func(o *Options) { o.MaxBody = 100 })
	for contentType, want := range map[string]int{
		"application/json": 204, "application/json; charset=utf-8": 204, "application/json;charset=UTF-8": 204, "application/vnd.api+json": 204, "": 204,
		"application/x-www-form-urlencoded": 415, "text/plain": 415, "application/json; charset=latin1": 415, "nonsense;;": 415, "application/xml": 415,
	} {
		if w := call(t, api, "PATCH", "/v1/sessions/1", body, "Content-Type", contentType); w.Code != want {
			t.Errorf("Content-Type %q: status %d, want %d", contentType, w.Code, want)
		}
	}
	padded := body + strings.Repeat(" ", 100-len(body))
	if w := call(t, api, "PATCH", "/v1/sessions/1", padded); w.Code != http.StatusNoContent {
		t.Errorf("100 bytes: status %d", w.Code)
	}
	w := call(t, api, "PATCH", "/v1/sessions/1", padded+" ")
	if e := errorsOf(t, w); w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(e[0].Detail, "100 bytes") {
		t.Errorf("101 bytes: status %d, %+v", w.Code, e)
	}
	if w := call(t, api, "POST", "/v1/sessions/1/restart", padded+padded, "Content-Type", "image/png"); w.Code != http.StatusNoContent {
		t.Errorf("a body that is not read: status %d", w.Code)
	}
}

func TestLogOfChangesAndRefusals(t *testing.T) {
	var out bytes.Buffer
	api := newTestAPI(t, newFake(busySession()), func(o *Options) {
		o.Logger = hclog.New(&hclog.LoggerOptions{Output: &out, Level: hclog.Info, DisableTime: true})
	})
	call(t, api, "GET", "/v1/sessions", "")
	if out.Len() != 0 {
		t.Errorf("reading is logged: %s", &out)
	}
	call(t, api, "DELETE", "/v1/sessions/1", "")
	call(t, api, "PATCH", "/v1/sessions/9%0Aforged", "")
	r := httptest.NewRequest("GET", "http://localhost/v1/sessions", nil)
	r.SetBasicAuth("mallory", "guessed-secret")
	api.ServeHTTP(httptest.NewRecorder(), r)
	for _, want := range []string{"user=admin from=192.0.2.1:1234 method=DELETE path=/v1/sessions/1 status=204", "status=404", "[WARN]  admin: api request refused"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &out)
		}
	}
	for _, never := range []string{"\nforged", "penstock", "guessed-secret", "Basic"} {
		if strings.Contains(strings.ReplaceAll(out.String(), "Basic authentication", ""), never) {
			t.Errorf("the log has %q:\n%s", never, &out)
		}
	}
}
