package e2e

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// basic is the Authorization of an account.
func basic(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

// guarded is a proxy with an account that may only read, and an audit log.
func guarded(t *testing.T) *rig.Proxy {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("hashed"), 10)
	must(t, err)
	return rig.Start(t, rig.Setup{
		Primary: primary.Addr, Filters: filterDefinitions, Services: []rig.Service{{Name: one, Router: "readconnroute"}},
		AdminKeys: `audit_log = "audit.json"`,
		More: fmt.Sprintf("[admin.users.reader]\nrole = \"read-only\"\npassword = \"reading\"\n[admin.users.hashed]\nrole = \"read-only\"\npassword_hash = %q\n",
			hash),
	})
}

// audited are the lines of the proxy's audit log.
func audited(t *testing.T, p *rig.Proxy, file string) (list []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.Dir, file))
	must(t, err)
	for line := range strings.Lines(string(text)) {
		var entry map[string]any
		must(t, json.Unmarshal([]byte(line), &entry))
		list = append(list, entry)
	}
	return list
}

// spellings are ways to write a path that some server or other takes for it.
func spellings(path string) []string {
	return []string{path, path + "/", path + "//", "/" + path, strings.Replace(path, "/v1/", "/v1//", 1), "/" + strings.ReplaceAll(path[1:], "/", "%2f"),
		strings.Replace(path, "/v1/", "/v1/./", 1), "/v1/.." + path, path + "/.", path + "/x/..", strings.ToUpper(path), strings.Replace(path, "v1", "%761", 1),
		path + "%2F", path + ";x", path + "?pretty=true&_method=GET", "http://localhost" + path}
}

// state is what the API shows that a request of a reader must not change: of
// sessions what can be changed, of the others all but figures.
func state(t *testing.T, p *rig.Proxy) string {
	t.Helper()
	var all strings.Builder
	sessions, err := p.API.Sessions()
	must(t, err)
	for _, s := range sessions {
		fmt.Fprintln(&all, s.ID, s.Attributes.State, s.Attributes.Parameters, s.Relationships.Filters, s.Attributes.Pending)
	}
	for _, kind := range []string{"services", "servers", "filters", "listeners", "monitors", "users"} {
		var doc struct {
			Data []struct {
				ID            string
				Attributes    struct{ Module, State, Account, Parameters any }
				Relationships any
			}
		}
		must(t, p.API.Do(http.MethodGet, "/v1/"+kind, nil, &doc))
		fmt.Fprintln(&all, kind, doc.Data)
	}
	return all.String()
}

