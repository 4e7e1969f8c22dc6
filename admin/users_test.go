package admin

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/penstock-db/penstock/admin/access"
	"github.com/penstock-db/penstock/engine/config"
)

// fakeEditor edits a configuration that it reads from a file, and keeps nothing.
// Without a file it agrees to everything.
type fakeEditor struct {
	current *config.Config // as the last edit left it
	overlay *config.Overlay
	edits   int
	err     error
}

// newEditor has a file with these sections.
func newEditor(t *testing.T, sections string) *fakeEditor {
	t.Helper()
	file := filepath.Join(t.TempDir(), "penstock.toml")
	const base = "[servers.db]\naddress = \"127.0.0.1:1\"\n[services.app]\nrouter = \"readconnroute\"\nservers = [\"db\"]\nuser = \"u\"\npassword = \"p\"\n" +
		"[listeners.app]\nservice = \"app\"\naddress = \"127.0.0.1:0\"\n"
	if err := os.WriteFile(file, []byte(base+sections), 0o600); err != nil {
		t.Fatal(err)
	}
	e := &fakeEditor{}
	var err error
	if e.overlay, err = config.ReadOverlay(file); err != nil {
		t.Fatal(err)
	}
	if e.current, err = e.overlay.Load(); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *fakeEditor) Edit(_ context.Context, change func(*config.Config, *config.Overlay) error) error {
	e.edits++
	if e.err != nil {
		return e.err
	}
	if e.overlay == nil {
		return nil
	}
	next := e.overlay.Clone()
	if err := change(e.current, next); err != nil {
		return err
	}
	c, err := next.Load()
	if err != nil {
		return err
	}
	e.current, e.overlay = c, next
	return nil
}

func (e *fakeEditor) user(name string) config.AdminUser {
	u, _ := findUser(e.current, name)
	return u
}

// cheapHash is [access.Hash] at the lowest cost that the configuration takes.
func cheapHash(password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), 10)
	return string(hash), err
}

func inetBody(id, attributes string) string {
	return `{"data":{"id":"` + id + `","type":"inet","attributes":` + attributes + `}}`
}

func TestUsers(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	api := newTestAPI(t, newFake(), func(o *Options) {
		o.Access = newAccess(t, access.Account{Name: "made", Role: access.ReadOnly, Password: "x", Created: at, Updated: at.Add(time.Hour)})
	})
	w := call(t, api, "GET", "/v1/users/inet?pretty=true", "")
	golden(t, "users_inet.json", maskLogin(w.Body.Bytes()))
	if all := call(t, api, "GET", "/v1/users/?pretty=true", "", "Authorization", reader); w.Code != 200 || strings.Count(all.Body.String(), `"type": "inet"`) != 3 {
		t.Errorf("status %d: %s", all.Code, all.Body)
	}
	golden(t, "users_inet_made.json", call(t, api, "GET", "/v1/users/inet/made/?pretty=true", "").Body.Bytes())
	golden(t, "users_unix.json", call(t, api, "GET", "/v1/users/unix?pretty=true", "").Body.Bytes())
	if w := call(t, api, "GET", "/v1/users/inet/nobody", ""); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}

// maskLogin replaces the only login that there has been.
func maskLogin(text []byte) []byte {
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("last_login")) && !bytes.Contains(line, []byte("null")) {
			return bytes.Replace(text, line, []byte("                \"last_login\": \"(now)\",\n"), 1)
		}
	}
	return text
}

