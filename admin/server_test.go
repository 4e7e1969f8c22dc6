package admin

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/admin/access"
)

func TestServe(t *testing.T) {
	f := newFake(busySession())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(newTestAPI(t, f), listener, nil)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	get := func(password string) int {
		r, _ := http.NewRequest("GET", "http://"+s.Addr().String()+"/v1/sessions", nil)
		r.SetBasicAuth("admin", password)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if status := get("penstock"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	s.Replace(newTestAPI(t, f, func(o *Options) {
		o.Access, _ = access.New([]access.Account{{Name: "admin", Role: access.Admin, Password: "other"}}, "")
	}), nil)
	if before, after := get("penstock"), get("other"); before != http.StatusUnauthorized || after != http.StatusOK {
		t.Errorf("after the change the old password gives %d, the new one %d", before, after)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestReplaceKeepsConditions has an API replaced, as every change of the
// configuration does, while it is at a conditional change: its successor has to
// wait for that, and to know since when things are as they are.
func TestReplaceKeepsConditions(t *testing.T) {
	f := newFake(busySession())
	inside, leave := make(chan struct{}, 2), make(chan struct{})
	f.restart = func(context.Context, uint64) error { inside <- struct{}{}; <-leave; return nil }
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first := newTestAPI(t, f)
	s := Serve(first, listener, nil)
	defer s.Shutdown(context.Background())
	restart := func() int {
		r, _ := http.NewRequest("POST", "http://"+s.Addr().String()+"/v1/sessions/1/restart", nil)
		r.SetBasicAuth("admin", "penstock")
		r.Header.Set("If-Match", "*")
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		if err != nil {
			t.Error(err)
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	status := make(chan int)
	go func() { status <- restart() }()
	<-inside
	seen := first.sightings.since("/x", "definition", time.Unix(1000, 0))
	second := newTestAPI(t, f, func(o *Options) { o.RequestTimeout = 50 * time.Millisecond })
	s.Replace(second, nil)
	go func() { status <- restart() }()
	select {
	case got := <-status:
		if got != http.StatusGatewayTimeout {
			t.Errorf("the second change was answered with %d", got)
		}
	case <-inside:
		t.Error("two conditional changes are made at one time")
		defer func() { <-status }()
	}
	close(leave)
	if got := <-status; got != http.StatusNoContent {
		t.Errorf("the first change was answered with %d", got)
	}
	if again := second.sightings.since("/x", "definition", time.Unix(2000, 0)); !again.Equal(seen) {
		t.Errorf("as it is since %v, and then since %v", seen, again)
	}
}

// TestServerHasNoOwnAnswers asks for what net/http would answer before the guard.
func TestServerHasNoOwnAnswers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(newTestAPI(t, newFake()), listener, nil)
	defer s.Shutdown(context.Background())
	for credentials, want := range map[string]int{"": http.StatusUnauthorized, "Authorization: Basic YWRtaW46cGVuc3RvY2s=\r\n": http.StatusNoContent} {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.Write([]byte("OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + credentials + "\r\n"))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || resp.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%q: status %d, %v", credentials, resp.StatusCode, resp.Header)
		}
	}
}

// TestShutdownIsBounded has a request that does not end by itself.
func TestShutdownIsBounded(t *testing.T) {
	f := newFake(busySession())
	inside := make(chan struct{})
	f.restart = func(ctx context.Context, _ uint64) error { close(inside); <-ctx.Done(); return ctx.Err() }
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(newTestAPI(t, f), listener, nil)
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write([]byte("POST /v1/sessions/1/restart HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YWRtaW46cGVuc3RvY2s=\r\nContent-Length: 0\r\n\r\n"))
	<-inside
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestServeTLS(t *testing.T) {
	first, second := newCertificate(t, "first"), newCertificate(t, "second")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	api := newTestAPI(t, newFake(busySession()))
	s := Serve(api, listener, &tls.Config{Certificates: []tls.Certificate{first}})
	name := func() (string, string) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
		r, _ := http.NewRequest("GET", "https://"+s.Addr().String()+"/v1/sessions", nil)
		r.SetBasicAuth("admin", "penstock")
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.TLS.PeerCertificates[0].DNSNames[0], string(body)
	}
	if got, body := name(); got != "first" || !strings.Contains(body, `"https://127.0.0.1:`) {
		t.Errorf("certificate %s, %s", got, body)
	}
	s.Replace(api, &tls.Config{Certificates: []tls.Certificate{second}})
	if got, _ := name(); got != "second" {
		t.Errorf("certificate %s after the change", got)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestClientCertificateLosesItsAuthority keeps a connection over a reload that
// has another authority for the certificates of clients.
func TestClientCertificateLosesItsAuthority(t *testing.T) {
	served, mine := newCertificate(t, "served"), newCertificate(t, "operator")
	trusting := func(c ...tls.Certificate) *tls.Config {
		config := &tls.Config{Certificates: []tls.Certificate{served}, ClientAuth: tls.VerifyClientCertIfGiven}
		if c != nil {
			config.ClientCAs = x509.NewCertPool()
			leaf, err := x509.ParseCertificate(c[0].Certificate[0])
			if err != nil {
				t.Fatal(err)
			}
			config.ClientCAs.AddCert(leaf)
		}
		return config
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	api := newTestAPI(t, newFake(busySession()), func(o *Options) {
		o.Access, _ = access.New([]access.Account{{Name: "ops", Role: access.Admin, Certificate: "operator"}}, "")
	})
	s := Serve(api, listener, trusting(mine))
	defer s.Shutdown(context.Background())
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{mine}}, MaxConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	connections := map[string]bool{}
	for _, step := range []struct {
		config *tls.Config
		want   int
	}{{trusting(mine), 200}, {trusting(newCertificate(t, "another")), 401}, {trusting(mine), 200}, {trusting(), 401}} {
		s.Replace(api, step.config)
		r, _ := http.NewRequest("GET", "https://"+s.Addr().String()+"/v1/sessions", nil)
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) { connections[c.Conn.LocalAddr().String()] = true }}))
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != step.want {
			t.Errorf("status %d, want %d", resp.StatusCode, step.want)
		}
	}
	if len(connections) != 1 {
		t.Errorf("there were %d connections: this was to be about one", len(connections))
	}
}

func newCertificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
