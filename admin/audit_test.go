package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
)

// TestAudit does things, and reads who did what.
func TestAudit(t *testing.T) {
	var out bytes.Buffer
	api := newTestAPI(t, newFake(busySession()), func(o *Options) { o.Audit = &out; o.Editor = newEditor(t, "[admin]\npassword = \"penstock\"\n") })
	token := tokenOf(t, api, "?max-age=60")
	for _, c := range []struct {
		method, path, body string
		header             []string
		want               *auditEntry // nil: none
	}{
		{"GET", "/v1/sessions", "", nil, nil},
		{"OPTIONS", "/v1/sessions", "", nil, nil},
		{"DELETE", "/v1/sessions/1?ttl=5s&password=hunter2", "", nil, &auditEntry{User: "admin", By: "password", Method: "DELETE", Path: "/v1/sessions/1", Status: 204, Result: "done"}},
		{"DELETE", "/v1/sessions/9", "", []string{"Authorization", "Bearer " + token}, &auditEntry{User: "admin", By: "token", Method: "DELETE", Path: "/v1/sessions/9", Status: 404, Result: "failed"}},
		{"POST", inetPath, inetBody("u", `{"password":"hunter2","account":"basic"}`), nil, &auditEntry{User: "admin", By: "password", Method: "POST", Path: inetPath, Status: 204, Result: "done"}},
		{"DELETE", "/v1/sessions/1", "", []string{"Authorization", reader}, &auditEntry{User: "reader", Method: "DELETE", Path: "/v1/sessions/1", Status: 403, Result: "refused"}},
		{"GET", "/v1/sessions", "", []string{"Authorization", as("mallory", "hunter2")}, &auditEntry{User: "mallory", Method: "GET", Path: "/v1/sessions", Status: 401, Result: "refused"}},
		{"GET", "/v1/sessions", "", []string{"Authorization", "Bearer hunter2"}, &auditEntry{Method: "GET", Path: "/v1/sessions", Status: 401, Result: "refused"}},
		{"GET", "/v1/sessions", "", []string{"Authorization", "hunter2"}, &auditEntry{Method: "GET", Path: "/v1/sessions", Status: 401, Result: "refused"}},
		{"GET", "/v1/sessions", "", []string{"Host", "evil.example"}, &auditEntry{Method: "GET", Path: "/v1/sessions", Status: 403, Result: "refused"}},
		{"PATCH", "/v1/sessions/1%0A%22forged", "{", nil, &auditEntry{User: "admin", By: "password", Method: "PATCH", Path: "/v1/sessions/1\n\"forged", Status: 404, Result: "failed"}},
		{"PATCH", "/v1/sessions/" + strings.Repeat("1", 5000), "{}", nil, &auditEntry{User: "admin", By: "password", Method: "PATCH", Path: ("/v1/sessions/" + strings.Repeat("1", 5000))[:maxLogged], Status: 404, Result: "failed"}},
	} {
		out.Reset()
		w := call(t, api, c.method, c.path, c.body, c.header...)
		if strings.Contains(out.String(), "hunter2") {
			t.Errorf("%s %s: a secret is logged: %s", c.method, c.path, &out)
		}
		if c.want == nil {
			if out.Len() > 0 {
				t.Errorf("%s %s: %s", c.method, c.path, &out)
			}
			continue
		}
		var got auditEntry
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s %s: status %d, %v: %q", c.method, c.path, w.Code, err, &out)
			continue
		}
		if got.Time.IsZero() || got.From != "192.0.2.1:1234" || (got.Reason == "") != (got.Result == "done") || got.Millis < 0 {
			t.Errorf("%s %s: %+v", c.method, c.path, got)
		}
		got.Time, got.From, got.Reason, got.Millis = c.want.Time, "", "", 0
		if got != *c.want {
			t.Errorf("%s %s:\n%+v, want\n%+v", c.method, c.path, got, *c.want)
		}
	}
	out.Reset()
	tokenOf(t, api, "")
	if !strings.Contains(out.String(), authPath) || strings.Contains(out.String(), token) {
		t.Errorf("a token was given: %s", &out)
	}
}

// brokenWriter is a full disk.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAuditThatCannotBeWritten(t *testing.T) {
	var log bytes.Buffer
	api := newTestAPI(t, newFake(busySession()), func(o *Options) {
		o.Audit, o.Logger = brokenWriter{}, hclog.New(&hclog.LoggerOptions{Output: &log})
	})
	call(t, api, "DELETE", "/v1/sessions/1", "")
	if !strings.Contains(log.String(), "cannot write to the audit log") || !strings.Contains(log.String(), "no space left") {
		t.Errorf("the log has\n%s", &log)
	}
}

// TestLoggedLinesAreShort has somebody without an account write as much as he can.
func TestLoggedLinesAreShort(t *testing.T) {
	var log, audit bytes.Buffer
	api := newTestAPI(t, newFake(), func(o *Options) { o.Audit, o.Logger = &audit, hclog.New(&hclog.LoggerOptions{Output: &log}) })
	long := strings.Repeat("x", 10*maxLogged)
	call(t, api, "GET", "/"+long, "", "Authorization", as(long, "wrong"))
	for name, out := range map[string]*bytes.Buffer{"log": &log, "audit log": &audit} {
		if n := out.Len(); n == 0 || n > 3*maxLogged {
			t.Errorf("the %s has a line of %d bytes", name, n)
		}
	}
}

// FuzzCredentials holds the reader of credentials, and the guard behind it, to
// what must be true of any header: it does not panic, and lets in nobody who
// does not show exactly what is right.
func FuzzCredentials(f *testing.F) {
	api := newTestAPI(f, newFake())
	right := as("admin", "penstock")
	for _, header := range []string{"", "Basic", "Basic !!!", "Basic YWRtaW4=", "Basic Og==", "basic YWRtaW46cGVuc3RvY2s=", right, right + ", " + right, "Bearer", "Bearer  ", "Bearer a.b.c",
		"Basic YWRtaW46cGVuc3RvY2sK", "Negotiate x", "\x00", "Basic YWRtaW46\npenstock"} {
		f.Add(header, "")
		f.Add("", tokenCookie+"="+header)
	}
	f.Add("", tokenCookie+"=a; "+tokenCookie+"=b; token_body=c")
	f.Add("", `token_sig="a.b.c"`)
	f.Fuzz(func(t *testing.T, authorization, cookie string) {
		r := httptest.NewRequest("DELETE", "http://localhost/nothing", nil)
		r.Header["Authorization"] = []string{authorization}
		r.Header["Cookie"] = []string{cookie}
		if authorization == "" {
			delete(r.Header, "Authorization")
		}
		c, wrong := readCredentials(r)
		if c.password && c.token != "" || wrong != nil && wrong.status != http.StatusUnauthorized || wrong == nil && c.cookie && c.token == "" {
			t.Fatalf("%+v, %v", c, wrong)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		user, password, _ := r.BasicAuth()
		admin, reads := user == "admin" && password == "penstock", user == "reader" && password == "reading"
		switch {
		case w.Code == http.StatusNotFound && admin, w.Code == http.StatusForbidden && reads, w.Code == http.StatusUnauthorized, w.Code == http.StatusTooManyRequests:
		default:
			t.Fatalf("%q, %q: status %d", authorization, cookie, w.Code)
		}
	})
}
