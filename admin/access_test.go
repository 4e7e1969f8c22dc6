package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/penstock-db/penstock/admin/access"
)

// as is the Authorization of an account.
func as(name, password string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(name, password)
	return r.Header.Get("Authorization")
}

var reader = as("reader", "reading")

// spellings are ways to write a path that some server or other takes for it.
func spellings(path string) []string {
	encoded := strings.ReplaceAll(path[1:], "/", "%2f")
	middle := strings.Replace(path, "/v1/", "/v1/./", 1)
	return []string{path, path + "/", path + "//", "/" + path, strings.Replace(path, "/v1/", "/v1//", 1), "/" + encoded, middle,
		"/v1/.." + path, path + "/.", path + "?_method=GET", strings.ToUpper(path), strings.Replace(path, "v1", "%761", 1), path + "%2f", path + ";a=b", path + "%00"}
}

// The methods that are tried on every path, and what an override header says.
var (
	allMethods = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "get", "delete", "Patch", "PROPFIND", "LINK"}
	overrides  = []string{"", "GET", "DELETE", "delete", "PATCH", "POST", "PUT"}
)

// everyPath are paths of every route there is.
func everyPath(api *API) (paths []string) {
	for _, rt := range api.table() {
		paths = append(paths, strings.NewReplacer(":id", "1", ":name", "filters").Replace(rt.path))
	}
	return append(paths, "/", "/v1", "/v1/filters/log", "/v1/users/inet/admin", "/nothing")
}

// TestReadersChangeNothing tries every method, override and spelling on every
// path.
func TestReadersChangeNothing(t *testing.T) {
	f := newFake(busySession())
	editor := &fakeEditor{}
	api := newTestAPI(t, f, func(o *Options) { o.Editor = editor })
	token, err := api.access.Issue("reader", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	logins := [][]string{{"Authorization", reader}, {"Authorization", "Bearer " + token}, {"Authorization", "", "Cookie", tokenCookie + "=" + token}}
	tried, bare := 0, http.HandlerFunc(api.ServeHTTP) // not held against the OpenAPI document: that takes too long
	for _, path := range everyPath(api) {
		for _, target := range spellings(path) {
			login := ofLogin(httptest.NewRequest("GET", target, nil)) // which changes nothing
			for _, method := range allMethods {
				for _, override := range overrides {
					header := slices.Concat(logins[tried%len(logins)], []string{overrideHeader, override})
					w := call(t, bare, method, target, `{"data":{}}`, header...)
					safe := method == "GET" || method == "HEAD" || method == "OPTIONS"
					overridden := override != "" && override != "GET"
					if (!safe || overridden) && !login && w.Code != http.StatusForbidden {
						t.Fatalf("%s %s, overridden by %q: status %d", method, target, override, w.Code)
					}
					tried++
				}
			}
		}
	}
	if len(f.kills)+len(f.restarts)+len(f.closed)+len(f.upgraded)+f.updates+editor.edits != 0 {
		t.Errorf("after %d requests something has changed: %+v, %d edits", tried, f, editor.edits)
	}
}

// TestNobodyReadsAnything sends what is no credentials, in many ways.
func TestNobodyReadsAnything(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	token, err := api.access.Issue("admin", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	good, bare := as("admin", "penstock"), http.HandlerFunc(api.ServeHTTP)
	for name, header := range map[string][]string{
		"nothing":               {"Authorization", ""},
		"an empty cookie":       {"Authorization", "", "Cookie", tokenCookie + "="},
		"two cookies":           {"Authorization", "", "Cookie", tokenCookie + "=" + token + "; " + tokenCookie + "=x"},
		"another cookie":        {"Authorization", "", "Cookie", "token_body=" + token},
		"half a token":          {"Authorization", "Bearer " + token[:len(token)/2]},
		"no signature":          {"Authorization", "Bearer " + token[:strings.LastIndex(token, ".")+1]},
		"a token as a password": {"Authorization", as("admin", token)},
		"a password as a token": {"Authorization", "Bearer penstock"},
		"no scheme":             {"Authorization", token},
		"another scheme":        {"Authorization", strings.Replace(good, "Basic", "Digest", 1)},
		"a right one, twice":    {"Authorization", good + ", " + good},
		"a space":               {"Authorization", "Bearer  "},
		// What was meant to be shown is wrong: another thing that is right does not help.
		"a right cookie with a wrong token": {"Authorization", "Bearer x", "Cookie", tokenCookie + "=" + token},
		"a right cookie, no header's value": {"Authorization", "Basic", "Cookie", tokenCookie + "=" + token},
	} {
		for _, path := range everyPath(api) {
			for _, target := range spellings(path) {
				for _, method := range []string{"GET", "HEAD", "OPTIONS", "DELETE", "get"} {
					w := call(t, bare, method, target, "", header...)
					// 429: wrong passwords are counted.
					if w.Code != http.StatusUnauthorized && w.Code != http.StatusTooManyRequests || strings.Contains(w.Body.String(), `"data"`) {
						t.Fatalf("%s: %s %s: status %d, %s", name, method, target, w.Code, w.Body)
					}
				}
			}
		}
	}
	r := httptest.NewRequest("GET", "http://localhost/v1/sessions", nil)
	r.Header["Authorization"] = []string{good, good}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("two headers: status %d", w.Code)
	}
}

// tokenOf asks for a token.
func tokenOf(t *testing.T, api *API, query string, header ...string) string {
	t.Helper()
	w := call(t, api, "GET", authPath+query, "", header...)
	var doc struct{ Meta struct{ Token string } }
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != http.StatusOK || doc.Meta.Token == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d, %v: %s", w.Code, w.Header(), w.Body)
	}
	return doc.Meta.Token
}

