package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// What the lists of services, filters and monitors say beside the counters.
func TestWhatResourcesShow(t *testing.T) {
	p := startProxy(t, `filters = ["plain"]`, tellers)
	db := client(t, p, "")
	quiet, busy := one(t, db), one(t, db)
	for range 3 { // remembered when it comes a second time
		get(t, quiet, "SELECT 'to be remembered'")
	}

	st := p.Services()[0].Statements
	if st.Hits == 0 || st.Misses == 0 || st.Entries == 0 || st.Bytes == 0 || st.MaxBytes != statementCacheSize {
		t.Errorf("statements %+v", st)
	}
	eventually(t, "nobody to be at work", func() bool { return p.Services()[0].Active == 0 })
	ended := make(chan error, 1)
	go func() {
		_, err := busy.ExecContext(t.Context(), "SELECT SLEEP(0.5)")
		ended <- err
	}()
	eventually(t, "one session to be at work", func() bool { return p.Services()[0].Active == 1 })
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	eventually(t, "nobody to be at work again", func() bool { return p.Services()[0].Active == 0 })

	users := p.Services()[0].Users
	if !slices.ContainsFunc(users, func(u auth.Listed) bool { return u.User == mariadbtest.AppUser && u.Plugin == auth.NativePlugin }) {
		t.Errorf("users %+v", users)
	}

	held := map[string]int64{}
	for _, id := range p.SessionIDs() {
		s, err := p.Snapshot(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range s.Memory.Plugins {
			held[m.Kind] += m.Bytes
		}
	}
	filters := p.Filters()
	plain := filters[slices.IndexFunc(filters, func(f FilterInfo) bool { return f.Config.Name == "plain" })].Status
	if router := p.Services()[0].Router; plain.Sandbox.Private != held["filter"] || router.Sandbox.Private != held["router"] || held["filter"] == 0 || held["router"] == 0 {
		t.Errorf("the definitions hold %d and %d bytes, the sessions say %v", plain.Sandbox.Private, router.Sandbox.Private, held)
	}
	if plain.Hash == ([32]byte{}) {
		t.Error("no hash")
	}
}

func TestWhatMonitorsShow(t *testing.T) {
	p := startProxy(t, "", "")
	m := p.Monitors()[0]
	if len(m.Members) != len(m.Config.Servers) || len(m.Members) == 0 {
		t.Fatalf("members %+v of %v", m.Members, m.Config.Servers)
	}
	for i, mem := range m.Members {
		if mem.Server != m.Config.Servers[i] || mem.Probes == 0 || time.Since(mem.ProbedAt) > time.Minute {
			t.Errorf("%+v", mem)
		}
	}
	eventually(t, "another look at the servers", func() bool { return p.Monitors()[0].Members[0].Probes > m.Members[0].Probes })
}
