package engine

import (
	"context"
	"errors"
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
