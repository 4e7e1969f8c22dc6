package backend

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// server is one MariaDB, with TLS, for all tests of the package.
var server *mariadbtest.Server

func TestMain(m *testing.M) {
	s, err := mariadbtest.StartMain(mariadbtest.TLS(), mariadbtest.Args("--proxy-protocol-networks=127.0.0.1"))
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	server = s
	code := m.Run()
	s.Close()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

// clientCaps is what an ordinary MariaDB client negotiates.
const clientCaps = wire.ClientProtocol41 | wire.ClientSecureConnection | wire.ClientPluginAuth | wire.ClientTransactions |
	wire.ClientMultiStatements | wire.ClientMultiResults | wire.ClientPSMultiResults | wire.ClientLocalFiles |
	wire.ClientSessionTrack | wire.ClientDeprecateEOF | wire.ClientConnectAttrs | wire.ClientFoundRows | wire.MariaDBStmtBulk

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func appOptions() Options {
	return Options{
		Server:       &config.Server{Name: "db", Address: server.Addr, ConnectTimeout: 10 * time.Second},
		Credentials:  auth.WithPassword(mariadbtest.AppUser, mariadbtest.AppPassword),
		Schema:       mariadbtest.Schema,
		Collation:    45,
		Capabilities: clientCaps,
		Attributes:   []auth.Attr{{Name: "_client_name", Value: "test"}},
	}
}

// open dials with the app user's options as f changed them.
func open(t testing.TB, f ...func(*Options)) *Conn {
	t.Helper()
	o := appOptions()
	for _, g := range f {
		g(&o)
	}
	b, err := Dial(testContext(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Quit)
	return b
}

func (b *Conn) one(t testing.TB, q string) string {
	t.Helper()
	res, err := b.Query(testContext(t), q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	if len(res.Rows) != 1 {
		t.Fatalf("%s: %d rows", q, len(res.Rows))
	}
	if res.Rows[0][0] == nil {
		return "NULL"
	}
	return string(res.Rows[0][0])
}

// run executes a command and returns its summary.
func (b *Conn) run(t testing.TB, cmd wire.Command, text string) *wire.Reply {
	t.Helper()
	r := new(wire.Reply)
	if err := b.Exec(testContext(t), append([]byte{byte(cmd)}, text...), r); err != nil {
		t.Fatalf("%s %s: %v", cmd, text, err)
	}
	return r
}
