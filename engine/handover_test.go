package engine

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
)

// routedBy is a configuration whose router is a module's file.
func routedBy(t *testing.T, file, plugin string) *config.Config {
	t.Helper()
	cfg := loadConfig(t, "", "")
	cfg.Plugins.Watch = false // the test says when
	cfg.Services["app"].Router = config.Plugin{Module: file, Plugin: plugin, Timeout: config.DefaultCallTimeout, Memory: config.DefaultMemory}
	return cfg
}

// routerHash is the hash of the module of the session's router.
func routerHash(s *Session) (hash [32]byte) {
	within(s, func() { hash = s.body.router.def.hash })
	return hash
}

// A new version of a router reaches live sessions with all that the old one
// knew of them: what they have on one server only is still found.
func TestRouterIsReplacedWithItsState(t *testing.T) {
	code := moduleCode(t, "readwritesplit")
	file := filepath.Join(t.TempDir(), "router.wasm")
	replaceFile(t, file, code)
	cfg := routedBy(t, file, "readwritesplit")
	cfg.Plugins.Watch = true
	p := startWith(t, cfg)
	db := client(t, p, "")
	c, busy := one(t, db), one(t, db)
	s, other := sessionOf(t, p, c), sessionOf(t, p, busy)
	do(t, c, "CREATE TEMPORARY TABLE here (v INT)")
	do(t, c, "INSERT INTO here VALUES (7)")
	do(t, c, "SELECT @there := 8")
	do(t, busy, "START TRANSACTION READ ONLY")
	first := routerHash(s)
	backends := s.Snapshot().Connections

	replaceFile(t, file, another(code, "second"))
	eventually(t, "the idle session to follow", func() bool { return routerHash(s) != first })
	second := routerHash(s)
	if routerHash(other) != first {
		t.Error("the busy session has followed, too")
	}
	if got := get(t, c, "SELECT v FROM here"); got != "7" {
		t.Errorf("from the temporary table: %s", got)
	}
	if got := get(t, c, "SELECT @there"); got != "8" {
		t.Errorf("from the variable: %s", got)
	}
	wantReplica := get(t, replica.DB(t), "SELECT @@server_id")
	if got := get(t, c, "SELECT @@server_id"); got != wantReplica {
		t.Errorf("a read went to server %s", got)
	}
	if got := get(t, busy, "SELECT @@server_id"); got != wantReplica {
		t.Errorf("a read in the read-only transaction went to server %s", got)
	}
	do(t, busy, "COMMIT")
	if routerHash(other) != second {
		t.Error("the busy session has kept its router")
	}
	if now := s.Snapshot().Connections; len(now) < len(backends) || now[0] != backends[0] {
		t.Errorf("the backends are %v, were %v", now, backends)
	}

	// One that does not work changes nothing.
	replaceFile(t, file, code[:len(code)/2])
	eventually(t, "half a module to be refused", func() bool { return p.refused.Load() > 0 })
	if routerHash(s) != second {
		t.Error("half a module has changed something")
	}
	if got := get(t, c, "SELECT v FROM here"); got != "7" {
		t.Errorf("from the temporary table: %s", got)
	}
}

// A router that hands nothing over knows things that its successor would not:
// it stays until the session is restarted.
func TestRouterWithoutStateWaitsForARestart(t *testing.T) {
	code := moduleCode(t, "misfit")
	file := filepath.Join(t.TempDir(), "router.wasm")
	replaceFile(t, file, code)
	p := startWith(t, routedBy(t, file, "router"))
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	first := routerHash(s)
	replaceFile(t, file, another(code, "second"))
	if err := p.upgradeModule(file); err != nil {
		t.Fatal(err)
	}
	if routerHash(s) != first {
		t.Error("the router was replaced")
	}
	if log := strings.Join(s.Snapshot().Log, "\n"); !strings.Contains(log, "waits for a restart") {
		t.Errorf("the session's log: %s", log)
	}
	get(t, c, "SELECT 1")
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if routerHash(s) == first {
		t.Error("the restarted session has the old router")
	}
	get(t, c, "SELECT 1")
}

// The state of the real plugins goes through the sandbox: an upgrade frees
// nobody whom a firewall's limit blocks.
func TestFilterIsReplacedWithItsState(t *testing.T) {
	p := startProxy(t, `filters = ["firewall"]`, `
[filters.firewall]
module = "dbfwfilter"
[[filters.firewall.options.rules]]
name = "hurry"
type = "limit_queries"
count = 3
period = "1h"
holdoff = "1h"
`)
	db := client(t, p, "")
	blocked, free := one(t, db), one(t, db)
	refused := func(c *sql.Conn) bool {
		_, err := c.ExecContext(t.Context(), "DO 1")
		return errno(err) == 1141
	}
	for n := range 4 {
		if refused(blocked) != (n == 3) {
			t.Fatalf("statement %d", n)
		}
	}
	do(t, free, "DO 1")
	err := updateFilter(p, "firewall", options(`{"rules":[{"name":"star","type":"wildcard"},
		{"name":"hurry","type":"limit_queries","count":4,"period":"1h","holdoff":"1h"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Sessions() {
		within(s, func() {
			if v := s.body.chain[0].def.version; v != 2 {
				t.Errorf("session %d has version %d", s.id, v)
			}
		})
	}
	if !refused(blocked) {
		t.Error("the upgrade has freed a session that was blocked")
	}
	for n := range 4 {
		if refused(free) != (n == 3) {
			t.Errorf("statement %d of 4 in the other session, after one", n+2)
		}
	}
}
