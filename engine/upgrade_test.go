package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/wasm/abi"
)

func options(text string) func(*config.Plugin) {
	return func(c *config.Plugin) { c.Options = []byte(text) }
}

func TestChangedFilterReachesLiveSessions(t *testing.T) {
	p := startProxy(t, `filters = ["hide"]`, hideFilter)
	db := client(t, p, "")
	idle, busy := one(t, db), one(t, db)
	for _, c := range []queryer{idle, busy} {
		if got := get(t, c, "SELECT 'secret'"); got != "public" {
			t.Fatal(got)
		}
	}
	tx, err := busy.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := updateFilter(p, "hide", options(`{"match":"secret","replace":"hidden"}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the idle session to follow", func() bool { return get(t, idle, "SELECT 'secret'") == "hidden" })
	if got := get(t, tx, "SELECT 'secret'"); got != "public" {
		t.Errorf("in the middle of a transaction: %s", got)
	}
	if st := p.Filters()[0].Status; st.Instances != 1 || st.Behind != 1 {
		t.Errorf("%d sessions have followed, %d are behind", st.Instances, st.Behind)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := get(t, busy, "SELECT 'secret'"); got != "hidden" {
		t.Errorf("after the transaction: %s", got)
	}
	if got := get(t, one(t, db), "SELECT 'secret'"); got != "hidden" {
		t.Errorf("a new session: %s", got)
	}

	before := p.generation()
	if err := updateFilter(p, "hide", options(`{"match":"(","replace":""}`)); err == nil || !strings.Contains(err.Error(), "regular expression") {
		t.Errorf("options that cannot work: %v", err)
	}
	if p.generation() != before || get(t, idle, "SELECT 'secret'") != "hidden" {
		t.Error("options that cannot work changed something")
	}
	if err := updateFilter(p, "nobody", nil); !errors.Is(err, ErrNoFilter) {
		t.Error(err)
	}
}

// replaceFile puts another content in a file's place, as installers do.
func replaceFile(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// another returns the same plugin in other bytes: with a custom section more.
func another(code []byte, name string) []byte {
	return append(append(code[:len(code):len(code)], 0, byte(len(name)+1), byte(len(name))), name...)
}

func moduleCode(t *testing.T, name string) []byte {
	t.Helper()
	code, err := os.ReadFile(filepath.Join(moduleDir, name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// within runs f on the session's goroutine, behind what was handed in before.
func within(s *Session, f func()) {
	done := make(chan bool)
	if s.Do(func() { f(); close(done) }) {
		<-done
	}
}

func TestReplacedModuleFileReachesLiveSessions(t *testing.T) {
	code := moduleCode(t, "regexfilter")
	file := filepath.Join(t.TempDir(), "mine.wasm")
	replaceFile(t, file, code)
	p := startProxy(t, `filters = ["mine"]`, `
[filters.mine]
module = "`+file+`"
plugin = "regexfilter"
options = { match = "secret", replace = "public" }
`)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	used := func() (hash [32]byte) {
		within(s, func() { hash = s.body.chain[0].def.hash })
		return hash
	}
	first := used()

	// A file that is no plugin, then one that has no such plugin: the old goes on.
	for _, bad := range [][]byte{code[:len(code)/2], moduleCode(t, "misfit")} {
		failures := p.refused.Load()
		replaceFile(t, file, bad)
		eventually(t, "the new version to be refused", func() bool { return p.refused.Load() > failures })
		if used() != first || get(t, c, "SELECT 'secret'") != "public" {
			t.Fatal("a version that does not work changed something")
		}
	}

	// The same plugin in other bytes.
	replaceFile(t, file, another(code, "new"))
	eventually(t, "the session to follow", func() bool { return used() != first })
	if got := get(t, c, "SELECT 'secret'"); got != "public" {
		t.Errorf("with the new version: %s", got)
	}
}

// reconfigured is the proxy's configuration with changes, for Reload.
func reconfigured(p *Proxy, change func(*config.Config)) *config.Config {
	cfg := *p.generation().cfg
	cfg.Filters, cfg.Services = maps.Clone(cfg.Filters), maps.Clone(cfg.Services)
	change(&cfg)
	return &cfg
}

// withOptions gives a filter of the configuration other options.
func withOptions(cfg *config.Config, name, text string) {
	f := *cfg.Filters[name]
	f.Options = []byte(text)
	cfg.Filters[name] = &f
}

// What a reload has changed waits for restarts, also when an upgrade of
// something else comes by.
func TestUpgradeBringsOnlyWhatItNames(t *testing.T) {
	p := startProxy(t, `filters = ["hide", "shout"]`, hideFilter)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	err := p.Reload(reconfigured(p, func(cfg *config.Config) {
		withOptions(cfg, "hide", `{"match":"secret","replace":"reloaded"}`)
		app := *cfg.Services["app"]
		app.Router.Options = []byte(`{"master_accept_reads":true}`)
		cfg.Services["app"] = &app
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := updateFilter(p, "shout", options(`{"match":"public","replace":"upgraded"}`)); err != nil {
		t.Fatal(err)
	}
	within(s, func() {
		if has, is := s.body.router.def.version, p.generation().plans["app"].router.version; has != 1 || is != 2 {
			t.Errorf("the router has version %d of %d, want the first of two", has, is)
		}
	})
	if got := get(t, c, "SELECT 'secret'"); got != "upgraded" {
		t.Errorf("after an upgrade of the other: %s", got)
	}
	// Named by an upgrade, the reload's version of it is for everybody.
	if err := updateFilter(p, "hide", nil); err != nil {
		t.Fatal(err)
	}
	within(s, func() {})
	if got := get(t, c, "SELECT 'secret'"); got != "reloaded" {
		t.Errorf("after an upgrade of it: %s", got)
	}
}

// A version that an upgrade has named reaches whoever was busy then, even if it
// is no longer the configuration's, and whatever else waited.
func TestUpgradeReachesWhoWasBusy(t *testing.T) {
	p := startProxy(t, `filters = ["hide"]`, hideFilter)
	db := client(t, p, "")
	version := func(word string) string { return `{"match":"secret","replace":"` + word + `"}` }
	var waiting []*sql.Conn
	for _, change := range []func(*Session) error{
		func(*Session) error { return nil },
		func(s *Session) error { return s.Update(t.Context(), Update{Filters: &[]string{"hide"}}) },
		func(s *Session) error { return s.Restart(t.Context()) },
	} {
		c := one(t, db)
		s := sessionOf(t, p, c)
		do(t, c, "BEGIN")
		if err := change(s); err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, c)
	}
	for _, word := range []string{"first", "second"} {
		if err := updateFilter(p, "hide", options(version(word))); err != nil {
			t.Fatal(err)
		}
	}
	err := p.Reload(reconfigured(p, func(cfg *config.Config) { withOptions(cfg, "hide", version("reloaded")) }))
	if err != nil {
		t.Fatal(err)
	}
	for n, c := range waiting {
		if got := get(t, c, "SELECT 'secret'"); got != "public" {
			t.Errorf("%d, in its transaction: %s", n, got)
		}
		do(t, c, "COMMIT")
		if got := get(t, c, "SELECT 'secret'"); got != "second" {
			t.Errorf("%d, after it: %s", n, got)
		}
	}
	// Nobody needs the named version any more once they have gone on.
	for _, c := range waiting {
		s := sessionOf(t, p, c)
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		within(s, func() {})
		if got := get(t, c, "SELECT 'secret'"); got != "reloaded" {
			t.Errorf("restarted: %s", got)
		}
	}
	if v := p.generation().filters["hide"].versions; len(v.alive) != 1 || v.named != nil {
		t.Errorf("%d versions are held", len(v.alive))
	}
}

// A swap whose instances were opened before an upgrade, and which waits for the
// session only after the session has followed, brings no old version back.
func TestUpgradeOvertakesASwap(t *testing.T) {
	p := startProxy(t, `filters = ["hide"]`, hideFilter)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	chain, err := s.openChain(t.Context(), []string{"hide"}, abi.OpenSwap)
	if err != nil {
		t.Fatal(err)
	}
	if err := updateFilter(p, "hide", options(`{"match":"secret","replace":"hidden"}`)); err != nil {
		t.Fatal(err)
	}
	within(s, func() {
		s.mu.Lock()
		s.published.pending = &swap{chain}
		s.mu.Unlock()
		s.settle()
	})
	if got := get(t, c, "SELECT 'secret'"); got != "hidden" {
		t.Errorf("after the swap: %s", got)
	}
}

// A session that the new version does not want goes on with the old one, and
// says so; the next version gets another chance.
func TestUpgradeThatASessionRefuses(t *testing.T) {
	p := startProxy(t, `filters = ["mine"]`, "[filters.mine]\nmodule = \"teller\"\noptions = { say = \"1\" }\n")
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	at := func() (version uint64) {
		within(s, func() { version = s.body.chain[0].def.version })
		return version
	}
	for n, want := range []uint64{1, 3, 3} {
		say := []string{"refuse: not today", "3", "refuse: nor now"}[n]
		if err := updateFilter(p, "mine", options(`{"say":"`+say+`"}`)); err != nil {
			t.Fatal(err)
		}
		if v := at(); v != want {
			t.Errorf("%s: the session has version %d, want %d", say, v, want)
		}
		get(t, c, "SELECT 1")
	}
	if err := updateFilter(p, "mine", nil); err != nil { // try again
		t.Fatal(err)
	}
	at()
	log := strings.Join(s.Snapshot().Log, "\n")
	if strings.Count(log, "not today") != 1 || strings.Count(log, "nor now") != 2 {
		t.Errorf("the session's log:\n%s", log)
	}
}

// A session that sleeps follows, and sleeps on.
func TestUpgradeLetsSleepersSleep(t *testing.T) {
	p := startProxy(t, `filters = ["firewall"]`, `
[filters.firewall]
module = "dbfwfilter"
options = { rules = [{ name = "star", type = "wildcard" }] }
`)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	get(t, c, "SELECT 1")
	within(s, func() {})
	p.parkSilent(monotonic())
	for _, name := range []string{"before", "an upgrade", "another"} {
		within(s, func() {})
		if !sleeps(s) || !s.parked.Load() {
			t.Errorf("%s: the session is awake", name)
		}
		if err := updateFilter(p, "firewall", options(`{"rules":[{"name":"`+name+`","type":"wildcard"}]}`)); err != nil {
			t.Fatal(err)
		}
	}
	within(s, func() {}) // it has followed
	if got, err := read(c, "SELECT * FROM seq_1_to_3"); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("woken: %s, %v", got, err)
	}
}

// sessionOf finds the session of one of several connections.
func sessionOf(t *testing.T, p *Proxy, c *sql.Conn) *Session {
	t.Helper()
	mark := fmt.Sprintf("DO %d", rand.Uint64())
	do(t, c, mark)
	for _, s := range p.Sessions() {
		if q := s.Snapshot().Queries; len(q) > 0 && q[0].Statement == mark {
			return s
		}
	}
	t.Fatal("the connection has no session")
	return nil
}
