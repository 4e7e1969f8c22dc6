package backend

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// sha2Server is the login of a MySQL 8 server, which MariaDB cannot play:
// caching_sha2_password by all its paths. Its cache is empty unless cached.
type sha2Server struct {
	password string
	cached   bool
	native   bool // its greeting names mysql_native_password, and it switches
	tls      *tls.Config
	caps     wire.Capability // taken from what it offers
	path     chan string     // how the client got in
}

var rsaKey, _ = rsa.GenerateKey(rand.Reader, 2048)

func (s *sha2Server) start(t *testing.T) *config.Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.path = make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		c := wire.NewConn(nc)
		path, err := s.login(c)
		if err != nil {
			path = err.Error()
		}
		s.path <- path
		c.ReadMessage(1 << 20) // COM_QUIT, or the end
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	return &config.Server{Name: "mysql8", Address: ln.Addr().String()}
}

func (s *sha2Server) login(c *wire.Conn) (string, error) {
	var seq byte
	send := func(p []byte) {
		seq, _ = c.WriteMessage(p, seq)
		c.Flush()
	}
	read := func() []byte {
		p, n, err := c.ReadMessage(1 << 20)
		seq = n + 1
		if err != nil {
			return nil
		}
		return append([]byte{}, p...)
	}
	salt := []byte("abcdefghijklmnopqrst")
	g := wire.Greeting{ServerVersion: "8.0.40", ConnectionID: 9, Salt: salt, Plugin: auth.CachingSHA2Plugin, Status: wire.StatusAutocommit,
		Capabilities: (clientCaps&(1<<32-1) | wire.ClientMySQL | wire.ClientLongFlag | wire.ClientPluginAuthLenencData) &^ s.caps}
	if s.native {
		g.Plugin = auth.NativePlugin
	}
	if s.tls != nil {
		g.Capabilities |= wire.ClientSSL
	}
	send(g.Encode(nil))
	c.SetExact(true)
	p := read()
	if s.tls != nil {
		conn := tls.Server(c.NetConn(), s.tls)
		if err := conn.Handshake(); err != nil {
			return "", err
		}
		if err := c.Upgrade(conn); err != nil {
			return "", err
		}
		p = read()
	}
	var resp wire.HandshakeResponse
	if err := resp.Decode(p); err != nil {
		return "", err
	}
	token := resp.Auth
	if s.native {
		salt = []byte("ABCDEFGHIJKLMNOPQRST")
		send((&wire.AuthSwitch{Plugin: auth.CachingSHA2Plugin, Data: salt}).Encode(nil))
		token = read()
	}
	ok := func(path string) (string, error) {
		send((&wire.OK{Capabilities: resp.Capabilities, Status: wire.StatusAutocommit}).Encode(nil))
		return path, nil
	}
	denied := func() (string, error) {
		send(wire.NewERR(1045, "Access denied").Encode(nil))
		return "denied", nil
	}
	if len(token) == 0 {
		if s.password == "" {
			return ok("empty")
		}
		return denied()
	}
	if s.cached {
		one := sha256.Sum256([]byte(s.password))
		two := sha256.Sum256(one[:])
		mask := sha256.Sum256(append(two[:], salt...))
		subtle.XORBytes(mask[:], mask[:], token)
		if sha256.Sum256(mask[:]) != two {
			return denied()
		}
		send((&wire.AuthMoreData{Data: []byte{3}}).Encode(nil))
		return ok("fast")
	}
	send((&wire.AuthMoreData{Data: []byte{4}}).Encode(nil))
	p = read()
	path := "full over TLS"
	if s.tls == nil {
		if len(p) != 1 || p[0] != 2 {
			return "", errors.New("no request for the key")
		}
		der, _ := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
		send((&wire.AuthMoreData{Data: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}).Encode(nil))
		plain, err := rsa.DecryptOAEP(sha1.New(), nil, rsaKey, read(), nil)
		if err != nil {
			return "", err
		}
		for i := range plain {
			plain[i] ^= salt[i%len(salt)]
		}
		p, path = plain, "full over RSA"
	}
	if string(p) != s.password+"\x00" {
		return denied()
	}
	return ok(path)
}

func TestDialCachingSHA2(t *testing.T) {
	certs, err := mariadbtest.MakeCertificates(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	srv, err := (&config.TLS{Cert: certs.CertFile, Key: certs.KeyFile}).ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("pass", 20) // longer than the salt
	for _, c := range []struct {
		s    sha2Server
		want string
	}{
		{sha2Server{password: "pw", cached: true}, "fast"},
		{sha2Server{password: "pw", cached: true, native: true}, "fast"},
		{sha2Server{password: "pw"}, "full over RSA"},
		{sha2Server{password: long, native: true}, "full over RSA"},
		{sha2Server{password: "pw", tls: srv}, "full over TLS"},
		{sha2Server{password: long, tls: srv, native: true}, "full over TLS"},
		{sha2Server{password: ""}, "empty"},
	} {
		o := appOptions()
		o.Server = c.s.start(t)
		o.Credentials = auth.WithPassword("app", c.s.password)
		if c.s.tls != nil {
			serverTLS(t, certs.CAFile)(&o)
		}
		b, err := Dial(testContext(t), o)
		if got := <-c.s.path; err != nil || got != c.want {
			t.Errorf("%+v: %q, %v; want %q", c.s, got, err, c.want)
		}
		if err == nil {
			if !b.Capabilities().Has(wire.ClientMySQL) || b.Capabilities()>>32 != 0 {
				t.Errorf("capabilities of a MySQL server: %v", b.Capabilities())
			}
			b.Quit()
		}
	}
	for _, cached := range []bool{true, false} {
		s := sha2Server{password: "pw", cached: cached}
		o := appOptions()
		o.Server, o.Credentials = s.start(t), auth.WithPassword("app", "wrong")
		if _, err := Dial(testContext(t), o); !errors.Is(err, ErrAccessDenied) {
			t.Errorf("wrong password: %v", err)
		}
	}
	s := sha2Server{password: "pw", native: true}
	o := appOptions()
	o.Server, o.Credentials = s.start(t), sha1Only("app", "pw")
	if _, err := Dial(testContext(t), o); !errors.Is(err, auth.ErrPasswordNeeded) {
		t.Errorf("SHA1 alone: %v", err)
	}
}

func TestDialDemandsTheClientsLayout(t *testing.T) {
	s := sha2Server{password: "pw", cached: true, caps: wire.ClientDeprecateEOF}
	o := appOptions()
	o.Server = s.start(t)
	_, err := Dial(testContext(t), o)
	var de *DialError
	if !errors.Is(err, ErrCapabilities) || !errors.As(err, &de) || de.Stage != StageCapabilities || !strings.Contains(err.Error(), "DEPRECATE_EOF") {
		t.Fatalf("got %v", err)
	}
}
