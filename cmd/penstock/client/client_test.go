package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts an API and returns its address.
func serve(t *testing.T, do http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(do)
	t.Cleanup(s.Close)
	return s.URL
}

// connect returns a client for the address.
func connect(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestURL(t *testing.T) {
	for text, want := range map[string]string{
		"http://db.example:8989":       "http://db.example:8989",
		"https://db.example:8989/v1/":  "https://db.example:8989",
		"db.example:8989":              "https://db.example:8989",
		"localhost:8989":               "http://localhost:8989",
		"127.0.0.1:8989":               "http://127.0.0.1:8989",
		"[::1]:8989":                   "http://[::1]:8989",
		"":                             "error: empty",
		"ftp://db.example":             "error: http://",
		"http://":                      "error: no host",
		"http://me:s3cret@db.example":  "error: where others can see it",
		"http://db.example/v1/servers": "error: leave the rest out",
		"http://db.example:s3cret":     "error: makes no sense",
		"me:s3cret@localhost:8989":     "error: where others can see it",
	} {
		c, err := New(Options{URL: text})
		if wrong, ok := strings.CutPrefix(want, "error: "); ok {
			if err == nil || !strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%q: %v, want %q", text, err, wrong)
			}
		} else if err != nil || c.URL() != want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestDo(t *testing.T) {
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		body := new(strings.Builder)
		if _, err := fmt.Fprint(body, r.Header.Get("Content-Type")); err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, "%s %s?%s %s:%s %s %s", r.Method, r.URL.EscapedPath(), r.URL.RawQuery, user, password, r.Header.Get("Authorization")[:6], body)
	})
	text, err := connect(t, Options{URL: at, User: "me", Password: "s3cret"}).Do(t.Context(), "PATCH", Path("filters", "a/b"), url.Values{"q": {"1"}}, 7)
	if want := "PATCH /v1/filters/a%2Fb?q=1 me:s3cret Basic  application/json"; err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
	text, err = connect(t, Options{URL: at, User: "me", Token: "t0ken"}).Do(t.Context(), "GET", "/v1/maxscale", nil, nil)
	if want := "GET /v1/maxscale? : Bearer "; err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
}

