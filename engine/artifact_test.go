package engine

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/module"
	"github.com/penstock-db/penstock/engine/module/registrytest"
)

// pushTo makes an artifact of a module and returns its name by digest.
func pushTo(t *testing.T, name string, code []byte) string {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	a, err := new(module.Source).Push(t.Context(), name, code)
	if err != nil {
		t.Fatal(err)
	}
	return a.String()
}

// hiding defines the filter mine, of an artifact.
func hiding(artifact string) string {
	return `
[filters.mine]
module = "` + artifact + `"
plugin = "regexfilter"
options = { match = "secret", replace = "public" }
`
}

// same is the proxy's configuration, read anew and not changed.
func same(p *Proxy) *config.Config { return reconfigured(p, func(*config.Config) {}) }

// TestMovedTag has a tag moved in a registry: a reload brings live sessions what it
// means now, if that works, and leaves them what they have if it does not, or if
// the registry is away.
func TestMovedTag(t *testing.T) {
	r := registrytest.New(t)
	code := moduleCode(t, "regexfilter")
	pushTo(t, r.Name("1"), code)
	p := startProxy(t, `filters = ["mine"]`, hiding(r.Name("1")))
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	used := func() (hash [32]byte) {
		within(s, func() { hash = s.body.chain[0].def.hash })
		if got := get(t, c, "SELECT 'secret'"); got != "public" {
			t.Errorf("the filter does not work: %s", got)
		}
		return hash
	}
	first := used()

	// Nothing looks at a tag by itself, and a reload that finds nothing new changes nothing.
	before := p.generation().filters["mine"]
	if err := p.Reload(same(p)); err != nil {
		t.Fatal(err)
	}
	if p.generation().filters["mine"] != before {
		t.Error("the same content makes another definition")
	}

	pushTo(t, r.Name("1"), moduleCode(t, "misfit"))
	if err := p.Reload(same(p)); err == nil || !strings.Contains(err.Error(), "the old one stays") || used() != first {
		t.Errorf("a version that has no such plugin: %v", err)
	}
	if err := p.UpgradeFilter("mine"); err == nil || used() != first {
		t.Errorf("the same by PATCH: %v", err)
	}

	pushTo(t, r.Name("1"), another(code, "new"))
	r.Away()
	if err := p.Reload(reconfigured(p, func(cfg *config.Config) {
		app := *cfg.Services["app"]
		app.MaxConnections = 7
		cfg.Services["app"] = &app
	})); err != nil || used() != first || p.generation().cfg.Services["app"].MaxConnections != 7 {
		t.Errorf("a reload of something else while the registry is away: %v", err)
	}
	var away *module.UnavailableError
	if err := p.UpgradeFilter("mine"); !errors.As(err, &away) || used() != first {
		t.Errorf("PATCH while the registry is away: %v", err)
	}
	if err := p.Reload(reconfigured(p, func(cfg *config.Config) { withOptions(cfg, "mine", `{"match":"x","replace":"y"}`) })); !errors.As(err, &away) || used() != first {
		t.Errorf("other options while the registry is away: %v", err)
	}

	r.Answer(nil)
	if err := p.Reload(same(p)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the session to follow", func() bool { return used() != first })
	second := used()

	pushTo(t, r.Name("1"), another(code, "newer"))
	if err := p.UpgradeFilter("mine"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the session to follow to what PATCH has found", func() bool { return used() != second })
}

// A router follows a tag as it follows a file: with all that it knows.
func TestRouterFollowsAMovedTag(t *testing.T) {
	r := registrytest.New(t)
	code := moduleCode(t, "readwritesplit")
	pushTo(t, r.Name("1"), code)
	cfg := routedBy(t, r.Name("1"), "readwritesplit")
	cfg.Plugins.Watch = true
	p := startWith(t, cfg)
	c := one(t, client(t, p, ""))
	s := sessionOf(t, p, c)
	do(t, c, "CREATE TEMPORARY TABLE here (v INT)")
	do(t, c, "INSERT INTO here VALUES (7)")
	first := routerHash(s)
	pushTo(t, r.Name("1"), another(code, "second"))
	if err := p.Reload(same(p)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the session to follow", func() bool { return routerHash(s) != first })
	if got := get(t, c, "SELECT v FROM here"); got != "7" {
		t.Errorf("from the temporary table: %s", got)
	}
}

// Another tag of the same repository is another version of the same plugin: it gets
// the state. Another repository's is not.
func TestVersionsOfAnArtifactAreTheSamePlugin(t *testing.T) {
	of := func(module string) *definition { return &definition{cfg: config.Plugin{Module: module}} }
	old := of("oci://registry.example.com/team/mask:1.2")
	for module, want := range map[string]bool{
		"oci://registry.example.com/team/mask:1.3": true, "oci://registry.example.com/team/other:1.2": false, "mask": false,
	} {
		if got := of(module).samePlugin(old); got != want {
			t.Errorf("%s: %v", module, got)
		}
	}
}

// With watch off a moved tag is for new sessions, as a replaced file is.
func TestMovedTagIsNotFollowed(t *testing.T) {
	r := registrytest.New(t)
	code := moduleCode(t, "regexfilter")
	pushTo(t, r.Name("1"), code)
	p := startProxy(t, `filters = ["mine"]`, hiding(r.Name("1")))
	db := client(t, p, "")
	old := sessionOf(t, p, one(t, db))
	pushTo(t, r.Name("1"), another(code, "new"))
	if err := p.Reload(reconfigured(p, func(cfg *config.Config) { cfg.Plugins.Watch = false })); err != nil {
		t.Fatal(err)
	}
	fresh := sessionOf(t, p, one(t, db))
	within(old, func() {
		if old.body.chain[0].def.version != 1 {
			t.Error("the old session has followed")
		}
	})
	within(fresh, func() {
		if fresh.body.chain[0].def.version != 2 {
			t.Error("the new session has the old version")
		}
	})
}

// TestRegistryIsAwayAtTheStart: what a name says which content it means is in the
// cache; a tag says nothing, and nothing starts with a guess.
func TestRegistryIsAwayAtTheStart(t *testing.T) {
	r := registrytest.New(t)
	code := moduleCode(t, "regexfilter")
	first := pushTo(t, r.Name("1"), code)
	cached := loadConfig(t, `filters = ["mine"]`, hiding(first))
	cached.Plugins.CacheDir = t.TempDir()
	c := one(t, client(t, startWith(t, cached), ""))
	r.Away()
	again := one(t, client(t, startWith(t, cached), ""))
	for _, c := range []queryer{c, again} {
		if got := get(t, c, "SELECT 'secret'"); got != "public" {
			t.Error(got)
		}
	}
	tagged := loadConfig(t, `filters = ["mine"]`, hiding(r.Name("1")))
	tagged.Plugins.CacheDir = cached.Plugins.CacheDir
	var away *module.UnavailableError
	if _, err := New(Options{Config: tagged, Runtime: runtime}); !errors.As(err, &away) || !strings.Contains(err.Error(), `filter "mine"`) {
		t.Error(err)
	}
}

// Nobody waits for a registry once Penstock is to end.
func TestShutdownDoesNotWaitForARegistry(t *testing.T) {
	r := registrytest.New(t)
	pushTo(t, r.Name("1"), moduleCode(t, "regexfilter"))
	p := startProxy(t, `filters = ["mine"]`, hiding(r.Name("1")))
	asked := make(chan bool, 1)
	r.Answer(func(_ http.ResponseWriter, q *http.Request) bool {
		asked <- true
		<-q.Context().Done()
		return true
	})
	reloaded := make(chan error, 1)
	go func() { reloaded <- p.Reload(same(p)) }()
	<-asked
	began := time.Now()
	if err := p.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-reloaded; err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