func TestTokens(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	bearer := "Bearer " + tokenOf(t, api, "/?max-age=60")
	for _, c := range []struct {
		method, path string
		header       string
		want         int
	}{
		{"GET", "/v1/sessions/1", bearer, 200}, {"DELETE", "/v1/sessions/1", bearer, 204}, {"GET", "/v1/sessions/1", strings.Replace(bearer, "Bearer", "bearer", 1), 200},
		{"GET", "/v1/sessions/1", "Bearer " + tokenOf(t, api, "", "Authorization", reader), 200},
		{"DELETE", "/v1/sessions/1", "Bearer " + tokenOf(t, api, "", "Authorization", reader), 403},
		{"GET", authPath, bearer, 403}, {"POST", authPath, bearer, 403}, // a token gets no other
		{"GET", authPath + "?persist=yes", bearer, 403},
		{"POST", authPath, reader, 200}, {"DELETE", authPath, reader, 204}, {"PUT", authPath, reader, 405},
		{"GET", authPath + "?max-age=0", reader, 400}, {"GET", authPath + "?max-age=-1", reader, 400}, {"GET", authPath + "?max-age=1.5", reader, 400},
		{"GET", authPath + "?max-age=604800", reader, 200}, {"GET", authPath + "?max-age=604801", reader, 400}, {"GET", authPath + "?persist=perhaps", reader, 400},
		{"GET", authPath, "", 401},
	} {
		if w := call(t, api, c.method, c.path, "", "Authorization", c.header); w.Code != c.want {
			t.Errorf("%s %s with %q: status %d, want %d", c.method, c.path, c.header, w.Code, c.want)
		}
	}
}

