package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
)

func options(text string) func(*config.Plugin) {
	return func(c *config.Plugin) { c.Options = []byte(text) }
}

func TestUpdateFilterReachesLiveSessions(t *testing.T) {
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
	if err := p.UpdateFilter("hide", options(`{"match":"secret","replace":"hidden"}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the idle session to follow", func() bool { return get(t, idle, "SELECT 'secret'") == "hidden" })
	if got := get(t, tx, "SELECT 'secret'"); got != "public" {
		t.Errorf("in the middle of a transaction: %s", got)
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
	if err := p.UpdateFilter("hide", options(`{"match":"(","replace":""}`)); err == nil || !strings.Contains(err.Error(), "regular expression") {
		t.Errorf("options that cannot work: %v", err)
	}
	if p.generation() != before || get(t, idle, "SELECT 'secret'") != "hidden" {
		t.Error("options that cannot work changed something")
	}
	if err := p.UpdateFilter("nobody", nil); !errors.Is(err, ErrNoFilter) {
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

func TestReplacedModuleFileReachesLiveSessions(t *testing.T) {
	code, err := os.ReadFile(filepath.Join(moduleDir, "regexfilter.wasm"))
	if err != nil {
		t.Fatal(err)
	}
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
		done := make(chan bool)
		s.Do(func() { hash = s.body.chain[0].def.hash; close(done) })
		<-done
		return hash
	}
	first := used()

	// A file that is no plugin, then one that has no such plugin: the old goes on.
	other, err := os.ReadFile(filepath.Join(moduleDir, "misfit.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{code[:len(code)/2], other} {
		failures := p.refused.Load()
		replaceFile(t, file, bad)
		eventually(t, "the new version to be refused", func() bool { return p.refused.Load() > failures })
		if used() != first || get(t, c, "SELECT 'secret'") != "public" {
			t.Fatal("a version that does not work changed something")
		}
	}

	// The same plugin in other bytes: a custom section more.
	replaceFile(t, file, append(code[:len(code):len(code)], 0, 4, 3, 'n', 'e', 'w'))
	eventually(t, "the session to follow", func() bool { return used() != first })
	if got := get(t, c, "SELECT 'secret'"); got != "public" {
		t.Errorf("with the new version: %s", got)
	}
}
