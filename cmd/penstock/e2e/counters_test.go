package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// did is what clients know that they did.
type did = rig.Statistics

func add(a, b did) did {
	return did{Commands: a.Commands + b.Commands, Queries: a.Queries + b.Queries, Errors: a.Errors + b.Errors,
		BytesFromClient: a.BytesFromClient + b.BytesFromClient, BytesToClient: a.BytesToClient + b.BytesToClient}
}

// serviceCounts awaits that a service has counted what clients did since
// before: the last write of a reply is counted when it is over, which can be a
// moment after its client has read it.
func serviceCounts(t *testing.T, service string, before *rig.ServiceResource, want did) {
	t.Helper()
	want = add(before.Attributes.Statistics.Statistics, want)
	must(t, rig.Await("the service to have counted", func() error {
		now, err := proxy.API.Service(service)
		if err == nil && now.Attributes.Statistics.Statistics != want {
			err = fmt.Errorf("service %s counted %+v, clients %+v", service, now.Attributes.Statistics.Statistics, want)
		}
		return err
	}))
}

// by is what a bare client did until now; errors are for the caller to count.
func by(c *rig.Client, errors uint64) did {
	return did{Commands: c.Commands, Queries: c.Queries, Errors: errors, BytesFromClient: c.Socket.Out.Load(), BytesToClient: c.Socket.In.Load()}
}

// Bare clients count every byte and command. Some quit, some vanish, one is
// killed in the middle of a query, one stays.
func TestCountersAddUp(t *testing.T) {
	must(t, rig.Await("earlier sessions to end", noSessions))
	before, err := proxy.API.Service(split)
	must(t, err)
	var sum did
	var open []*rig.Client
	for n := range 6 {
		c := connect(t, proxy.Addr(split), rig.Login{Schema: mariadbtest.Schema})
		work(t, c, n)
		open = append(open, c)
		session(t, c, by(c, 2))
	}
	alive, killed := open[0], open[1]
	for _, c := range open[2:4] {
		must(t, c.Send(wire.ComQuit, nil))
		_, err := io.Copy(io.Discard, c.Conn.NetConn())
		must(t, err)
	}
	for _, c := range open[4:] {
		must(t, c.Close())
	}
	must(t, killed.Send(wire.ComQuery, []byte("SELECT SLEEP(300), 'counted session'")))
	must(t, rig.Await("the query to run", func() error { return running(t, "counted session", 1) }))
	must(t, proxy.API.Do(http.MethodDelete, fmt.Sprintf("/v1/sessions/%d", killed.ConnectionID), nil, nil))
	if _, err := killed.Receive(wire.ComQuery, nil); err != nil || killed.Reply.Errno != 1927 {
		t.Fatalf("the killed client got %v, error %d", err, killed.Reply.Errno)
	}
	_, err = io.Copy(io.Discard, killed.Conn.NetConn())
	must(t, err)
	must(t, alive.Exec("SELECT 'still there'"))
	session(t, alive, by(alive, 2))
	for _, c := range open {
		sum = add(sum, by(c, 2))
	}
	sum.Errors++ // the killed one's
	serviceCounts(t, split, before, sum)

	if _, err := rig.Connect(proxy.Addr(split), rig.Login{User: "nobody", Password: "wrong"}); err == nil {
		t.Fatal("a stranger was let in")
	}
	must(t, rig.Await("the failed login to be counted", func() error {
		now, err := proxy.API.Service(split)
		if err == nil {
			if got := now.Attributes.Statistics.FailedAuths - before.Attributes.Statistics.FailedAuths; got != 1 {
				err = fmt.Errorf("%d failed logins are counted, there was 1", got)
			}
		}
		return err
	}))
}

