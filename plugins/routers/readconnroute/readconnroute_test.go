package readconnroute

import (
	"strings"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

const (
	primary = abi.TargetRunning | abi.TargetPrimary
	replica = abi.TargetRunning | abi.TargetReplica
)

func cluster(h *sdktest.Host) {
	h.Targets = []sdktest.Target{
		{Name: "db1", Status: primary, Connections: 5},
		{Name: "db2", Status: replica, Connections: 3},
		{Name: "db3", Status: replica, Connections: 7, Weight: 4},
	}
}

func TestChoice(t *testing.T) {
	for _, c := range []struct {
		options string
		change  func(*sdktest.Host)
		want    uint32
	}{
		{`{}`, nil, 2},
		{`{"router_options":"master"}`, nil, 0},
		{`{"router_options":["primary"]}`, nil, 0},
		{`{"router_options":"slave"}`, nil, 2},
		{`{"router_options":["master","slave"]}`, nil, 2},
		{`{"router_options":"replica"}`, func(h *sdktest.Host) { h.Targets[2].Weight = 1 }, 1},
		{`{"router_options":"replica"}`, func(h *sdktest.Host) { h.Targets[2].Rank = 1 }, 1},
		{`{"router_options":"replica","max_replication_lag":"5s"}`, func(h *sdktest.Host) { h.Targets[2].Lag = 6 }, 1},
		{`{"router_options":"replica"}`, func(h *sdktest.Host) { h.Targets[1].Status, h.Targets[2].Status = 0, 0 }, 0},
		{`{"router_options":"synced"}`, func(h *sdktest.Host) { h.Targets[1].Status |= abi.TargetSynced }, 1},
		{`{"master_accept_reads":false}`, func(h *sdktest.Host) { h.Targets[0].Connections = 0 }, 2},
		{`{}`, func(h *sdktest.Host) { h.Targets[0].Connections = 0 }, 0},
	} {
		s := sdktest.Start(t, c.options, cluster, func(h *sdktest.Host) {
			if c.change != nil {
				c.change(h)
			}
		})
		if r := s.Query("SELECT 1", 0); r.Action != abi.One || r.Arg != c.want {
			t.Errorf("%s: %v %d, want %d", c.options, r.Action, r.Arg, c.want)
		}
	}
}

func TestSticks(t *testing.T) {
	s := sdktest.Start(t, `{"router_options":"slave","max_replication_lag":"5s"}`, cluster)
	r := s.Query("SELECT 1", 0)
	if r.Arg != 2 || r.Fallback != 1 {
		t.Fatalf("%+v", r)
	}
	s.Targets[2].Connections, s.Targets[2].Lag = 1000, 60
	s.TargetsVersion++
	if r := s.Query("SELECT 1", 0); r.Arg != 2 || r.Fallback != abi.NoTarget {
		t.Errorf("moved: %+v", r)
	}
	s.Event(abi.EventBackendConnected, 1, 0) // the fallback was used
	if r := s.Query("SELECT 1", 0); r.Arg != 1 {
		t.Errorf("does not follow its fallback: %+v", r)
	}
	s.Targets[1].Status = 0
	s.TargetsVersion++
	if r := s.Query("SELECT 1", 0); r.Action != abi.Close || r.Errno != 1927 {
		t.Errorf("server down: %+v", r)
	}
}

func TestNobody(t *testing.T) {
	s := sdktest.Start(t, `{"router_options":"master"}`)
	if r := s.Query("SELECT 1", 0); r.Action != abi.Close || !strings.Contains(r.Message(), "router_options") {
		t.Errorf("%+v", r)
	}
}

func TestLost(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	at := uint64(s.Query("SELECT 1", 0).Arg)
	if r := s.Event(abi.EventBackendLost, at, abi.LostCommandOutstanding); r.Action != abi.Pass {
		t.Errorf("repeated what may have been executed: %v", r.Action)
	}
	if r := s.Event(abi.EventBackendLost, at, abi.LostCommandOutstanding|abi.LostNotSent); r.Action != abi.One {
		t.Errorf("did not repeat: %v", r.Action)
	}
}

func TestNoAllocation(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	n := s.Prepare(sdktest.Command{SQL: "SELECT 1"})
	if a := testing.AllocsPerRun(100, func() { s.Call(n) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestOptions(t *testing.T) {
	if e := sdktest.InitError(t, `{"router_options":"boss"}`); !strings.Contains(e, `master, primary, slave, replica, running, synced; it has "boss"`) {
		t.Error(e)
	}
}

func TestUpgradeKeepsTheServer(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	first := s.Query("SELECT 1", abi.TypeRead)
	state := s.Event(abi.EventDetach, 0, 0)
	if state.Action != abi.Replaced {
		t.Fatalf("no state: %v", state.Action)
	}
	lonely := func(h *sdktest.Host) { // another one would be chosen now
		cluster(h)
		h.Targets[first.Arg].Connections = 100
	}
	if r := sdktest.Start(t, `{}`, lonely).Query("SELECT 1", abi.TypeRead); r.Arg == first.Arg {
		t.Fatalf("%+v", r)
	}
	s = sdktest.Start(t, `{}`, lonely, func(h *sdktest.Host) { h.State = state.Output })
	if r := s.Query("SELECT 1", abi.TypeRead); r.Action != abi.One || r.Arg != first.Arg {
		t.Errorf("the session moved from %d: %+v", first.Arg, r)
	}
	s.State = []byte{99}
	if err := s.Open(abi.OpenSwap); err == nil {
		t.Error("a state of another form was taken")
	}
}
