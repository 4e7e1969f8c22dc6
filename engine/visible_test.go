package engine

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// TestRestartThatFailsLater: a restart that had to wait and then could not be
// done is in the session's own log, where the administrator looks.
func TestRestartThatFailsLater(t *testing.T) {
	p := startProxy(t, "max_history = 1", "")
	c, s := oneOf(t, p, client(t, p, ""))
	do(t, c, "SET @a = @b")
	do(t, c, "SET @b = @a")
	do(t, c, "BEGIN")
	if err := s.Restart(t.Context()); err != nil {
		t.Fatalf("it has to wait: %v", err)
	}
	do(t, c, "COMMIT")
	eventually(t, "the session's log to tell", func() bool {
		for _, line := range s.Snapshot().Log {
			if strings.Contains(line, "could not be restarted") && strings.Contains(line, "warning") {
				return true
			}
		}
		return false
	})
	if got := get(t, c, "SELECT 1"); got != "1" {
		t.Error(got)
	}
}

// TestRestartOfASessionThatIsKilled: it does not go on as it was, so that is not
// what the administrator is told.
func TestRestartOfASessionThatIsKilled(t *testing.T) {
	p := startProxy(t, "", "")
	c, s := oneOf(t, p, client(t, p, ""))
	do(t, c, "DO 1")
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	cfg := loadConfig(t, "", "")
	cfg.Listeners = p.generation().cfg.Listeners
	clear(cfg.Monitors) // nobody knows that the server is mute
	cfg.Services["app"].User, cfg.Services["app"].LoadUsers = "", false
	for _, server := range cfg.Servers {
		server.Address, server.ConnectTimeout = mute.Addr().String(), time.Hour
	}
	if err := p.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() { result <- s.Restart(context.Background()) }()
	server, err := mute.Accept() // the restart waits for its greeting
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := s.Kill(0); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, ErrNoSession) {
		t.Errorf("the restart says %v", err)
	}
}

// TestResultTooLargeToBuffer: a filter that wants whole replies cannot be shown
// more than the cap. The session goes on, its transaction too.
func TestResultTooLargeToBuffer(t *testing.T) {
	p := startProxy(t, "", misfits())
	primary.Exec(t, "SET GLOBAL max_allowed_packet = 1073741824")
	replica.Exec(t, "SET GLOBAL max_allowed_packet = 1073741824")
	for _, chain := range [][]string{{"buffered-close"}, {"rows-close", "buffered-close"}, {"buffered-close", "rows-close"}} {
		c, s := oneOf(t, p, client(t, p, ""))
		setFilters(t, s, chain...)
		do(t, c, "BEGIN")
		do(t, c, "SET @kept = 1")
		before := get(t, c, "SELECT CONNECTION_ID() FROM seq_1_to_1 FOR UPDATE")
		for name, query := range map[string]string{
			"many rows":   "SELECT REPEAT('x', 1000) FROM seq_1_to_20000",
			"a large row": "SELECT REPEAT('x', 17 << 20)",
		} {
			if _, err := read(c, query); errno(err) != 1153 {
				t.Errorf("%v: %s: %v", chain, name, err)
			}
		}
		if got := get(t, c, "SELECT CONNECTION_ID() FROM seq_1_to_1 FOR UPDATE"); got != before {
			t.Errorf("%v: another connection: the transaction is lost", chain)
		}
		do(t, c, "COMMIT")
		for _, l := range s.Snapshot().Memory.Plugins {
			if l.Bytes > 64<<20 {
				t.Errorf("%v: %s holds %d bytes", chain, l.Name, l.Bytes)
			}
		}
	}
}

// TestFiltersAboveSeeTheRefusal: what a filter refuses, those nearer to the
// client see as the error that it became.
func TestFiltersAboveSeeTheRefusal(t *testing.T) {
	p := startProxy(t, "", misfits()+`
[filters.watch]
module = "`+misfitFile()+`"
plugin = "filter"
options = { level = "summary" }
`)
	c, s := oneOf(t, p, client(t, p, ""))
	setFilters(t, s, "watch", "rows-close")
	if _, err := read(c, misfit("rows-reject")); errno(err) != 4711 {
		t.Fatal(err)
	}
	got, err := read(c, misfit("seen"))
	if want := "summary 4711 0"; err != nil || got != want {
		t.Errorf("above: %q, %v; want %q", got, err, want)
	}
}