// TestReadersAndStrangers tries every method, override header and spelling on
// every path that there is: with an account that may only read, by password,
// token and cookie, nothing changes; without credentials, or with wrong ones,
// nothing can be read.
func TestReadersAndStrangers(t *testing.T) {
	p := guarded(t)
	c := connect(t, p.Addr(one), rig.Login{})
	contract, err := p.API.Contract()
	must(t, err)
	paths := map[string]bool{"/": true, "/v1": true, "/nothing": true}
	for _, op := range contract.Operations() {
		paths[op.Fill(func(kind string) string {
			return map[string]string{"sessions": fmt.Sprint(c.ConnectionID), "filters": "hide", "services": one, "listeners": one, "monitors": "main",
				"servers": "primary", "users": "reader", "inet": "reader"}[kind]
		})] = true
	}
	s := newSender(p)
	defer s.close()
	send := func(method, path string, header ...[2]string) *rig.Answer {
		t.Helper()
		a, err := s.send(&apiRequest{method: method, path: path, body: `{"data":{"attributes":{"parameters":{"log_debug":true}}}}`,
			header: append(header, [2]string{"Content-Type", "application/json"})}, false)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		return a
	}
	a := send("GET", "/v1/auth", [2]string{"Authorization", basic("reader", "reading")})
	var doc struct{ Meta struct{ Token string } }
	if err := json.Unmarshal(a.Body, &doc); err != nil || a.Code != http.StatusOK {
		t.Fatalf("status %d: %s", a.Code, a.Body)
	}
	token := doc.Meta.Token
	readers := [][2][2]string{{{"Authorization", basic("reader", "reading")}}, {{"Authorization", "Bearer " + token}},
		{{"Authorization", ""}, {"Cookie", "token_sig=" + token}}}
	strangers := [][2][2]string{{{"Authorization", ""}}, {{"Authorization", "Bearer " + token[:len(token)-4]}}, {{"Authorization", "Basic"}},
		{{"Authorization", ""}, {"Cookie", "token_sig=" + token + "x"}}, {{"Authorization", basic("reader", "guessed")}}}
	headers := func(who [2][2]string, override string) (list [][2]string) {
		for _, h := range who {
			if h[0] != "" {
				list = append(list, h)
			}
		}
		if override != "" {
			list = append(list, [2]string{"X-HTTP-Method-Override", override})
		}
		return list
	}
	before := state(t, p)
	sent := 0
	for path := range paths {
		for _, target := range spellings(path) {
			for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "delete", "Patch", "PROPFIND"} {
				reads := method == "GET" || method == "HEAD" || method == "OPTIONS"
				for i, override := range []string{"", "DELETE", "PATCH", "post", "GET"} {
					sent++
					// Each way to be a reader comes up with each method, override and path.
					who := readers[(sent+i)%len(readers)]
					a := send(method, target, headers(who, override)...)
					login := strings.Contains(path, "/auth") // where nothing can be changed
					if (!reads || i > 0 && override != "GET") && a.Code != http.StatusForbidden && a.Code/100 == 2 && !login {
						t.Errorf("%s %s overridden by %q, as %v: status %d", method, target, override, who, a.Code)
					}
				}
				a := send(method, target, headers(strangers[sent%len(strangers)], "GET")...)
				if a.Code != http.StatusUnauthorized && a.Code != http.StatusTooManyRequests && a.Code != http.StatusForbidden && a.Code != http.StatusBadRequest ||
					strings.Contains(string(a.Body), `"data"`) {
					t.Errorf("%s %s with %v: status %d: %s", method, target, strangers[sent%len(strangers)], a.Code, a.Body)
				}
			}
		}
	}
	if after := state(t, p); after != before {
		t.Errorf("after %d requests:\n%s\nbefore:\n%s", sent, after, before)
	}
	must(t, c.Exec("SELECT 1"))
}

// TestWhoGuessesIsThrottled guesses from one address; others, and whoever has a
// token, get in.
func TestWhoGuessesIsThrottled(t *testing.T) {
	p := guarded(t)
	address := strings.TrimPrefix(p.API.Base(), "http://")
	from := func(ip, authorization string) (*http.Response, error) {
		conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}).Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET /v1/servers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: %s\r\n\r\n", authorization)
		return http.ReadResponse(bufio.NewReader(conn), nil)
	}
	status := func(ip, authorization string) int {
		t.Helper()
		res, err := from(ip, authorization)
		must(t, err)
		if limit := res.Header.Get("Retry-After"); (limit != "") != (res.StatusCode == http.StatusTooManyRequests) {
			t.Errorf("status %d, Retry-After %q", res.StatusCode, limit)
		}
		return res.StatusCode
	}
	refused := 0
	for i := range 100 {
		if refused = status("127.0.0.66", basic("hashed", fmt.Sprint(i))); refused != http.StatusUnauthorized {
			break
		}
	}
	if refused != http.StatusTooManyRequests {
		t.Fatalf("100 guesses: status %d", refused)
	}
	var doc struct{ Meta struct{ Token string } }
	must(t, p.API.Do(http.MethodGet, "/v1/auth", nil, &doc))
	for _, c := range []struct {
		ip, authorization string
		want              int
	}{
		{"127.0.0.66", basic("hashed", "hashed"), 429}, {"127.0.0.67", basic("hashed", "hashed"), 200}, {"127.0.0.1", basic("hashed", "hashed"), 200},
		{"127.0.0.66", basic("reader", "reading"), 200}, {"127.0.0.66", "Bearer " + doc.Meta.Token, 200},
	} {
		if got := status(c.ip, c.authorization); got != c.want {
			t.Errorf("%s: status %d, want %d", c.ip, got, c.want)
		}
	}
	last := audited(t, p, "audit.json")
	if e := last[len(last)-1]; e["status"] != 429.0 || e["user"] != "hashed" || !strings.HasPrefix(fmt.Sprint(e["from"]), "127.0.0.66:") {
		t.Errorf("the audit log ends in %v", e)
	}
}

