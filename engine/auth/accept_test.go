package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

func wantErrno(t *testing.T, err error, errno uint16, text string) {
	t.Helper()
	var m *mysql.MySQLError
	if !errors.As(err, &m) || m.Number != errno || !strings.Contains(m.Message, text) {
		t.Fatalf("the client got %v, want error %d with %q", err, errno, text)
	}
}

func TestAcceptUsersOfTheConfiguration(t *testing.T) {
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{Accounts: static(
		config.User{Name: "app", Password: "secret", Host: "%", Schemas: []string{"demo"}},
		config.User{Name: "open", Host: "127.0.0.%"},
		config.User{Name: "mapped", Password: "x", Host: "%", BackendUser: "real", BackendPassword: "y"},
	)})
	user := func(name, password, schema string) error {
		return dsnLogin(t, ln, func(m *mysql.Config) { m.User, m.Passwd, m.DBName = name, password, schema })
	}
	if err := user("app", "secret", "demo"); err != nil {
		t.Fatal(err)
	}
	o := <-got
	if id := o.id; id == nil || id.User != "app" || id.Schema != "demo" || id.Account != "'app'@'%'" ||
		id.Credentials.Password != "secret" || id.TLS != nil || !id.Capabilities.Has(wire.ClientProtocol41) || len(id.Attributes) == 0 {
		t.Fatalf("identity %+v", o)
	}
	if err := user("open", "", ""); err != nil {
		t.Fatal(err)
	}
	<-got
	if err := user("mapped", "x", "any"); err != nil {
		t.Fatal(err)
	}
	if o := <-got; o.id.Credentials.User != "real" || o.id.Credentials.Password != "y" {
		t.Fatalf("credentials %v", o.id.Credentials)
	}
	wantErrno(t, user("app", "wrong", ""), 1045, "Access denied for user 'app'@'localhost' (using password: YES)")
	wantErrno(t, user("app", "", ""), 1045, "(using password: NO)")
	wantErrno(t, user("nobody", "wrong", ""), 1045, "Access denied for user 'nobody'@'localhost' (using password: YES)")
	wantErrno(t, user("open", "something", ""), 1045, "(using password: YES)")
	wantErrno(t, user("app", "secret", "other"), 1044, "Access denied for user 'app'@'localhost' to database 'other'")
	for range 5 {
		var r *Refusal
		if o := <-got; o.id != nil || !errors.As(o.err, &r) || r.Reason == "" {
			t.Fatalf("refusal %v", o.err)
		}
	}
}

