package engine

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReloadReachesNewSessionsAndRestartedOnes(t *testing.T) {
	p := startProxy(t, "", "")
	db := client(t, p, "")
	c := one(t, db)
	s := session(t, p, c)
	cfg := loadConfig(t, `filters = ["hide"]`, hideFilter)
	// The listener must stay where it is: port 0 would be another one.
	cfg.Listeners = p.generation().cfg.Listeners
	if err := p.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	if got := get(t, c, "SELECT 'secret'"); got != "secret" {
		t.Errorf("the old session changed by itself: %s", got)
	}
	fresh := one(t, db)
	if got := get(t, fresh, "SELECT 'secret'"); got != "public" {
		t.Errorf("a new session: %s", got)
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := get(t, c, "SELECT 'secret'"); got != "public" {
		t.Errorf("the restarted session: %s", got)
	}
	setFilters(t, s, "hide", "shout")
	if got := get(t, c, "SELECT 'secret'"); got != "PUBLIC" {
		t.Errorf("new definitions for the old session: %s", got)
	}
}

// A server that never answers: an idle session's restart waits until it knows,
// one in a transaction is told later, and a restart of all names every failure.
func TestRestartTowardsAServerThatIsMute(t *testing.T) {
	p := startProxy(t, "", "")
	db := client(t, p, "")
	busy := one(t, db)
	busySession := session(t, p, busy)
	idle := one(t, db)
	do(t, busy, "CREATE OR REPLACE TABLE mute (id INT)")
	do(t, busy, "BEGIN")
	do(t, busy, "INSERT INTO mute VALUES (1)")
	do(t, idle, "SET @kept = 'kept'")
	mute, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, nobody speaks
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	cfg := loadConfig(t, "", "")
	cfg.Listeners = p.generation().cfg.Listeners
	clear(cfg.Monitors) // nobody knows that the server is mute
	cfg.Services["app"].User, cfg.Services["app"].LoadUsers = "", false
	for _, s := range cfg.Servers {
		s.Address, s.ConnectTimeout = mute.Addr().String(), 3*patience
	}
	idleSession := p.Sessions()[1]
	if err := p.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	var failed *RestartError
	if err := idleSession.Restart(t.Context()); !errors.As(err, &failed) || failed.ID != idleSession.id {
		t.Errorf("an idle session's restart: %v", err)
	}
	if err := busySession.Restart(t.Context()); err != nil {
		t.Errorf("a restart in a transaction: %v", err)
	}
	if p := busySession.Snapshot().Pending; p == nil || !p.Restart {
		t.Errorf("it does not wait: %+v", p)
	}
	do(t, busy, "COMMIT")
	eventually(t, "the restart that waited to fail", func() bool { return busySession.Snapshot().RestartError != "" })
	var all RestartErrors
	if err := p.RestartAll(t.Context()); !errors.As(err, &all) || len(all) != len(p.Sessions()) ||
		!slices.IsSortedFunc(all, func(a, b *RestartError) int { return cmp.Compare(a.ID, b.ID) }) {
		t.Errorf("a restart of %d sessions: %v", len(p.Sessions()), err)
	}
	if got := get(t, idle, "SELECT @kept"); got != "kept" {
		t.Errorf("the session did not go on: %s", got)
	}
}

func TestReloadThatCannotWorkChangesNothing(t *testing.T) {
	p := startProxy(t, `filters = ["hide"]`, hideFilter)
	before := p.generation()
	bad := loadConfig(t, `filters = ["hide"]`, strings.Replace(hideFilter, `match = "secret"`, `match = "("`, 1))
	if err := p.Reload(bad); err == nil || !strings.Contains(err.Error(), "hide") {
		t.Errorf("got %v, want the plugin's own words about hide", err)
	}
	if p.generation() != before {
		t.Error("the generation changed")
	}
	if got := get(t, one(t, client(t, p, "")), "SELECT 'secret'"); got != "public" {
		t.Error(got)
	}
}

func TestDrainWaitsForTransactions(t *testing.T) {
	p := startProxy(t, "", "")
	db := client(t, p, "")
	c, idle := one(t, db), one(t, db)
	do(t, idle, "DO 1")
	do(t, c, "BEGIN")
	do(t, c, "CREATE OR REPLACE TABLE drainlog (id INT)")
	do(t, c, "BEGIN")
	do(t, c, "INSERT INTO drainlog VALUES (1)")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := p.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with an open transaction: %v", err)
	}
	if n := len(p.Sessions()); n != 1 {
		t.Errorf("%d sessions are left, want the one in a transaction", n)
	}
	do(t, c, "COMMIT")
	if err := p.Drain(t.Context()); err != nil {
		t.Error(err)
	}
}
