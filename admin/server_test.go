package admin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
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

func newCertificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
