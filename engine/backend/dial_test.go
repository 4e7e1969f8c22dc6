package backend

import (
	"crypto/sha1"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/wire"
)

func sha1Only(user, password string) auth.Credentials {
	h := sha1.Sum([]byte(password))
	return auth.Credentials{User: user, SHA1: h[:]}
}

func serverTLS(t *testing.T, ca string) func(*Options) {
	t.Helper()
	c, err := (&config.TLS{CA: ca, VerifyPeer: true}).ClientConfig("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.TLS = c }
}

func TestDialWithSHA1Alone(t *testing.T) {
	b := open(t, func(o *Options) { o.Credentials = sha1Only("app", "app") })
	if got := b.one(t, "SELECT CONNECTION_ID()"); got != uintText(b.ThreadID()) {
		t.Errorf("thread %s, want %d", got, b.ThreadID())
	}
	if got := b.one(t, "SELECT DATABASE()"); got != "test" {
		t.Errorf("schema %s", got)
	}
	if b.Cipher() != "" || b.Server() != "db" || !b.Status().Has(wire.StatusAutocommit) || !strings.Contains(b.Version(), "MariaDB") {
		t.Errorf("%q %q %v %q", b.Cipher(), b.Server(), b.Status(), b.Version())
	}
	caps := b.Capabilities()
	if !caps.Has(wire.ClientSessionTrack|wire.ClientDeprecateEOF|wire.ClientFoundRows) || caps&(wire.MariaDBCacheMetadata|wire.MariaDBProgress|wire.ClientCompress) != 0 {
		t.Errorf("capabilities %v", caps)
	}
}

func TestDialUnixSocketEmptyPasswordAndTLS(t *testing.T) {
	b := open(t, func(o *Options) {
		o.Server = &config.Server{Name: "sock", Socket: server.Socket}
		o.Credentials = auth.WithPassword("root", "")
	})
	if got := b.one(t, "SELECT CURRENT_USER()"); got != "root@localhost" {
		t.Error(got)
	}
	b = open(t, serverTLS(t, server.CAFile))
	if b.Cipher() == "" || b.one(t, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME='Ssl_cipher'") != b.Cipher() {
		t.Errorf("cipher %q", b.Cipher())
	}
}

func TestDialChecksTheCertificate(t *testing.T) {
	o := appOptions()
	serverTLS(t, "")(&o) // the system's authorities know nothing of the test's
	_, err := Dial(testContext(t), o)
	var de *DialError
	if !errors.As(err, &de) || de.Stage != StageTLS {
		t.Fatalf("got %v", err)
	}
}

func TestDialEd25519(t *testing.T) {
	server.Exec(t, "CREATE USER ed IDENTIFIED VIA ed25519 USING PASSWORD('secret')")
	t.Cleanup(func() { server.Exec(t, "DROP USER ed") })
	for range 20 { // salts differ
		b := open(t, func(o *Options) { o.Credentials, o.Schema = auth.WithPassword("ed", "secret"), "" })
		b.one(t, "SELECT 1")
	}
	o := appOptions()
	o.Credentials, o.Schema = sha1Only("ed", "secret"), ""
	if _, err := Dial(testContext(t), o); !errors.Is(err, auth.ErrPasswordNeeded) {
		t.Fatalf("got %v", err)
	}
}

func TestDialSaysWhatTheServerSaid(t *testing.T) {
	o := appOptions()
	o.Credentials = auth.WithPassword("app", "wrong")
	_, err := Dial(testContext(t), o)
	var de *DialError
	if !errors.Is(err, ErrAccessDenied) || !errors.As(err, &de) || de.Errno() != 1045 || de.Stage != StageLogin || de.Server != "db" {
		t.Fatalf("got %v", err)
	}
	o = appOptions()
	o.Schema = "nowhere"
	if _, err = Dial(testContext(t), o); !errors.As(err, &de) || de.Errno() != 1049 {
		t.Fatalf("got %v", err)
	}
	o.Server = &config.Server{Name: "none", Address: "127.0.0.1:1"}
	if _, err = Dial(testContext(t), o); !errors.As(err, &de) || de.Stage != StageConnect {
		t.Fatalf("got %v", err)
	}
}

func TestDialSendsProxyHeader(t *testing.T) {
	b := open(t, func(o *Options) {
		s := *o.Server
		s.ProxyProtocol = true
		o.Server = &s
		o.ClientAddr = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1234}
		o.ProxyAddr = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4006}
	})
	if got := b.one(t, "SELECT USER()"); got != "app@192.0.2.7" {
		t.Error(got)
	}
	b = open(t, func(o *Options) { // no client: Penstock speaks for itself
		s := *o.Server
		s.ProxyProtocol = true
		o.Server = &s
	})
	if got := b.one(t, "SELECT USER()"); got != "app@127.0.0.1" {
		t.Error(got)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, never greets
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	o := appOptions()
	o.Server = &config.Server{Name: "mute", Address: ln.Addr().String(), ConnectTimeout: 50_000_000}
	_, err = Dial(testContext(t), o)
	var de *DialError
	if !errors.As(err, &de) || de.Stage != StageGreeting || !strings.Contains(err.Error(), "connect_timeout") {
		t.Fatalf("got %v", err)
	}
}

func TestChangeUser(t *testing.T) {
	server.Exec(t, "CREATE USER cu IDENTIFIED BY 'pw'", "GRANT SELECT ON test.* TO cu")
	t.Cleanup(func() { server.Exec(t, "DROP USER cu") })
	b := open(t)
	b.run(t, wire.ComQuery, "SET @a = 1")
	o := appOptions()
	o.Credentials = sha1Only("cu", "pw")
	if err := b.ChangeUser(testContext(t), o); err != nil {
		t.Fatal(err)
	}
	if got := b.one(t, "SELECT CONCAT(CURRENT_USER(), DATABASE(), IFNULL(@a, 'none'))"); got != "cu@%testnone" {
		t.Error(got)
	}
	o.Credentials = sha1Only("cu", "wrong")
	if err := b.ChangeUser(testContext(t), o); !errors.Is(err, ErrAccessDenied) {
		t.Fatalf("got %v", err)
	}
}