func TestCookies(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	get := func(query string) *http.Cookie {
		t.Helper()
		w := call(t, api, "GET", authPath+query, "")
		cookies := w.Result().Cookies()
		if w.Code != http.StatusNoContent || len(cookies) != 1 || w.Body.Len() > 0 {
			t.Fatalf("%s: status %d, %v", query, w.Code, w.Header())
		}
		c := cookies[0]
		if c.Name != tokenCookie || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.Path != "/" {
			t.Errorf("%s: cookie %+v", query, c)
		}
		return c
	}
	if c := get("?persist=yes&max-age=60"); c.MaxAge != 60 {
		t.Errorf("%+v", c)
	}
	c := get("?persist=true")
	if c.MaxAge != 0 {
		t.Errorf("%+v", c)
	}
	cookie := tokenCookie + "=" + c.Value
	if w := call(t, api, "DELETE", "/v1/sessions/1", "", "Authorization", "", "Cookie", cookie); w.Code != http.StatusNoContent {
		t.Errorf("status %d", w.Code)
	}
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "cross-site", overrideHeader, "DELETE"}} {
		if w := call(t, api, "DELETE", "/v1/sessions/1", "", append(header, "Authorization", "", "Cookie", cookie)...); w.Code != http.StatusForbidden {
			t.Errorf("%v: status %d", header, w.Code)
		}
	}
	if w := call(t, api, "GET", "/v1/sessions/1", "", "Authorization", "", "Cookie", cookie, "Sec-Fetch-Site", "cross-site", overrideHeader, "DELETE"); w.Code != http.StatusForbidden {
		t.Errorf("a reading request that a header turns into another: status %d", w.Code)
	}
	for _, query := range []string{"?logout=true", ""} {
		method := map[string]string{"": "DELETE", "?logout=true": "GET"}[query]
		w := call(t, api, method, authPath+query, "", "Authorization", "", "Cookie", cookie)
		if got := w.Result().Cookies(); w.Code != http.StatusNoContent || len(got) != 1 || got[0].MaxAge >= 0 || got[0].Value != "" {
			t.Errorf("%s %s: status %d, %v", method, query, w.Code, w.Header())
		}
	}
	w := call(t, api, "GET", "/v1/sessions", "", "Authorization", "", "Cookie", tokenCookie+"=worthless")
	if got := w.Result().Cookies(); w.Code != http.StatusUnauthorized || len(got) != 1 || got[0].MaxAge >= 0 {
		t.Errorf("a worthless cookie: status %d, %v", w.Code, w.Header())
	}
}

func TestThrottled(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	from := func(address, authorization string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "http://localhost/v1/sessions", nil)
		r.RemoteAddr = address
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w
	}
	token, err := api.access.Issue("admin", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var w *httptest.ResponseRecorder
	for i := range 100 {
		if w = from("198.51.100.66:"+fmt.Sprint(1000+i), as("admin", fmt.Sprint(i))); w.Code != http.StatusUnauthorized {
			break
		}
	}
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
	errorsOf(t, w)
	for _, c := range []struct {
		address, authorization string
		want                   int
	}{
		{"198.51.100.66:1", as("admin", "penstock"), 429}, {"198.51.100.66:1", reader, 200}, {"198.51.100.66:1", "Bearer " + token, 200},
		{"198.51.100.67:1", as("admin", "penstock"), 200}, {"[2001:db8::1]:1", as("admin", "penstock"), 200},
	} {
		if w := from(c.address, c.authorization); w.Code != c.want {
			t.Errorf("%s: status %d, want %d", c.address, w.Code, c.want)
		}
	}
}

func TestAccountsOfOne(t *testing.T) { // no admin is needed to read
	api := newTestAPI(t, newFake(), func(o *Options) {
		o.Access, _ = access.New([]access.Account{{Name: "only", Role: access.ReadOnly, Password: "x"}}, "")
	})
	if w := call(t, api, "GET", "/v1/sessions", "", "Authorization", as("only", "x")); w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}

// TestLoginHasATimeLimit has passwords that would have to wait for their turn.
func TestLoginHasATimeLimit(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("penstock"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	api := newTestAPI(t, newFake(busySession()), func(o *Options) {
		o.RequestTimeout = time.Nanosecond
		o.Access, _ = access.New([]access.Account{{Name: "admin", Role: access.Admin, Hash: string(hash)}}, "")
	})
	if w := call(t, api, "GET", "/v1/sessions", ""); w.Code != http.StatusGatewayTimeout || !strings.Contains(w.Body.String(), "in time") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}