// serverTLS makes a listener's and a client's TLS.
func serverTLS(t *testing.T) (srv, client *tls.Config) {
	t.Helper()
	certs, err := mariadbtest.MakeCertificates(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	srv, err = (&config.TLS{Cert: certs.CertFile, Key: certs.KeyFile, MinVersion: tls.VersionTLS12}).ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	client, err = (&config.TLS{CA: certs.CAFile, VerifyPeer: true, MinVersion: tls.VersionTLS12}).ClientConfig("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return srv, client
}

func TestAcceptTLS(t *testing.T) {
	srv, client := serverTLS(t)
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{TLS: srv, TLSRequired: true, Accounts: static(config.User{Name: "app", Password: "s"})})
	if err := dsnLogin(t, ln, func(m *mysql.Config) { m.User, m.Passwd, m.TLS = "app", "s", client }); err != nil {
		t.Fatal(err)
	}
	if o := <-got; o.id.TLS == nil {
		t.Fatal("no TLS state")
	}
	wantErrno(t, dsnLogin(t, ln, func(m *mysql.Config) { m.User, m.Passwd = "app", "s" }), 3159, "TLS")
	<-got
}

// TestAcceptCommandLine lets MariaDB's own client in: over TCP, over a Unix
// socket, with ed25519 as its default plugin, and changing the user.
func TestAcceptCommandLine(t *testing.T) {
	accounts := static(config.User{Name: "app", Password: "s", Host: "localhost"})
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{Accounts: accounts})
	sock := filepath.Join(t.TempDir(), "s")
	_, gotUnix := listen(t, "unix", sock, AcceptConfig{Accounts: accounts, TLSRequired: true})
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	run := func(args ...string) {
		t.Helper()
		out, err := exec.Command("mariadb", append([]string{"--no-defaults", "--skip-ssl", "-uapp", "-ps", "-A"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	run("-h127.0.0.1", "-P"+port, "-e", "DO 1")
	if o := <-got; o.id == nil {
		t.Fatal(o.err)
	}
	run("-h127.0.0.1", "-P"+port, "--default-auth=client_ed25519", "-e", "DO 1")
	if o := <-got; o.id == nil {
		t.Fatal(o.err)
	}
	run("-S"+sock, "-e", "DO 1")
	if o := <-gotUnix; o.id == nil || !o.id.Peer.Local {
		t.Fatal(o.err)
	}
}

// rawClient speaks the protocol by hand.
type rawClient struct {
	*wire.Conn
	t        *testing.T
	greeting wire.Greeting
}

func dialRaw(t *testing.T, ln net.Listener) *rawClient {
	t.Helper()
	nc, err := net.Dial(ln.Addr().Network(), ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := &rawClient{Conn: wire.NewConn(nc), t: t}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	t.Cleanup(func() { c.Close() })
	if err := c.greeting.Decode(c.receive()); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *rawClient) receive() []byte {
	c.t.Helper()
	p, _, err := c.ReadMessage(1 << 20)
	if err != nil {
		c.t.Fatal(err)
	}
	return append([]byte(nil), p...)
}

func (c *rawClient) transmit(seq byte, payload []byte) {
	c.t.Helper()
	if _, err := c.WriteMessage(payload, seq); err != nil {
		c.t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *rawClient) wantERR(errno uint16) wire.ERR {
	c.t.Helper()
	var m wire.ERR
	if err := m.Decode(c.receive()); err != nil || m.Errno != errno {
		c.t.Fatalf("got %v %v, want error %d", m, err, errno)
	}
	return m
}

const rawCaps = wire.ClientProtocol41 | wire.ClientSecureConnection | wire.ClientPluginAuth | wire.ClientPluginAuthLenencData

func TestAcceptRefusesWhatIsNoHandshake(t *testing.T) {
	srv, _ := serverTLS(t)
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{Accounts: static(config.User{Name: "app", Password: "s"})})
	lnTLS, gotTLS := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{TLS: srv, Accounts: static(config.User{Name: "app", Password: "s"})})

	c := dialRaw(t, ln) // garbage
	c.transmit(1, []byte("GET / HTTP/1.1\r\n\r\n"))
	if m := c.wantERR(1251); m.SQLState != "" {
		t.Errorf("SQLSTATE %q before the client is known to speak 4.1", m.SQLState)
	}
	<-got
	c = dialRaw(t, ln) // too short
	c.transmit(1, []byte{1})
	c.wantERR(1043)
	<-got
	c = dialRaw(t, ln) // protocol 3.20
	c.transmit(1, (&wire.HandshakeResponse{User: "app", MaxPacket: 1 << 20}).Encode(nil))
	c.wantERR(1251)
	<-got
	c = dialRaw(t, ln) // TLS that was not offered
	c.transmit(1, (&wire.SSLRequest{Capabilities: rawCaps | wire.ClientSSL}).Encode(nil))
	c.wantERR(1043)
	<-got
	c = dialRaw(t, ln) // out of order
	c.transmit(7, (&wire.HandshakeResponse{Capabilities: rawCaps, User: "app"}).Encode(nil))
	c.wantERR(1156)
	<-got
	c = dialRaw(t, ln) // longer than any handshake
	c.WriteHeader(wire.Header{Len: 2 << 20, Seq: 1})
	c.Flush()
	c.wantERR(1043)
	<-got

	c = dialRaw(t, lnTLS) // other capabilities within TLS than before
	c.transmit(1, (&wire.SSLRequest{Capabilities: rawCaps | wire.ClientSSL}).Encode(nil))
	inner := tls.Client(c.NetConn(), &tls.Config{InsecureSkipVerify: true})
	if err := inner.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := c.Upgrade(inner); err != nil {
		t.Fatal(err)
	}
	c.transmit(2, (&wire.HandshakeResponse{Capabilities: rawCaps | wire.ClientSSL | wire.ClientFoundRows, User: "app"}).Encode(nil))
	c.wantERR(1043)
	<-gotTLS
}

// TestAcceptTakesTLSBehindTheRequest sends the request and the first bytes of
// TLS in one write, as a fast client's kernel may.
func TestAcceptTakesTLSBehindTheRequest(t *testing.T) {
	srv, client := serverTLS(t)
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{TLS: srv, Accounts: static(config.User{Name: "app", Password: "s"})})
	c := dialRaw(t, ln)
	first := wire.AppendPacket(nil, 1, (&wire.SSLRequest{Capabilities: rawCaps | wire.ClientSSL}).Encode(nil))
	inner := tls.Client(&prefixed{Conn: c.NetConn(), prefix: first}, client)
	if err := inner.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := c.Upgrade(inner); err != nil {
		t.Fatal(err)
	}
	token := nativeToken(c.greeting.Salt, nativeSHA1("s"))
	c.transmit(2, (&wire.HandshakeResponse{Capabilities: rawCaps | wire.ClientSSL, User: "app", Auth: token, Plugin: NativePlugin}).Encode(nil))
	if p := c.receive(); p[0] != 0 {
		t.Fatalf("got % x", p)
	}
	if o := <-got; o.err != nil {
		t.Fatal(o.err)
	}
}

// prefixed writes prefix together with the first write.
type prefixed struct {
	net.Conn
	prefix []byte
}

func (p *prefixed) Write(b []byte) (int, error) {
	n := len(p.prefix)
	m, err := p.Conn.Write(append(p.prefix, b...))
	p.prefix = nil
	return m - n, err
}

// TestAcceptSaysNothingAboutUsers holds the exchange of an unknown user against
// that of a known one.
func TestAcceptSaysNothingAboutUsers(t *testing.T) {
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{Accounts: static(config.User{Name: "app", Password: "s"})})
	exchange := func(user, plugin string) (lengths []int) {
		c := dialRaw(t, ln)
		c.transmit(1, (&wire.HandshakeResponse{Capabilities: rawCaps, User: user, Auth: make([]byte, 20), Plugin: plugin}).Encode(nil))
		for {
			p := c.receive()
			lengths = append(lengths, len(p))
			if p[0] == 0xff {
				<-got
				return lengths
			}
			c.transmit(3, make([]byte, 20))
		}
	}
	for _, plugin := range []string{NativePlugin, CachingSHA2Plugin} {
		known, unknown := exchange("app", plugin), exchange("xyz", plugin)
		if len(known) != len(unknown) || known[len(known)-1] != unknown[len(unknown)-1] {
			t.Errorf("%s: messages %v for a known user, %v for an unknown one", plugin, known, unknown)
		}
	}
}

func TestAcceptEndsWithItsContext(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error)
	go func() {
		_, err := Accept(ctx, wire.NewConn(a), &AcceptConfig{ServerVersion: "x", Accounts: static(config.User{Name: "app"})})
		result <- err
	}()
	var half [10]byte // the client never takes the rest
	if _, err := b.Read(half[:]); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	a.Close()
}

func TestAcceptHostNotAllowed(t *testing.T) {
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{Accounts: static(config.User{Name: "app", Host: "10.0.0.%"})})
	err := dsnLogin(t, ln, func(m *mysql.Config) { m.User = "app" })
	wantErrno(t, err, 1130, "Host 'localhost' is not allowed to connect")
	<-got
}

