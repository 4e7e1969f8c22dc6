package engine

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
)

// answers are what a session of any chain makes of "qa qb".
var answers = regexp.MustCompile(`^(?:qa|a(\d+)) (?:qb|b(\d+))$`)

// reader is a client that asks on while everything changes under it, in
// transactions now and then.
type reader struct {
	conn    *sql.Conn
	session *Session
	named   *[2]atomic.Int64 // versions of a and b that upgrades have named and that are done
}

// ask asks once more. What was named before the last idle moment must be there.
func (c *reader) ask(r *rand.Rand) error {
	var least [2]int64
	for n := range least {
		least[n] = c.named[n].Load()
	}
	ctx := context.Background()
	if _, err := c.conn.ExecContext(ctx, "DO 1"); err != nil { // idle behind this
		return err
	}
	for n := r.IntN(3); n > 0; n-- { // in a transaction nothing changes
		if _, err := c.conn.ExecContext(ctx, "BEGIN"); err != nil {
			return err
		}
		var before, after string
		for _, v := range []*string{&before, &after} {
			if err := c.conn.QueryRowContext(ctx, "SELECT 'qa qb'").Scan(v); err != nil {
				return err
			}
		}
		if before != after {
			return fmt.Errorf("%q became %q in a transaction", before, after)
		}
		if _, err := c.conn.ExecContext(ctx, "COMMIT"); err != nil {
			return err
		}
	}
	var got string
	if err := c.conn.QueryRowContext(ctx, "SELECT 'qa qb'").Scan(&got); err != nil {
		return err
	}
	found := answers.FindStringSubmatch(got)
	if found == nil {
		return fmt.Errorf("answered %q", got)
	}
	for n, version := range found[1:] {
		if v, _ := strconv.ParseInt(version, 10, 64); version != "" && v < least[n] {
			return fmt.Errorf("answered %q after version %d was named", got, least[n])
		}
	}
	return nil
}

// TestUpgradesUnderFire has upgrades, reloads, restarts and swaps of sessions
// and clients' statements run at the same time. No statement fails, no
// session falls behind what upgrades have named, and none is left behind.
func TestUpgradesUnderFire(t *testing.T) {
	const sessions, changes = 4, 30
	code := moduleCode(t, "readwritesplit")
	variants := [][]byte{code, another(code, "second")}
	file := filepath.Join(t.TempDir(), "router.wasm")
	replaceFile(t, file, code)
	cfg := routedBy(t, file, "readwritesplit")
	more := loadConfig(t, `filters = ["a", "b"]`, versioned)
	cfg.Filters, cfg.Services["app"].Filters = more.Filters, more.Services["app"].Filters
	p := startWith(t, cfg)
	db := client(t, p, "")

	var named [2]atomic.Int64
	clients := make([]*reader, sessions)
	for n := range clients {
		c := one(t, db)
		clients[n] = &reader{c, sessionOf(t, p, c), &named}
	}
	var administrator sync.Mutex // who reads what there is before he changes it
	var last int64               // version of a filter
	name := func(n int) string { return string(rune('a' + n)) }
	var done atomic.Bool
	var asking, changing sync.WaitGroup
	for n, c := range clients {
		asking.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			for !done.Load() {
				if err := c.ask(r); err != nil {
					t.Errorf("session %d: %v", c.session.id, err)
					return
				}
			}
		})
	}
	change := func(do func(r *rand.Rand) error) {
		changing.Go(func() {
			r := rand.New(rand.NewPCG(rand.Uint64(), 2))
			for range changes {
				if err := do(r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for n := range named {
		change(func(*rand.Rand) error {
			administrator.Lock()
			defer administrator.Unlock()
			last++
			err := updateFilter(p, name(n), options(versionOptions(name(n), int(last))))
			if err == nil {
				named[n].Store(last)
			}
			return err
		})
	}
	change(func(r *rand.Rand) error {
		administrator.Lock()
		defer administrator.Unlock()
		last++
		return p.Reload(reconfigured(p, func(cfg *config.Config) {
			app := *cfg.Services["app"]
			app.Filters = [][]string{{"a"}, {"a", "b"}, {"b", "a"}}[r.IntN(3)]
			cfg.Services["app"] = &app
			n := r.IntN(2)
			withOptions(cfg, name(n), versionOptions(name(n), int(last)))
		}))
	})
	change(func(r *rand.Rand) error {
		replaceFile(t, file, variants[r.IntN(2)])
		return p.upgradeModule(file)
	})
	for range 2 {
		change(func(r *rand.Rand) error {
			s := clients[r.IntN(sessions)].session
			if r.IntN(2) == 0 {
				return s.Restart(t.Context())
			}
			chain := [][]string{{}, {"a"}, {"b"}, {"a", "b"}}[r.IntN(4)]
			return s.Update(t.Context(), Update{Filters: &chain})
		})
	}
	changing.Wait()
	done.Store(true)
	asking.Wait()

	for n := range named {
		if err := updateFilter(p, name(n), options(versionOptions(name(n), 1_000_000+n))); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range clients {
		if err := c.session.Update(t.Context(), Update{Filters: &[]string{"b", "a"}}); err != nil {
			t.Fatal(err)
		}
		if got := get(t, c.conn, "SELECT 'qa qb'"); got != "a1000000 b1000001" {
			t.Errorf("in the end: %s", got)
		}
	}
}
