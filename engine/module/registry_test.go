package module

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/module/registrytest"
)

// login has docker's configuration know an account of the registry.
func login(t *testing.T, host, account string) {
	t.Helper()
	dir := t.TempDir()
	text := `{"auths": {"` + host + `": {"auth": "` + base64.StdEncoding.EncodeToString([]byte(account)) + `"}}}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_CONFIG", dir)
}

func TestCredentials(t *testing.T) {
	s, _ := source(t)
	r := registrytest.New(t)
	code := wasm("one")
	push(t, s, r.Name("1"), code)
	r.Answer(func(w http.ResponseWriter, q *http.Request) bool {
		if user, password, _ := q.BasicAuth(); user == "me" && password == "hunter2" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	var away *UnavailableError
	if err := fails(t, s, r.Name("1"), "", "credential not found", "docker login"); errors.As(err, &away) {
		t.Error("a registry that refuses is taken for one that is away")
	}
	login(t, r.Host, "me:wrong")
	if err := fails(t, s, r.Name("1"), "", "401", "docker login"); strings.Contains(err.Error(), "wrong") {
		t.Errorf("it shows the password: %v", err)
	}
	login(t, r.Host, "me:hunter2")
	wants(t, s, r.Name("1"), "", code)

	// With a token, as most registries have it.
	r.Answer(func(w http.ResponseWriter, q *http.Request) bool {
		user, password, _ := q.BasicAuth()
		switch {
		case q.URL.Path == "/token" && user == "me" && password == "hunter2":
			w.Write([]byte(`{"token": "good"}`))
		case q.Header.Get("Authorization") == "Bearer good":
			return false
		default:
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/token",service="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
		return true
	})
	s.Cache = ""
	wants(t, s, r.Name("1"), "", code)

	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, s, r.Name("1"), "", "credentials", "config.json")

	// A daemon without a home is anonymous.
	t.Setenv("DOCKER_CONFIG", "")
	t.Setenv("HOME", "")
	r.Answer(nil)
	wants(t, s, r.Name("1"), "", code)
}

// Neither a module nor a password goes over the network in plain text, whatever
// the registry says.
func TestNothingInPlainText(t *testing.T) {
	s, _ := source(t)
	s.Cache = ""
	r := registrytest.New(t)
	push(t, s, r.Name("1"), wasm("one"))
	const elsewhere = "registry.example.com"
	login(t, r.Host, "me:hunter2")
	var away *UnavailableError
	for what, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"a redirect": func(w http.ResponseWriter, q *http.Request) bool {
			if !strings.Contains(q.URL.Path, "/blobs/") {
				return false
			}
			http.Redirect(w, q, "http://"+elsewhere+"/blob", http.StatusTemporaryRedirect)
			return true
		},
		"a place for tokens": func(w http.ResponseWriter, q *http.Request) bool {
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+elsewhere+`/token",service="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		},
	} {
		r.Answer(answer)
		if err := fails(t, s, r.Name("1"), "", elsewhere, "without TLS"); errors.As(err, &away) {
			t.Errorf("%s: it is taken for being away", what)
		}
	}
	// Another host is asked over TLS. Nothing listens there.
	if err := fails(t, s, "oci://192.0.2.1.invalid:1/team/mask:1", "", "https://"); !errors.As(err, &away) {
		t.Error(err)
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{"localhost": true, "localhost:5000": true, "127.0.0.1:5000": true, "127.1.2.3": true, "[::1]:5000": true, "[::1]": true,
		"registry.example.com": false, "localhost.example.com": false, "10.0.0.1:5000": false, "[fe80::1]:5000": false, "": false} {
		if loopback(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
}

// TestSlowRegistry has registries that answer slowly, not at all, or without end.
func TestSlowRegistry(t *testing.T) {
	r := registrytest.New(t)
	s, log := source(t)
	code := append(wasm("large"), make([]byte, 1<<20)...)
	name := push(t, s, r.Name("1"), code)
	slow := func(w http.ResponseWriter, q *http.Request) bool {
		if !strings.Contains(q.URL.Path, "/blobs/") {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(code)))
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for rest := code; len(rest) > 0; rest = rest[min(len(rest), 32<<10):] {
			<-tick.C
			w.Write(rest[:min(len(rest), 32<<10)])
			w.(http.Flusher).Flush()
		}
		return true
	}
	r.Answer(slow)
	s.patience = &patience{stall: 5 * time.Second, longest: time.Minute, moment: 20 * time.Millisecond}
	log.Reset()
	wants(t, s, name, "", code)
	if !strings.Contains(log.String(), `for="the module"`) || !strings.Contains(log.String(), fmt.Sprint("of=", len(code))) {
		t.Errorf("what is waited for is not said:\n%s", log)
	}

	s.Cache = ""
	var away *UnavailableError
	s.patience = &patience{stall: 5 * time.Second, longest: 50 * time.Millisecond, moment: 20 * time.Millisecond}
	if err := fails(t, s, name, "", "longer than 50ms"); !errors.As(err, &away) {
		t.Error(err)
	}
	mute := make(chan bool, 10)
	r.Answer(func(_ http.ResponseWriter, q *http.Request) bool {
		mute <- true
		<-q.Context().Done()
		return true
	})
	s.patience = &patience{stall: 50 * time.Millisecond, longest: time.Minute, moment: time.Minute}
	if err := fails(t, s, name, "", "nothing has come from it for 50ms"); !errors.As(err, &away) {
		t.Error(err)
	}
	for len(mute) > 0 {
		<-mute
	}
	// Who asks no longer wants to know is no registry's fault.
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-mute; cancel() }()
	s.patience = nil
	if _, err := s.Read(ctx, plugin(name)); !errors.Is(err, context.Canceled) || errors.As(err, &away) {
		t.Error(err)
	}
	r.Answer(func(w http.ResponseWriter, q *http.Request) bool {
		if !strings.Contains(q.URL.Path, "/blobs/") {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(code)))
		w.Write(code[:1000]) // and the connection is cut
		return true
	})
	if err := fails(t, s, name, "", "unexpected EOF"); !errors.As(err, &away) {
		t.Error(err)
	}
}