func TestAcceptChangeUser(t *testing.T) {
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{Accounts: static(
		config.User{Name: "app", Password: "s"}, config.User{Name: "two", Password: "t", Schemas: []string{"x"}})})
	c := dialRaw(t, ln)
	c.transmit(1, (&wire.HandshakeResponse{Capabilities: rawCaps, User: "app", Plugin: NativePlugin,
		Auth: nativeToken(c.greeting.Salt, nativeSHA1("s"))}).Encode(nil))
	c.receive()
	<-got
	change := func(user, password, schema string) []byte {
		m := wire.ChangeUser{Capabilities: rawCaps, User: user, Schema: schema, Collation: 33, Plugin: NativePlugin, Auth: make([]byte, 20)}
		c.transmit(0, m.Encode(nil))
		var s wire.AuthSwitch
		if err := s.Decode(c.receive()); err != nil || s.Plugin != NativePlugin || string(s.Data) == string(c.greeting.Salt) {
			t.Fatalf("switch %+v %v", s, err)
		}
		c.transmit(2, nativeToken(s.Data, nativeSHA1(password)))
		return c.receive()
	}
	if p := change("two", "t", "x"); p[0] != 0 {
		t.Fatalf("% x", p)
	}
	if o := <-got; o.id.User != "two" || o.id.Schema != "x" || o.id.Collation != 33 || o.id.Credentials.Password != "t" {
		t.Fatalf("%+v", o.id)
	}
	if p := change("app", "wrong", ""); p[0] != 0xff {
		t.Fatalf("% x", p)
	}
	<-got
}
