package readwritesplit

import (
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

func TestReplicaChoice(t *testing.T) {
	cases := []struct {
		name, options string
		change        func(h *sdktest.Host)
		want          uint32
	}{
		{"fewest operations", `{}`, nil, r1},
		{"operations by weight", `{}`, func(h *sdktest.Host) { h.Targets[r1].Outstanding = 1; h.Targets[r2].Weight = 4 }, r2},
		{"fewest connections", `{"slave_selection_criteria":"least_global_connections"}`, func(h *sdktest.Host) { h.Targets[r1].Connections = 9 }, r2},
		{"router connections", `{"slave_selection_criteria":"LEAST_ROUTER_CONNECTIONS"}`, func(h *sdktest.Host) { h.Targets[r2].Connections = 9 }, r1},
		{"rank", `{}`, func(h *sdktest.Host) { h.Targets[r1].Rank = 1 }, r2},
		{"down", `{}`, func(h *sdktest.Host) { h.Targets[r1].Status = 0 }, r2},
		{"maintenance", `{}`, func(h *sdktest.Host) { h.Targets[r1].Status |= abi.TargetMaintenance }, r2},
		{"draining", `{}`, func(h *sdktest.Host) { h.Targets[r1].Status |= abi.TargetDraining }, r2},
		{"draining, connected", `{}`, func(h *sdktest.Host) { h.Targets[r1].Status |= abi.TargetDraining | abi.TargetConnected }, r1},
		{"lag", `{"max_replication_lag":"2s"}`, func(h *sdktest.Host) { h.Targets[r1].Lag = 3; h.Targets[r2].Lag = 2 }, r2},
		{"lag, old name", `{"max_slave_replication_lag":"2s"}`, func(h *sdktest.Host) { h.Targets[r1].Lag = 3 }, r2},
		{"lag unknown", `{"max_replication_lag":"2s"}`, func(h *sdktest.Host) { h.Targets[r1].Lag = -1; h.Targets[r2].Lag = -1 }, p},
		{"lag unknown, no limit", `{}`, func(h *sdktest.Host) { h.Targets[r1].Lag = -1 }, r1},
		{"no replica", `{}`, func(h *sdktest.Host) { h.Targets[r1].Status, h.Targets[r2].Status = 0, up }, p},
		{"primary reads too", `{"master_accept_reads":true}`, func(h *sdktest.Host) { h.Targets[r1].Outstanding = 1 }, p},
		{"no connections to replicas", `{"max_slave_connections":0}`, nil, p},
		{"one connection to replicas", `{"max_slave_connections":1}`, func(h *sdktest.Host) { h.Targets[r2].Status |= abi.TargetConnected }, r2},
		{"no primary", `{}`, func(h *sdktest.Host) { h.Targets[p].Status = 0 }, r1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := sdktest.Start(t, c.options, cluster, func(h *sdktest.Host) {
				if c.change != nil {
					c.change(h)
				}
			})
			want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, c.want)
		})
	}
}

// Equal replicas share the sessions, and each session stays with its one.
func TestTies(t *testing.T) {
	seen := map[uint32]int{}
	for range 200 {
		s := sdktest.Start(t, `{}`, cluster, func(h *sdktest.Host) { h.Targets[r2].Outstanding = 0 })
		first := s.Query("SELECT 1", abi.TypeRead).Arg
		for range 3 {
			want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, first)
		}
		seen[first]++
	}
	if seen[r1] < 50 || seen[r2] < 50 {
		t.Errorf("sessions were shared %v", seen)
	}
}

func TestAdaptive(t *testing.T) {
	s := sdktest.Start(t, `{"slave_selection_criteria":"adaptive_routing"}`, cluster, func(h *sdktest.Host) {
		h.Targets[r1].LatencyMicros, h.Targets[r2].LatencyMicros, h.Targets[r2].Outstanding = 9000, 1000, 0
	})
	seen := map[uint32]int{}
	for range 2000 {
		seen[s.Query("SELECT 1", abi.TypeRead).Arg]++
	}
	if seen[r1] < 100 || seen[r1] > 350 {
		t.Errorf("a replica with 9 times the latency got %v of 2000", seen)
	}
}

// With one server to read from, its load does not matter: the table is read
// again only when a status changes. With several it is read each time.
func TestTableReads(t *testing.T) {
	for _, c := range []struct {
		name, options string
		change        func(*sdktest.Host)
		want          int // for three statements, after the first
	}{
		{"two replicas", `{}`, func(*sdktest.Host) {}, 3},
		{"one replica", `{}`, func(h *sdktest.Host) { h.Targets[r2].Status = 0 }, 0},
		{"none", `{}`, func(h *sdktest.Host) { h.Targets[r1].Status, h.Targets[r2].Status = 0, 0 }, 0},
		{"one replica, lag limited", `{"max_replication_lag":"5s"}`, func(h *sdktest.Host) { h.Targets[r2].Status = 0 }, 3},
		{"one being drained", `{}`, func(h *sdktest.Host) { h.Targets[r2].Status |= abi.TargetDraining }, 3},
		{"no replica allowed", `{"max_slave_connections":0}`, func(h *sdktest.Host) { h.Targets[r2].Status = 0 }, 3},
	} {
		s := sdktest.Start(t, c.options, cluster, c.change)
		s.Query("SELECT 1", abi.TypeRead)
		before := s.Reads
		for range 3 {
			s.Query("SELECT 1", abi.TypeRead)
		}
		if n := s.Reads - before; n != c.want {
			t.Errorf("%s: the table was read %d times for 3 statements, want %d", c.name, n, c.want)
		}
		set(s.Host, r1, func(t *sdktest.Target) {})
		before = s.Reads
		s.Query("SELECT 1", abi.TypeRead)
		if s.Reads == before {
			t.Errorf("%s: the table was not read again after a change", c.name)
		}
	}
}