// work has two of its commands fail.
func work(t *testing.T, c *rig.Client, n int) {
	t.Helper()
	for i := range 5 + n {
		must(t, c.Exec(fmt.Sprintf("SELECT 'statement %d', REPEAT('x', %d)", i, i*1000)))
	}
	for _, wrong := range []string{"SELECT no_such_column", "SLECT 1"} {
		if err := c.Exec(wrong); err == nil {
			t.Fatalf("%s worked", wrong)
		}
	}
	must(t, c.Exec("SET @counted = 1"))
	must(t, c.Exec("SELECT seq FROM seq_1_to_5000"))
	_, err := c.Do(wire.ComPing, nil)
	must(t, err)
	_, err = c.Do(wire.ComStmtPrepare, []byte("SELECT ? + @counted"))
	must(t, err)
	id := c.Reply.StatementID
	for range 3 {
		_, err = c.Do(wire.ComStmtExecute, execute(id, []any{7}, wire.CursorNone, true))
		must(t, err)
	}
	must(t, c.Send(wire.ComStmtClose, statementID(id)))
	must(t, c.Exec("DO 1")) // behind it, the statement is closed
}

// session awaits that a session has counted what its client did.
func session(t *testing.T, c *rig.Client, want did) {
	t.Helper()
	must(t, rig.Await("the session to have counted", func() error {
		s, err := proxy.API.Session(uint64(c.ConnectionID))
		if err == nil && s.Attributes.Statistics != want {
			err = fmt.Errorf("session %s counted %+v, its client %+v", s.ID, s.Attributes.Statistics, want)
		}
		return err
	}))
}

// A driver in use: its bytes are counted at its sockets, its commands are known.
func TestDriverCountersAddUp(t *testing.T) {
	must(t, rig.Await("earlier sessions to end", noSessions))
	before, err := proxy.API.Service(split)
	must(t, err)
	var mu sync.Mutex
	var sockets []*rig.Counted
	mysql.RegisterDialContext("counted", func(ctx context.Context, address string) (net.Conn, error) {
		nc, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		c := &rig.Counted{Conn: nc}
		sockets = append(sockets, c)
		return c, nil
	})
	cfg, err := mysql.ParseDSN(proxy.DSN(split))
	must(t, err)
	cfg.Net = "counted"
	db, err := sql.Open("mysql", cfg.FormatDSN())
	must(t, err)
	const conns, statements = 4, 25
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	var running sync.WaitGroup
	for range conns {
		running.Go(func() {
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			for i := range statements {
				var v int
				if err := conn.QueryRowContext(t.Context(), fmt.Sprintf("SELECT %d", i)).Scan(&v); err != nil || v != i {
					t.Errorf("%d, %v", v, err)
				}
				// Prepared, executed, closed.
				if err := conn.QueryRowContext(t.Context(), "SELECT ?", i).Scan(&v); err != nil || v != i {
					t.Errorf("prepared: %d, %v", v, err)
				}
			}
		})
	}
	running.Wait()
	must(t, db.Close()) // sends COM_QUIT on each
	must(t, rig.Await("the sessions to end", noSessions))
	n := uint64(len(sockets))
	want := did{Commands: n + conns*statements*4, Queries: conns * statements * 2}
	for _, s := range sockets {
		want.BytesFromClient += s.Out.Load()
		want.BytesToClient += s.In.Load()
	}
	serviceCounts(t, split, before, want)
}

