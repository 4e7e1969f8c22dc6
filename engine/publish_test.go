package engine

import (
	"fmt"
	"slices"
	"testing"
)

// TestConnectionsAreInTheOrderOpened has the one that was opened first opened anew.
func TestConnectionsAreInTheOrderOpened(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	do(t, c, "DO 1")
	get(t, c, "SELECT 1")
	both := s.Snapshot().Connections
	if len(both) != 2 {
		t.Fatalf("connections %+v", both)
	}
	first := primary
	if both[0].Server == "replica" {
		first = replica
	}
	first.Exec(t, fmt.Sprintf("KILL %d", both[0].ConnectionID))
	for range 2 { // one of these needs it again, or is told that it was lost
		c.ExecContext(t.Context(), "CREATE OR REPLACE TABLE opened (id INT)")
		c.QueryRowContext(t.Context(), "SELECT 1").Scan(new(int))
	}
	var servers []string
	for _, b := range s.Snapshot().Connections {
		servers = append(servers, b.Server)
	}
	if want := []string{both[1].Server, both[0].Server}; !slices.Equal(servers, want) {
		t.Errorf("connections to %v, want %v: the second is the younger one", servers, want)
	}
}

// TestOutlineLacksWhatTakesTime holds an outline against a snapshot of a session
// that does nothing.
func TestOutlineLacksWhatTakesTime(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	get(t, c, "SELECT 1")
	whole := session(t, p, c).Snapshot()
	if whole.Queries == nil || whole.Log == nil || whole.Memory.Total() == 0 {
		t.Fatalf("the snapshot lacks something: %+v", whole)
	}
	whole.Queries, whole.Log, whole.Memory = nil, nil, Memory{}
	outline := Snapshot{Queries: make([]Query, 1), Log: []string{"old"}, RestartError: "old", Filters: []string{"a", "b"},
		Connections: make([]Connection, 3), Memory: Memory{Log: 1}} // of another session
	if err := p.Outline(whole.ID, &outline); err != nil || outline.Alive < whole.Alive || outline.Idle < whole.Idle {
		t.Errorf("%v, %+v", err, outline)
	}
	outline.Alive, outline.Idle = whole.Alive, whole.Idle
	if fmt.Sprintf("%+v", outline) != fmt.Sprintf("%+v", whole) { // nil and empty slices are alike
		t.Errorf("got %+v, want %+v", outline, whole)
	}
	if ids := p.SessionIDs(); !slices.IsSorted(ids) || !slices.Contains(ids, whole.ID) {
		t.Errorf("sessions %v lack %d", ids, whole.ID)
	}
	if err := p.Outline(4_000_000_000, &outline); err != ErrNoSession {
		t.Errorf("a session that there is not: %v", err)
	}
	if n := testing.AllocsPerRun(100, func() { p.Outline(whole.ID, &outline) }); n > 0 {
		t.Errorf("%v allocations to look once more", n)
	}
}

// TestReloadKeepsCounters changes a server that is in use.
func TestReloadKeepsCounters(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	do(t, c, "DO 1")
	get(t, c, "SELECT 1")
	before, service := p.Servers(), p.Services()[0].Statistics
	cfg := loadConfig(t, "", "")
	cfg.Listeners = p.generation().cfg.Listeners
	for _, s := range cfg.Servers {
		s.Weight = 7
	}
	if err := p.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	for i, s := range p.Servers() {
		was := before[i]
		if s.Config.Weight != 7 || s.Connections != was.Connections || s.Total != was.Total || s.Traffic != was.Traffic {
			t.Errorf("server %s: %d, %d, %+v; was %d, %d, %+v", s.Config.Name, s.Connections, s.Total, s.Traffic, was.Connections, was.Total, was.Traffic)
		}
	}
	// The last reply's bytes may be counted a moment after its client has it.
	if now := p.Services()[0].Statistics; now.Queries != service.Queries || now.Queries == 0 || now.BytesFromClient != service.BytesFromClient ||
		now.BytesToClient < service.BytesToClient {
		t.Errorf("the service counts %+v, counted %+v", now, service)
	}
}