// TestReloadOfAccounts has accounts come, change and go by SIGHUP, and the audit
// log moved away.
func TestReloadOfAccounts(t *testing.T) {
	p := guarded(t)
	file := filepath.Join(p.Dir, "config.toml")
	text, err := os.ReadFile(file)
	must(t, err)
	status := func(method, path, authorization string) int {
		t.Helper()
		a, err := p.API.Raw(method, path, "", "Authorization", authorization)
		must(t, err)
		return a.Code
	}
	tokenOf := func(name, password string) string {
		t.Helper()
		a, err := p.API.Raw(http.MethodGet, "/v1/auth", "", "Authorization", basic(name, password))
		must(t, err)
		var doc struct{ Meta struct{ Token string } }
		must(t, json.Unmarshal(a.Body, &doc))
		return "Bearer " + doc.Meta.Token
	}
	reader, hashed := tokenOf("reader", "reading"), tokenOf("hashed", "hashed")
	if got := status("DELETE", "/v1/sessions/99", basic("reader", "reading")); got != http.StatusForbidden {
		t.Errorf("before: status %d", got)
	}
	must(t, os.Rename(filepath.Join(p.Dir, "audit.json"), filepath.Join(p.Dir, "audit.json.1")))
	changed := strings.NewReplacer("[admin.users.reader]\nrole = \"read-only\"\npassword = \"reading\"", "[admin.users.reader]\nrole = \"admin\"\npassword = \"writing\"").Replace(string(text))
	must(t, os.WriteFile(file, []byte(changed), 0o600))
	must(t, p.Signal(syscall.SIGHUP))
	must(t, rig.Await("the new password", func() error {
		a, err := p.API.Raw(http.MethodGet, "/v1/servers", "", "Authorization", basic("reader", "writing"))
		if err == nil && a.Code != http.StatusOK {
			err = errors.New(string(a.Body))
		}
		return err
	}))
	for _, c := range []struct {
		method, path, authorization string
		want                        int
	}{
		{"GET", "/v1/servers", basic("reader", "reading"), 401}, {"DELETE", "/v1/sessions/99", basic("reader", "writing"), 404},
		{"GET", "/v1/servers", reader, 401}, {"GET", "/v1/servers", hashed, 200}, {"DELETE", "/v1/sessions/99", hashed, 403},
	} {
		if got := status(c.method, c.path, c.authorization); got != c.want {
			t.Errorf("%s %s with %s: status %d, want %d", c.method, c.path, c.authorization, got, c.want)
		}
	}
	old, now := audited(t, p, "audit.json.1"), audited(t, p, "audit.json")
	if len(old) == 0 || len(now) == 0 || now[len(now)-1]["user"] != "hashed" || now[len(now)-1]["result"] != "refused" {
		t.Errorf("audit logs: %v, then %v", old, now)
	}
	for _, secret := range []string{"reading", "writing", strings.TrimPrefix(hashed, "Bearer ")} {
		for _, name := range []string{"audit.json", "audit.json.1", "log"} {
			if text, err := os.ReadFile(filepath.Join(p.Dir, name)); err != nil || strings.Contains(string(text), secret) {
				t.Errorf("%s has the secret %q, or cannot be read: %v", name, secret, err)
			}
		}
	}
}
