package engine

import (
	"database/sql"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
)

func TestApplyReachesWhomItIsToReach(t *testing.T) {
	p := startProxy(t, `filters = ["hide"]`, hideFilter)
	db := client(t, p, "")
	old := one(t, db)
	if got := get(t, old, "SELECT 'secret'"); got != "public" {
		t.Fatal(got)
	}
	s := session(t, p, old)
	err := edit(p, func(c *config.Config) {
		altered(c.Filters, "hide", func(f *config.Filter) { f.Options = []byte(`{"match":"secret","replace":"public!"}`) })
		altered(c.Services, "app", func(s *config.Service) { s.Filters = []string{"hide", "shout"} })
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, old, "SELECT 'secret'"); got != "public!" {
		t.Errorf("an old session, which is to have the filter's new options and the service's old filters: %s", got)
	}
	if got := get(t, one(t, db), "SELECT 'secret'"); got != "PUBLIC!" {
		t.Errorf("a new session: %s", got)
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := get(t, old, "SELECT 'secret'"); got != "PUBLIC!" {
		t.Errorf("the restarted session: %s", got)
	}
}

// What cannot be taken over, or cannot be kept, changes nothing.
func TestApplyThatFailsChangesNothing(t *testing.T) {
	p := startProxy(t, `filters = ["hide"]`, hideFilter)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	before, address := p.generation(), p.Listeners()[0].Address
	kept := false
	apply := func(keep func() error, change func(*config.Config)) error {
		cfg := *before.cfg
		cfg.Filters, cfg.Listeners = map[string]*config.Filter{}, map[string]*config.Listener{}
		for name, f := range before.cfg.Filters {
			cfg.Filters[name] = f
		}
		for name, l := range before.cfg.Listeners {
			cfg.Listeners[name] = l
		}
		change(&cfg)
		return p.Apply(&cfg, keep)
	}
	full := errors.New("no space left on device")
	for name, c := range map[string]struct {
		change func(*config.Config)
		keep   func() error
		want   string
	}{
		"a filter that cannot be initialised": {func(c *config.Config) {
			altered(c.Filters, "hide", func(f *config.Filter) { f.Options = []byte(`{"match":"("}`) })
		}, func() error { kept = true; return nil }, "regular expression"},
		"an address that is taken": {func(c *config.Config) {
			altered(c.Filters, "hide", func(f *config.Filter) { f.Options = []byte(`{"match":"x","replace":"y"}`) })
			c.Listeners["more"] = &config.Listener{Name: "more", Service: "app", Address: taken.Addr().String()}
		}, func() error { kept = true; return nil }, "cannot listen"},
		"a disk that is full": {func(c *config.Config) {
			altered(c.Filters, "hide", func(f *config.Filter) { f.Options = []byte(`{"match":"x","replace":"y"}`) })
			c.Listeners["more"] = &config.Listener{Name: "more", Service: "app", Address: "127.0.0.1:0"}
		}, func() error { return full }, "no space"},
	} {
		if err := apply(c.keep, c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if kept {
			t.Errorf("%s: it was kept", name)
		}
		if p.generation() != before || len(p.Listeners()) != 1 || p.Listeners()[0].Address != address {
			t.Errorf("%s: something has changed", name)
		}
	}
	if got := get(t, one(t, client(t, p, "")), "SELECT 'secret'"); got != "public" {
		t.Error(got)
	}
}

func TestListenersChangeHands(t *testing.T) {
	p := startProxy(t, "", "")
	db := client(t, p, "")
	old := one(t, db)
	do(t, old, "DO 1")
	address := p.Listeners()[0].Address
	listener := func(name string, change func(*config.Listener)) {
		t.Helper()
		if err := edit(p, func(c *config.Config) { altered(c.Listeners, name, change) }); err != nil {
			t.Fatal(err)
		}
	}
	listener("app", func(l *config.Listener) { l.HandshakeTimeout *= 2 })
	if got := p.Listeners()[0].Address; got != address {
		t.Errorf("the address has changed from %s to %s", address, got)
	}
	do(t, one(t, db), "DO 1")
	listener("app", func(l *config.Listener) { l.Stopped = true })
	if l := p.Listeners()[0]; l.Running || l.Address != "" {
		t.Errorf("stopped: %+v", l)
	}
	if nc, err := net.Dial("tcp", address); err == nil {
		nc.Close()
		t.Error("a stopped listener lets clients in")
	}
	do(t, old, "DO 1")
	// The same address for another listener: it is free, and fixed from now on.
	err := edit(p, func(c *config.Config) {
		delete(c.Listeners, "app")
		c.Listeners["other"] = &config.Listener{Name: "other", Service: "app", Address: address, HandshakeTimeout: 2 * patience * 100}
	})
	if err != nil {
		t.Fatal(err)
	}
	do(t, one(t, db), "DO 1")
	err = edit(p, func(c *config.Config) {
		altered(c.Listeners, "other", func(l *config.Listener) { l.Name = "third" })
		c.Listeners["third"] = c.Listeners["other"]
		delete(c.Listeners, "other")
	})
	if err != nil {
		t.Fatalf("the address goes from one listener to another: %v", err)
	}
	do(t, one(t, db), "DO 1")
	if l := p.Listeners(); len(l) != 1 || l[0].Config.Name != "third" || !l[0].Running {
		t.Errorf("now there are %+v", l)
	}
}

func TestStoppedService(t *testing.T) {
	p := startProxy(t, "", "")
	db := client(t, p, "")
	old := one(t, db)
	do(t, old, "DO 1")
	stop := func(on bool) {
		t.Helper()
		if err := edit(p, func(c *config.Config) { altered(c.Services, "app", func(s *config.Service) { s.Stopped = on }) }); err != nil {
			t.Fatal(err)
		}
		if p.Services()[0].Running == on || p.Listeners()[0].Running == on {
			t.Errorf("stopped %v: %+v, %+v", on, p.Services()[0].Running, p.Listeners()[0].Running)
		}
	}
	stop(true)
	do(t, old, "DO 1")
	stop(false)
	do(t, one(t, client(t, p, "")), "DO 1") // port 0: another address
	p.CloseSessions(func(service, listener string) bool { return service == "app" && listener == "app" })
	eventually(t, "all sessions to end", func() bool { return len(p.Sessions()) == 0 })
}

// Changes of everything, one after the other, cost the sessions that run nothing.
func TestApplyUnderLoad(t *testing.T) {
	p := startProxy(t, `filters = ["hide"]`, hideFilter)
	db := client(t, p, "")
	do(t, db, "CREATE OR REPLACE TABLE applied (id INT)")
	const workers = 6
	errs := make(chan error, workers)
	stop := make(chan struct{})
	written := make([]int, workers)
	for n := range workers {
		go func() {
			errs <- func() error {
				for {
					select {
					case <-stop:
						return nil
					default:
					}
					if err := transfer(db, n); err != nil {
						return err
					}
					written[n]++
				}
			}()
		}()
	}
	for i := range 30 {
		err := edit(p, func(c *config.Config) {
			switch i % 5 {
			case 0:
				altered(c.Filters, "hide", func(f *config.Filter) {
					f.Options = []byte(`{"match":"secret","replace":"` + strings.Repeat("x", i+1) + `"}`)
				})
			case 1:
				altered(c.Services, "app", func(s *config.Service) { s.MaxHistory = 50 + i })
			case 2:
				altered(c.Servers, "replica", func(s *config.Server) { s.Weight = i + 1 })
			case 3:
				altered(c.Listeners, "app", func(l *config.Listener) { l.HandshakeTimeout += patience })
			case 4:
				altered(c.Monitors, "main", func(m *config.Monitor) { m.FailCount = i })
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	sum := 0
	for range workers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	for _, n := range written {
		sum += n
	}
	var have int
	if err := db.QueryRow("SELECT COUNT(*) FROM applied FOR UPDATE").Scan(&have); err != nil || have != 2*sum {
		t.Errorf("%d rows of %d, %v", have, 2*sum, err)
	}
	if sum < workers {
		t.Errorf("there was no load: %v", written)
	}
}

// transfer commits two rows.
func transfer(db *sql.DB, n int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	for range 2 {
		if _, err := tx.Exec("INSERT INTO applied VALUES (?)", n); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}
