package engine

import (
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/wasm/abi"
)

// The filters a and b put their version into a statement's text: "qa qb"
// becomes "a3 b7". The router tells its version by its module's bytes.
const versioned = `
[filters.a]
module = "regexfilter"
options = { match = "qa", replace = "a0" }
[filters.b]
module = "regexfilter"
options = { match = "qb", replace = "b0" }
`

func versionOptions(name string, version int) string {
	return fmt.Sprintf(`{"match":"q%s","replace":"%s%d"}`, name, name, version)
}

// versions are the versions of plugins by their names: of the router, "router".
type versions map[string]int

// modelBody is what a session is made of.
type modelBody struct {
	chain []string
	at    versions
}

// modelSession is what one session must have.
type modelSession struct {
	conn    *sql.Conn
	session *Session
	modelBody
	busy    bool       // in a transaction
	restart *modelBody // waits for its end
	swap    *modelBody // waits, too; of its router nothing counts
}

// settle does what waits, in a session that is idle.
func (m *modelSession) settle(named versions) {
	if m.busy {
		return
	}
	if m.restart != nil {
		m.modelBody, m.restart = *m.restart, nil
	}
	if m.swap != nil {
		m.swap.at["router"] = m.at["router"]
		m.modelBody, m.swap = *m.swap, nil
	}
	for name, v := range m.at {
		m.at[name] = max(v, named[name])
	}
}

// model is what the proxy and its sessions must be.
type model struct {
	t        *testing.T
	r        *rand.Rand
	p        *Proxy
	db       *sql.DB
	file     string   // of the router's module
	variants [][]byte // of it
	hashes   [][sha256.Size]byte
	onDisk   int // which of them is in the file

	last    int      // number of a filter's newest version
	current versions // of the configuration, for new sessions and restarts
	named   versions // newest of upgrades
	routers []int    // the variant that each version of the router is
	chain   []string // of the service
	list    []*modelSession
	log     []string
}

func (m *model) note(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatalf("%v\n%s", err, strings.Join(m.log, "\n"))
	}
}

// fresh is a body of filters as the configuration has them.
func (m *model) fresh(chain []string) modelBody {
	at := versions{"router": m.current["router"]}
	for _, name := range chain {
		at[name] = m.current[name]
	}
	return modelBody{chain, at}
}

func (m *model) settle() {
	for _, s := range m.list {
		s.settle(m.named)
	}
}

// reread is what becomes of the router's definition when its file is read.
func (m *model) reread() {
	if m.routers[m.current["router"]] != m.onDisk {
		m.routers = append(m.routers, m.onDisk)
		m.current["router"] = len(m.routers) - 1
	}
}

func (m *model) someChain() []string {
	return [][]string{{}, {"a"}, {"b"}, {"a", "b"}, {"b", "a"}}[m.r.IntN(5)]
}

// step does one thing to the proxy and to the model.
func (m *model) step() {
	name := []string{"a", "b"}[m.r.IntN(2)]
	var s *modelSession
	if len(m.list) > 0 {
		s = m.list[m.r.IntN(len(m.list))]
	}
	switch what := m.r.IntN(16); {
	case s == nil || what == 0 && len(m.list) < 5:
		m.note("connect")
		c, err := m.db.Conn(m.t.Context())
		m.must(err)
		m.list = append(m.list, &modelSession{conn: c, session: sessionOf(m.t, m.p, c), modelBody: m.fresh(m.chain)})
	case what == 1 && len(m.list) > 3:
		m.note("%d: disconnect", s.session.id)
		s.conn.Raw(func(any) error { return driver.ErrBadConn })
		<-s.session.done
		m.list = slices.DeleteFunc(m.list, func(o *modelSession) bool { return o == s })
	case what <= 4:
		m.last++
		m.note("upgrade %s to %d", name, m.last)
		m.must(updateFilter(m.p, name, options(versionOptions(name, m.last))))
		m.current[name], m.named[name] = m.last, m.last
	case what == 5:
		m.note("upgrade %s to what it is", name)
		m.must(updateFilter(m.p, name, nil))
		m.named[name] = m.current[name]
	case what == 6:
		m.note("upgrade %s to what does not work", name)
		if updateFilter(m.p, name, options(`{"match":"("}`)) == nil {
			m.t.Error("it works")
		}
	case what == 7:
		m.onDisk = m.r.IntN(len(m.variants))
		m.note("write the router's variant %d", m.onDisk)
		replaceFile(m.t, m.file, m.variants[m.onDisk])
	case what == 8:
		m.note("upgrade the router")
		m.must(m.p.upgradeModule(m.file))
		m.reread()
		m.named["router"] = m.current["router"]
	case what <= 10:
		m.reload()
	case what == 11:
		m.note("%d: restart", s.session.id)
		m.must(s.session.Restart(m.t.Context()))
		body := m.fresh(m.chain)
		s.restart, s.swap = &body, nil
	case what <= 13:
		body := m.fresh(m.someChain())
		m.note("%d: filters %v", s.session.id, body.chain)
		m.must(s.session.Update(m.t.Context(), Update{Filters: &body.chain}))
		s.swap = &body
	case s.busy:
		m.note("%d: commit", s.session.id)
		do(m.t, s.conn, "COMMIT")
		s.busy = false
	default:
		m.note("%d: begin", s.session.id)
		do(m.t, s.conn, "BEGIN")
		s.busy = true
	}
	m.settle()
}