func TestChangeUsers(t *testing.T) {
	hash := func(password string) func(u config.AdminUser) bool {
		return func(u config.AdminUser) bool {
			return u.Password == "" && bcrypt.CompareHashAndPassword([]byte(u.PasswordHash), []byte(password)) == nil
		}
	}
	file := "[admin]\npassword = \"penstock\"\n[admin.users.reader]\nrole = \"read-only\"\npassword = \"reading\"\n"
	for name, c := range map[string]struct {
		method, path, body string
		want               int
		check              func(config.AdminUser) bool // of the user "u"
	}{
		"create":             {"POST", "", inetBody("u", `{"password":"secret-1","account":"basic"}`), 204, hash("secret-1")},
		"change password":    {"PATCH", "/reader", inetBody("reader", `{"password":"secret-2"}`), 204, nil},
		"change [admin]":     {"PATCH", "/admin", inetBody("admin", `{"password":"secret-3"}`), 204, nil},
		"delete":             {"DELETE", "/reader", "", 204, nil},
		"create, there":      {"POST", "", inetBody("reader", `{"password":"secret-1","account":"basic"}`), 409, nil},
		"create, [admin]":    {"POST", "", inetBody("admin", `{"password":"secret-1","account":"basic"}`), 409, nil},
		"create, by case":    {"POST", "", inetBody("Reader", `{"password":"secret-1","account":"basic"}`), 400, nil},
		"create, no name":    {"POST", "", inetBody("a/b", `{"password":"secret-1","account":"basic"}`), 400, nil},
		"create, no account": {"POST", "", inetBody("u", `{"password":"secret-1"}`), 400, nil},
		"create, nothing":    {"POST", "", ``, 400, nil},
		"create, no id":      {"POST", "", `{"data":{"type":"inet","attributes":{"password":"x","account":"basic"}}}`, 400, nil},
		"create, no secret":  {"POST", "", inetBody("u", `{"account":"basic"}`), 400, nil},
		"create, too long":   {"POST", "", inetBody("u", `{"account":"basic","password":"`+strings.Repeat("x", 73)+`"}`), 400, nil},
		"create, unix":       {"POST", "", strings.Replace(inetBody("u", `{"password":"secret-1","account":"basic"}`), "inet", "unix", 1), 400, nil},
		"create, root":       {"POST", "", inetBody("u", `{"password":"secret-1","account":"root"}`), 400, nil},
		"patch, nobody":      {"PATCH", "/nobody", inetBody("nobody", `{"password":"secret-1"}`), 404, nil},
		"patch, another":     {"PATCH", "/reader", inetBody("admin", `{"password":"secret-1"}`), 409, nil},
		"patch, no string":   {"PATCH", "/reader", inetBody("reader", `{"password":17}`), 400, nil},
		"patch, no password": {"PATCH", "/reader", inetBody("reader", `{"password":""}`), 400, nil},
		"demote the last":    {"PATCH", "/admin", inetBody("admin", `{"account":"basic"}`), 409, nil},
		"delete the last":    {"DELETE", "/admin", "", 409, nil},
		"delete, nobody":     {"DELETE", "/nobody", "", 404, nil},
	} {
		editor := newEditor(t, file)
		api := newTestAPI(t, newFake(), func(o *Options) { o.Editor = editor })
		api.hash = cheapHash
		before := editor.current
		w := call(t, api, c.method, inetPath+c.path, c.body)
		if w.Code != c.want {
			t.Errorf("%s: status %d, want %d: %s", name, w.Code, c.want, w.Body)
		}
		if c.want == 204 && editor.current == before || c.want != 204 && editor.current != before {
			t.Errorf("%s: status %d, changed: %t", name, w.Code, editor.current != before)
		}
		if c.want != 204 {
			errorsOf(t, w)
		}
		if c.check != nil && !c.check(editor.user("u")) {
			t.Errorf("%s: %+v", name, editor.user("u"))
		}
	}
}