// What Penstock counts of a server is what the server counts of Penstock.
func TestServerCountersAddUp(t *testing.T) {
	must(t, rig.Await("earlier sessions to end", noSessions))
	c := connect(t, proxy.Addr(one), rig.Login{Schema: mariadbtest.Schema})
	type view struct{ commands, errors, to, from, received, sent, questions uint64 }
	look := func() (v view) {
		status := func(name string) uint64 {
			text, err := c.Value("SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = '" + name + "'")
			must(t, err)
			n, err := strconv.ParseUint(text, 10, 64)
			must(t, err)
			return n
		}
		v.questions = status("QUESTIONS")
		v.sent = status("BYTES_SENT") // without its own reply, and the one after it
		v.sent += c.Reply.Bytes
		v.received = status("BYTES_RECEIVED")
		v.sent += c.Reply.Bytes
		servers, err := proxy.API.Servers()
		must(t, err)
		s := servers["primary"].Attributes.Statistics
		v.commands, v.errors, v.to, v.from = s.Commands, s.Errors, s.BytesTo, s.BytesFrom
		return v
	}
	// The server is asked in the same way both times, so that what asking costs
	// is in both: the differences are of what is between.
	a := look()
	work(t, c, 3)
	b := look()
	if got, want := b.to-a.to, b.received-a.received; got != want {
		t.Errorf("Penstock counted %d bytes to the server, the server received %d", got, want)
	}
	if got, want := b.errors-a.errors, uint64(2); got != want {
		t.Errorf("Penstock counted %d errors of the server, there were %d", got, want)
	}
	// Questions are statements: not COM_PING, COM_STMT_PREPARE and COM_STMT_CLOSE.
	if got, want := b.commands-a.commands, b.questions-a.questions+3; got != want {
		t.Errorf("Penstock counted %d commands to the server, which counted %d", got, want)
	}
	if got, want := b.from-a.from, b.sent-a.sent; got != want {
		t.Errorf("Penstock counted %d bytes from the server, which sent %d", got, want)
	}
}

// What the API counts of connections is what clients did.
func TestConnectionCountersAddUp(t *testing.T) {
	must(t, rig.Await("earlier sessions to end", noSessions))
	before, err := proxy.API.Service(split)
	must(t, err)
	const clients, statements = 12, 7
	var open []*rig.Client
	for range clients {
		c := connect(t, proxy.Addr(split), rig.Login{Schema: mariadbtest.Schema})
		for i := range statements {
			must(t, c.Exec(fmt.Sprintf("SELECT 'statement %d'", i)))
		}
		open = append(open, c)
	}
	now, err := proxy.API.Service(split)
	must(t, err)
	if got := now.Attributes.Statistics.Total - before.Attributes.Statistics.Total; got != clients {
		t.Errorf("the service counted %d connections, there were %d", got, clients)
	}
	if got := now.Attributes.Statistics.Connections; got != clients {
		t.Errorf("the service counts %d connections now, there are %d", got, clients)
	}
	sessions, err := proxy.API.Sessions()
	must(t, err)
	if len(sessions) != clients {
		t.Fatalf("%d sessions, want %d", len(sessions), clients)
	}
	backends := 0
	for _, c := range open {
		s, err := proxy.API.Session(uint64(c.ConnectionID))
		must(t, err)
		backends += len(s.Attributes.Connections)
		if s.Attributes.User != mariadbtest.AppUser || s.Attributes.Database != mariadbtest.Schema {
			t.Errorf("session %s is of user %q in schema %q", s.ID, s.Attributes.User, s.Attributes.Database)
		}
		if len(s.Attributes.Queries) != statements {
			t.Errorf("session %s lists %d statements, want %d", s.ID, len(s.Attributes.Queries), statements)
		} else if got := s.Attributes.Queries[0].Statement; got != fmt.Sprintf("SELECT 'statement %d'", statements-1) {
			t.Errorf("session %s lists %q first, want its last statement", s.ID, got)
		}
		if s.Attributes.IOActivity < statements {
			t.Errorf("session %s counts %d socket events, want at least %d", s.ID, s.Attributes.IOActivity, statements)
		}
		for _, b := range s.Attributes.Connections {
			server := map[string]*mariadbtest.Server{"primary": primary, "replica": replica}[b.Server]
			if !server.HasConnection(t, b.ConnectionID) {
				t.Errorf("session %s lists thread %d of %s, which is not there", s.ID, b.ConnectionID, b.Server)
			}
		}
	}
	servers, err := proxy.API.Servers()
	must(t, err)
	counted := servers["primary"].Attributes.Statistics.Connections + servers["replica"].Attributes.Statistics.Connections
	onServers := primary.Connections(t, mariadbtest.AppUser) + replica.Connections(t, mariadbtest.AppUser)
	if int(counted) != backends || onServers != backends {
		t.Errorf("the servers' counters say %d connections, the sessions %d, the servers themselves %d", counted, backends, onServers)
	}
}