// reload has the proxy read a configuration with another chain, and with new
// versions of some filters.
func (m *model) reload() {
	m.chain = m.someChain()
	changed := [][]string{{}, {"a"}, {"b"}, {"a", "b"}}[m.r.IntN(4)]
	m.note("reload with %v, new versions of %v from %d on", m.chain, changed, m.last+1)
	m.must(m.p.Reload(reconfigured(m.p, func(cfg *config.Config) {
		app := *cfg.Services["app"]
		app.Filters = m.chain
		cfg.Services["app"] = &app
		for _, name := range changed {
			m.last++
			withOptions(cfg, name, versionOptions(name, m.last))
			m.current[name] = m.last
		}
	})))
	m.reread()
}

// check compares every session with the model, by what its client sees.
func (m *model) check() {
	m.t.Helper()
	for _, s := range m.list {
		var router [sha256.Size]byte
		within(s.session, func() { router = s.session.body.router.def.hash })
		want := map[string]string{"a": "qa", "b": "qb"}
		for _, name := range s.chain {
			want[name] = fmt.Sprintf("%s%d", name, s.at[name])
		}
		got := get(m.t, s.conn, "SELECT 'qa qb'")
		if got != want["a"]+" "+want["b"] || router != m.hashes[m.routers[s.at["router"]]] {
			m.t.Fatalf("session %d answers %s, want %v; router as wanted: %v\n%s", s.session.id, got, want,
				router == m.hashes[m.routers[s.at["router"]]], strings.Join(m.log, "\n"))
		}
		defined := s.chain
		if s.swap != nil {
			defined = s.swap.chain
		} else if s.restart != nil {
			defined = s.restart.chain
		}
		if shown := s.session.Snapshot().Filters; !slices.Equal(shown, defined) {
			m.t.Fatalf("session %d shows %v, want %v\n%s", s.session.id, shown, defined, strings.Join(m.log, "\n"))
		}
	}
}

// held checks that no version of a plugin is held but those that the
// configuration or a session has, and the named one if an older one of these
// is to follow to it.
func (m *model) held() {
	m.t.Helper()
	for name, v := range map[string]*succession{"a": m.p.succession(abi.KindFilter, "a"),
		"b": m.p.succession(abi.KindFilter, "b"), "router": m.p.succession(abi.KindRouter, "app")} {
		needed := map[int]bool{m.current[name]: true}
		for _, s := range m.list {
			for _, b := range []*modelBody{&s.modelBody, s.restart, s.swap} {
				if b == nil || b == s.swap && name == "router" {
					continue
				}
				if at, there := b.at[name]; there {
					needed[at] = true
				}
			}
		}
		if slices.Min(slices.Collect(maps.Keys(needed))) < m.named[name] {
			needed[m.named[name]] = true
		}
		alive := func() bool { // a session may just be letting go of one
			v.mu.Lock()
			defer v.mu.Unlock()
			return len(v.alive) == len(needed)
		}
		if !alive() {
			eventually(m.t, fmt.Sprintf("versions %v of %s, and no others, to be held\n%s",
				slices.Sorted(maps.Keys(needed)), name, strings.Join(m.log, "\n")), alive)
		}
	}
}

// TestUpgradesAgainstAModel does at random what administrators and clients
// do, and checks after each step that every session has what it must.
func TestUpgradesAgainstAModel(t *testing.T) {
	const seed, steps = 20261125, 250
	code := moduleCode(t, "readwritesplit")
	m := &model{t: t, r: rand.New(rand.NewPCG(seed, 0)), file: filepath.Join(t.TempDir(), "router.wasm"),
		variants: [][]byte{code, another(code, "second"), another(code, "third")},
		current:  versions{}, named: versions{}, routers: []int{0}, chain: []string{"a"}}
	for _, v := range m.variants {
		m.hashes = append(m.hashes, sha256.Sum256(v))
	}
	replaceFile(t, m.file, code)
	cfg := routedBy(t, m.file, "readwritesplit")
	more := loadConfig(t, `filters = ["a"]`, versioned)
	cfg.Filters, cfg.Services["app"].Filters = more.Filters, more.Services["app"].Filters
	m.p = startWith(t, cfg)
	m.db = client(t, m.p, "")
	for range steps {
		m.step()
		m.check()
		m.held()
	}
	// In the end everybody is idle, and has what upgrades have named.
	for _, s := range m.list {
		if s.busy {
			do(t, s.conn, "COMMIT")
			s.busy = false
		}
		defer s.conn.Close()
	}
	m.settle()
	m.check()
}
