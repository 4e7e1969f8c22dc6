package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
)

func statusOf(p *Proxy, server string) string {
	all := p.Servers()
	return all[slices.IndexFunc(all, func(s ServerInfo) bool { return s.Config.Name == server })].State
}

func stand(t *testing.T, p *Proxy, server string, maintenance, draining bool) {
	t.Helper()
	err := edit(p, func(c *config.Config) {
		altered(c.Servers, server, func(s *config.Server) { s.Maintenance, s.Draining = maintenance, draining })
	})
	if err != nil {
		t.Fatal(err)
	}
}

// connected lists the servers that the only session has connections to.
func connected(p *Proxy) (names []string) {
	for _, c := range p.Sessions()[0].Snapshot().Connections {
		names = append(names, c.Server)
	}
	slices.Sort(names)
	return names
}

func TestMaintenanceIsLeftWhenIdle(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	do(t, c, "DO 1")
	get(t, c, "SELECT 1") // on the replica
	if got := connected(p); !slices.Contains(got, "replica") {
		t.Fatalf("connected to %s", got)
	}
	do(t, c, "START TRANSACTION READ ONLY")
	get(t, c, "SELECT 1")
	stand(t, p, "replica", true, false)
	if got := statusOf(p, "replica"); got != "Maintenance, Running" {
		t.Errorf("it is %s", got)
	}
	do(t, c, "COMMIT")
	eventually(t, "the session to leave the replica", func() bool { return !slices.Contains(connected(p), "replica") })
	get(t, c, "SELECT 1") // the primary reads, too
	stand(t, p, "replica", false, false)
	if got := statusOf(p, "replica"); got != "Replica, Running" {
		t.Errorf("it is %s", got)
	}
}

func TestDrainedWhenTheLastConnectionIsGone(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	get(t, c, "SELECT 1")
	if got := connected(p); !slices.Contains(got, "replica") {
		t.Fatalf("connected to %s", got)
	}
	stand(t, p, "replica", false, true)
	if got := statusOf(p, "replica"); got != "Draining, Replica, Running" {
		t.Errorf("it is %s", got)
	}
	get(t, c, "SELECT 1")
	if err := p.Sessions()[0].Kill(0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica to be drained", func() bool { return statusOf(p, "replica") == "Maintenance, Drained, Running" })
	stand(t, p, "replica", false, false)
	if got := statusOf(p, "replica"); got != "Replica, Running" {
		t.Errorf("it is %s", got)
	}
}

func TestAbandonedServer(t *testing.T) {
	p := startProxy(t, "", "")
	db := client(t, p, "")
	busy, open := one(t, db), one(t, db)
	do(t, open, "BEGIN")
	do(t, open, "CREATE OR REPLACE TABLE abandoned (id INT)")
	do(t, open, "BEGIN")
	do(t, open, "INSERT INTO abandoned VALUES (1)")
	slept := make(chan error, 1)
	go func() {
		_, err := busy.ExecContext(t.Context(), "DO SLEEP(60) /* abandoned */")
		slept <- err
	}()
	running := func() bool {
		return slices.ContainsFunc(primary.Processes(t), func(p string) bool { return strings.Contains(p, "abandoned */") })
	}
	eventually(t, "the statement to run", running)
	stand(t, p, "primary", true, false)
	p.AbandonServer("primary")
	if err := <-slept; err == nil || !strings.Contains(err.Error(), "primary") {
		t.Errorf("a statement that ran: %v", err)
	}
	if _, err := open.ExecContext(t.Context(), "COMMIT"); err == nil {
		t.Error("a transaction that was lost was committed")
	}
	eventually(t, "the statement to be killed", func() bool { return !running() })
	eventually(t, "all connections to be closed", func() bool {
		for _, s := range p.Servers() {
			if s.Config.Name == "primary" {
				return s.Connections == 0
			}
		}
		return false
	})
	stand(t, p, "primary", false, false)
	if got := statusOf(p, "primary"); got != "Primary, Running" {
		t.Errorf("it is %s", got)
	}
}

// A server that no monitor watches has no state but what administrators make of it,
// and a monitor that is stopped leaves its servers as they were.
func TestServersThatNobodyWatches(t *testing.T) {
	p := startProxy(t, "", "")
	monitor := func(change func(*config.Monitor)) {
		t.Helper()
		if err := edit(p, func(c *config.Config) { altered(c.Monitors, "main", change) }); err != nil {
			t.Fatal(err)
		}
	}
	monitor(func(m *config.Monitor) { m.Stopped = true })
	if got := statusOf(p, "replica"); got != "Replica, Running" || p.Monitors()[0].Running {
		t.Errorf("stopped: %s", got)
	}
	stand(t, p, "replica", true, false)
	if got := statusOf(p, "replica"); got != "Maintenance, Running" {
		t.Errorf("maintenance, set while the monitor is stopped: %s", got)
	}
	monitor(func(m *config.Monitor) { m.Stopped, m.Servers = false, []string{"primary"} })
	if got := statusOf(p, "replica"); got != "Maintenance, Running" {
		t.Errorf("unwatched: %s", got)
	}
	stand(t, p, "replica", false, false)
	if got := statusOf(p, "replica"); got != "Primary, Running" {
		t.Errorf("unwatched, no maintenance: %s", got)
	}
	monitor(func(m *config.Monitor) { m.Servers = []string{"primary", "replica"} })
	if got := statusOf(p, "replica"); got != "Replica, Running" {
		t.Errorf("watched again: %s", got)
	}
}
