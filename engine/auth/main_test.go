package auth

import (
	"context"
	"database/sql"
	"net"
	"os"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// server is one MariaDB for all tests of the package.
var server *mariadbtest.Server

func TestMain(m *testing.M) {
	s, err := mariadbtest.StartMain()
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

const testCaps = wire.ClientTransactions | wire.ClientLongFlag | wire.ClientMultiStatements | wire.ClientMultiResults |
	wire.ClientPSMultiResults | wire.ClientSessionTrack | wire.ClientDeprecateEOF | wire.ClientLocalFiles |
	wire.ClientFoundRows | wire.MariaDBStmtBulk

// outcome is how one handshake ended.
type outcome struct {
	id  *Identity
	err error
}

// listen accepts one client after the other on network, answers every command
// but COM_CHANGE_USER with OK, and reports handshakes on the channel.
func listen(t *testing.T, network, addr string, cfg AcceptConfig) (net.Listener, <-chan outcome) {
	t.Helper()
	ln, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.ServerVersion == "" {
		cfg.ServerVersion = "5.5.5-10.11.0-MariaDB-penstock"
	}
	if cfg.Capabilities == 0 {
		cfg.Capabilities = testCaps
	}
	cfg.Status, cfg.ConnectionID = wire.StatusAutocommit, 77
	done := make(chan struct{})
	outcomes := make(chan outcome, 16)
	go func() {
		defer close(done)
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			serve(nc, &cfg, outcomes)
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-done
	})
	return ln, outcomes
}

func serve(nc net.Conn, cfg *AcceptConfig, outcomes chan<- outcome) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c := wire.NewConn(nc)
	defer c.Close()
	id, err := Accept(ctx, c, cfg)
	outcomes <- outcome{id, err}
	seq := byte(0)
	if id != nil {
		seq = id.NextSeq
	}
	for err == nil {
		c.Write(wire.AppendOK(nil, seq, &wire.OK{Capabilities: id.Capabilities, Status: wire.StatusAutocommit}))
		c.Flush()
		var payload []byte
		if payload, _, err = c.ReadMessage(1 << 20); err != nil || payload[0] == byte(wire.ComQuit) {
			return
		}
		seq = 1
		if payload[0] == byte(wire.ComChangeUser) {
			id, err = AcceptChangeUser(ctx, c, cfg, id, append([]byte(nil), payload...))
			outcomes <- outcome{id, err}
			if id != nil {
				seq = id.NextSeq
			}
		}
	}
}

// login connects with go-sql-driver and pings.
func dsnLogin(t *testing.T, ln net.Listener, change func(*mysql.Config)) error {
	t.Helper()
	m := mysql.NewConfig()
	m.Net, m.Addr = ln.Addr().Network(), ln.Addr().String()
	m.Logger = &mysql.NopLogger{}
	change(m)
	conn, err := mysql.NewConnector(m)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(conn)
	defer db.Close()
	return db.PingContext(context.Background())
}

func loader(t *testing.T, user, password string) *Loader {
	t.Helper()
	svc := &config.Service{Name: "test", User: user, Password: config.Secret(password), LoadUsers: true}
	return NewLoader(LoaderConfig{Service: svc, Candidates: func() []Candidate {
		return []Candidate{
			{Server: &config.Server{Name: "down", Address: "127.0.0.1:1"}},
			{Server: &config.Server{Name: "up", Address: server.Addr, ConnectTimeout: 5 * time.Second}},
		}
	}})
}

func static(users ...config.User) Accounts {
	var src Source
	for _, u := range users {
		src.Configured = append(src.Configured, FromConfig(u))
	}
	return Static{NewTable(src)}
}