// TestUsersOverTime changes the same accounts again and again.
func TestUsersOverTime(t *testing.T) {
	editor := newEditor(t, "[admin]\nuser = \"boss\"\npassword = \"penstock\"\n[admin.users.reader]\nrole = \"read-only\"\npassword = \"reading\"\n")
	api := newTestAPI(t, newFake(), func(o *Options) { o.Editor = editor })
	api.hash = cheapHash
	do := func(method, path, body string) {
		t.Helper()
		if w := call(t, api, method, inetPath+path, body); w.Code != http.StatusNoContent {
			t.Fatalf("%s %s: status %d: %s", method, path, w.Code, w.Body)
		}
	}
	do("PATCH", "/boss", inetBody("boss", `{"password":"another-one"}`))
	u := editor.user("boss")
	if editor.current.Admin.User != "" || u.Role != config.RoleAdmin || u.Updated.IsZero() || bcrypt.CompareHashAndPassword([]byte(u.PasswordHash), []byte("another-one")) != nil {
		t.Errorf("%+v", u)
	}
	do("PATCH", "/reader", inetBody("reader", `{"account":"admin"}`))
	if u := editor.user("reader"); u.Role != config.RoleAdmin || u.Password != "reading" {
		t.Errorf("%+v", u)
	}
	do("DELETE", "/boss", "")
	if w := call(t, api, "DELETE", inetPath+"/reader", ""); w.Code != http.StatusConflict {
		t.Errorf("status %d", w.Code)
	}
	do("POST", "", inetBody("boss", `{"password":"a-third-one","account":"basic"}`))
	if u := editor.user("boss"); u.Role != config.RoleReadOnly || u.Created.IsZero() || !u.Updated.IsZero() {
		t.Errorf("%+v", u)
	}
	do("DELETE", "/boss", "")
	do("POST", "", inetBody("boss", `{"password":"a-fourth-one","account":"admin"}`))
	do("DELETE", "/reader", "")
	if got := editor.current.Admin.Accounts(); len(got) != 1 || got[0].Name != "boss" {
		t.Errorf("%+v", got)
	}
	if err := editor.overlay.Save(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(config.OverlayPath(editor.current.File))
	if err != nil || !strings.Contains(string(text), "$2a$") {
		t.Fatalf("%v: %s", err, text)
	}
	for _, secret := range []string{"another-one", "a-third-one", "a-fourth-one", "reading"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the overlay has the password %s", secret)
		}
	}
	again, err := config.Load(editor.current.File)
	if err != nil || len(again.Admin.Accounts()) != 1 {
		t.Errorf("after a restart: %v", err)
	}
}

func TestUsersWithoutEditor(t *testing.T) {
	api := newTestAPI(t, newFake())
	if w := call(t, api, "DELETE", inetPath+"/reader", ""); w.Code != http.StatusForbidden {
		t.Errorf("status %d", w.Code)
	}
	api = newTestAPI(t, newFake(), func(o *Options) { o.Address = "192.0.2.1:8989"; o.Editor = newEditor(t, "[admin]\npassword = \"x\"\n") })
	if w := call(t, api, "POST", inetPath, inetBody("u", `{"password":"MariaDB","account":"admin"}`)); w.Code != http.StatusBadRequest {
		t.Errorf("a password that everybody knows, where others reach it: status %d", w.Code)
	}
}

// FuzzUserBody holds the reader of users' bodies to what must be true of any.
func FuzzUserBody(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"data":null}`, inetBody("u", `{"password":"x","account":"basic"}`), inetBody("u", `{"password":null}`),
		inetBody("", `{"account":"admin","password":"x","created":null}`), `{"data":{"id":1,"type":"inet","attributes":[]}}`} {
		f.Add([]byte(seed), "u")
		f.Add([]byte(seed), "")
	}
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		c, err := readUserChange(text, name)
		if err != nil {
			for _, p := range explain(err) {
				if p.detail == "" || p.source == nil || p.source.Pointer == nil || p.status != 400 && p.status != 409 {
					t.Fatalf("%+v", p)
				}
			}
			return
		}
		if name == "" && (c.name == "" || c.password == "" || c.role == "") {
			t.Fatalf("a new user without all that it needs: %+v", c)
		}
	})
}