func TestErrors(t *testing.T) {
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/problems":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"errors":[{"detail":"no such filter","source":{"pointer":"/data/0/id"}},{"detail":"no number","source":{"pointer":"/data/attributes/parameters/options/max_qps"}},{"detail":"gone","meta":{"session":"7"}}]}`)
		case "/v1/elsewhere":
			http.Redirect(w, r, "http://other.example/", http.StatusFound)
		case "/v1/html":
			fmt.Fprint(w, "<html>")
		default:
			w.WriteHeader(http.StatusTeapot)
		}
	})
	c := connect(t, Options{URL: at})
	for path, want := range map[string]string{
		"/v1/problems":  "no such filter\nno number (at options.max_qps)\nsession 7: gone",
		"/v1/elsewhere": "the API answers GET /v1/elsewhere with 302 Found and says no more",
		"/v1/tea":       "the API answers GET /v1/tea with 418 I'm a teapot and says no more",
		"/v1/html":      "is this Penstock's REST API?",
	} {
		_, err := c.Get(t.Context(), path, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestUnreachable(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	release := make(chan struct{})
	slow := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	for at, want := range map[string]string{
		gone.URL: "cannot reach the API at " + gone.URL + ": dial tcp",
		slow:     "no answer within 20ms",
		strings.Replace(slow, "http:", "https:", 1): "cannot reach",
	} {
		_, err := connect(t, Options{URL: at, Timeout: 20 * time.Millisecond, User: "me", Password: "s3cret"}).Do(t.Context(), "GET", "/v1/sessions", nil, nil)
		var unreachable *UnreachableError
		if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", at, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := connect(t, Options{URL: slow}).Do(ctx, "GET", "/v1/sessions", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that was given up: %v", err)
	}
}

// Pages are followed by their links' queries at the API's own address.
func TestList(t *testing.T) {
	var asked []string
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("page[size]")+"/"+r.URL.Query().Get("page[number]")+"/"+r.URL.Query().Get("fields[sessions]"))
		link := `"next":"http://other.example/v1/sessions?page%5Bsize%5D=2&page%5Bnumber%5D=1&fields%5Bsessions%5D=user"`
		ids := `{"id":"1"},{"id":"2"}`
		if r.URL.Query().Get("page[number]") == "1" {
			link, ids = `"self":""`, `{"id":"2"},{"id":"3"}`
		}
		fmt.Fprintf(w, `{"data":[%s],"links":{%s}}`, ids, link)
	})
	c := connect(t, Options{URL: at})
	var ids []string
	for r, err := range c.List(t.Context(), "/v1/sessions", url.Values{"fields[sessions]": {"user"}}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if !slices.Equal(ids, []string{"1", "2", "3"}) || !slices.Equal(asked, []string{"500//user", "2/1/user"}) {
		t.Errorf("got %q by asking %q", ids, asked)
	}
	loop := connect(t, Options{URL: serve(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data":[{"id":"1"}],"links":{"next":"/v1/x?page=1"}}`)
	})})
	n := 0
	for range loop.List(t.Context(), "/v1/x", nil) {
		if n++; n > 3 {
			t.Fatal("it does not end")
		}
	}
	if n != 1 {
		t.Errorf("%d resources", n)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"data":{"id":"1"}}`) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that clients give up
	s.StartTLS()
	defer s.Close()
	own := filepath.Join(t.TempDir(), "own.pem")
	if err := os.WriteFile(own, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := filepath.Abs("testdata/other.pem")
	if err != nil {
		t.Fatal(err)
	}
	named := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"unknown authority":   {Options{URL: s.URL}, "certificate"},
		"known authority":     {Options{URL: s.URL, CA: own}, ""},
		"wrong authority":     {Options{URL: s.URL, CA: other}, "certificate"},
		"wrong name":          {Options{URL: named, CA: own}, "certificate is valid for"},
		"pinned":              {Options{URL: named, Pinned: own}, ""},
		"another pinned":      {Options{URL: s.URL, Pinned: other}, "another certificate"},
		"no authority in it":  {Options{URL: s.URL, CA: "client_test.go"}, "no PEM certificate"},
		"nothing to pin":      {Options{URL: s.URL, Pinned: "client_test.go"}, "no PEM certificate"},
		"certificate, no key": {Options{URL: s.URL, Cert: own}, "--cert and --key"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := New(c.o)
			if err == nil {
				defer client.Close()
				_, err = client.Get(t.Context(), "/v1/x", nil)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// The API may want a certificate of its clients.
func TestOwnCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"data":{"id":%q}}`, r.TLS.PeerCertificates[0].Subject.Organization[0])
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(s.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{URL: s.URL, CA: filepath.Join(dir, "cert"), Cert: filepath.Join(dir, "cert"), Key: filepath.Join(dir, "key")}
	for file, block := range map[string]*pem.Block{o.Cert: {Type: "CERTIFICATE", Bytes: s.Certificate().Raw}, o.Key: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := connect(t, o).Get(t.Context(), "/v1/x", nil); err != nil || r.ID != "Acme Co" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := connect(t, Options{URL: s.URL, CA: o.CA}).Get(t.Context(), "/v1/x", nil); err == nil {
		t.Error("the API let a client in without a certificate")
	}
}

func TestResource(t *testing.T) {
	var r Resource
	text := `{"id":"1","type":"x","attributes":{"a":{"n":12345678901234567,"s":"text","z":null}},"relationships":{"many":{"data":[{"id":"p"},{"id":"q"}]},"one":{"data":{"id":"r"}},"none":{"data":null}}}`
	if err := r.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if r.Text("a.s") != "text" || fmt.Sprint(r.Value("a.n")) != "12345678901234567" || r.Number("a.n") < 1e16 ||
		r.Value("a.z") != nil || r.Value("a.s.x") != nil || r.Text("b") != "" || r.Number("a.s") != 0 ||
		!slices.Equal(r.Related["many"], []string{"p", "q"}) || !slices.Equal(r.Related["one"], []string{"r"}) || len(r.Related["none"]) != 0 {
		t.Errorf("%+v", r)
	}
}
