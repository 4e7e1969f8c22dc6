package engine

import (
	"context"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// sleeps says whether every instance of the session sleeps.
func sleeps(s *Session) bool {
	s.mu.Lock()
	links := append(s.published.chain[:len(s.published.chain):len(s.published.chain)], s.published.router)
	s.mu.Unlock()
	for _, l := range links {
		if i := l.live.Load(); i == nil || !i.Parked() {
			return false
		}
	}
	return true
}

func TestSilentSessionsSleep(t *testing.T) {
	cfg := loadConfig(t, `filters = ["hide", "slow"]`, hideFilter+`
[filters.slow]
module = "throttlefilter"
options = { max_qps = 1000000, throttling_duration = "1m" }
`)
	cfg.Plugins.ParkAfter = 30 * time.Millisecond
	p := startWith(t, cfg)
	c := one(t, client(t, p, ""))
	if _, err := c.ExecContext(t.Context(), "SET @kept = 'the session''s own'"); err != nil {
		t.Fatal(err)
	}
	s := session(t, p, c)
	for range 3 {
		eventually(t, "the session to sleep", func() bool { return sleeps(s) })
		for _, m := range s.Snapshot().Memory.Plugins {
			if m.Bytes == 0 || m.Bytes > 4096 {
				t.Errorf("%s %s holds %d bytes asleep", m.Kind, m.Name, m.Bytes)
			}
		}
		if b := s.Snapshot().Memory.Client; b.Read != 0 || b.Write != 0 {
			t.Errorf("the client's buffers hold %d and %d bytes", b.Read, b.Write)
		}
		if got := get(t, c, "SELECT CONCAT('secret ', @kept)"); got != "public the session's own" {
			t.Errorf("awake again: %s", got)
		}
	}

	// A sleeping session can be changed, restarted and killed like any other.
	eventually(t, "the session to sleep", func() bool { return sleeps(s) })
	setFilters(t, s, "hide", "shout")
	if got := get(t, c, "SELECT 'secret'"); got != "PUBLIC" {
		t.Errorf("after a swap: %s", got)
	}
	eventually(t, "the session to sleep", func() bool { return sleeps(s) })
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := get(t, c, "SELECT CONCAT('secret ', @kept)"); got != "public the session's own" {
		t.Errorf("after a restart: %s", got)
	}
	eventually(t, "the session to sleep", func() bool { return sleeps(s) })
	if err := s.Kill(0); err != nil {
		t.Fatal(err)
	}
	<-s.done
}

func TestSleepingInATransaction(t *testing.T) {
	cfg := loadConfig(t, `filters = ["hide"]`, hideFilter)
	cfg.Plugins.ParkAfter = 30 * time.Millisecond
	p := startWith(t, cfg)
	c := one(t, client(t, p, ""))
	tx, err := c.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	s := session(t, p, c)
	eventually(t, "the session to sleep", func() bool { return sleeps(s) })
	var host int
	if err := tx.QueryRow("SELECT @@server_id /* secret: the filter is asked */").Scan(&host); err != nil {
		t.Fatal(err)
	}
	var where int
	if err := primary.DB(t).QueryRow("SELECT @@server_id").Scan(&where); err != nil {
		t.Fatal(err)
	}
	if host != where {
		t.Errorf("the transaction went on at server %d, the primary is %d", host, where)
	}
	if s.Snapshot().Memory.Plugins[0].Bytes < abi.MinWindow/4 {
		t.Error("an instance that has just worked holds nothing")
	}
}

// A timer wakes its instance, and the session sleeps again afterwards.
func TestTimersWakeSleepers(t *testing.T) {
	cfg := loadConfig(t, `filters = ["hide"]`, hideFilter)
	cfg.Plugins.ParkAfter = 30 * time.Millisecond
	p := startWith(t, cfg)
	c := one(t, client(t, p, ""))
	get(t, c, "SELECT 1")
	s := session(t, p, c)
	eventually(t, "the session to sleep", func() bool { return sleeps(s) })
	l := s.published.chain[0]
	parks := l.def.template.Stats().Parks
	s.Do(func() { l.host.SetTimer(l.inst, 3, 1) })
	eventually(t, "the session to sleep once more", func() bool { return l.def.template.Stats().Parks > parks && sleeps(s) })
}
