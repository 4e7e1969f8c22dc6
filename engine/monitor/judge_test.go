package monitor

import (
	"errors"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/wasm/abi"
)

func up(change func(*facts)) facts {
	f := facts{up: true, serverID: 1, wsrepState: -1}
	if change != nil {
		change(&f)
	}
	return f
}

func follows(id, lag int64, io string, sqlRuns bool) func(*facts) {
	return func(f *facts) {
		f.serverID = 10 + id
		f.replication = append(f.replication, replication{ioRunning: io, sqlRunning: sqlRuns, lag: lag, primaryID: id})
	}
}

func TestJudgeOne(t *testing.T) {
	for name, c := range map[string]struct {
		facts  facts
		status Status
		lag    int64
		err    string
	}{
		"not probed":              {facts{}, 0, -1, "not probed"},
		"down":                    {facts{err: errors.New("connection refused")}, 0, -1, "connection refused"},
		"primary":                 {up(nil), primary, 0, ""},
		"primary, one probe lost": {up(func(f *facts) { f.err = errors.New("timeout") }), primary, 0, "timeout"},
		"read only":               {up(func(f *facts) { f.readOnly = true }), replica, -1, ""},
		"replica":                 {up(follows(1, 3, "Yes", true)), replica, 3, ""},
		"primary is gone":         {up(follows(1, -1, "Connecting", true)), replica, -1, ""},
		"primary comes":           {up(follows(1, -1, "Preparing", true)), replica, -1, ""},
		"stopped":                 {up(follows(1, -1, "No", false)), abi.TargetRunning, -1, "START SLAVE"},
		"SQL thread stopped":      {up(follows(1, -1, "Yes", false)), abi.TargetRunning, -1, "Slave_SQL_Running: No"},
		"IO thread stopped":       {up(follows(1, 0, "No", true)), abi.TargetRunning, -1, "Slave_IO_Running: No"},
		"two sources": {up(func(f *facts) {
			follows(1, 3, "Yes", true)(f)
			follows(2, 7, "Yes", true)(f)
		}), replica, 7, ""},
		"two sources, one unknown": {up(func(f *facts) {
			follows(1, -1, "Connecting", true)(f)
			follows(2, 7, "Yes", true)(f)
		}), replica, -1, ""},
		"two sources, one broken": {up(func(f *facts) {
			follows(1, 3, "Yes", true)(f)
			follows(2, 7, "Yes", false)(f)
			f.replication[1].name, f.replication[1].lastError = "b", "duplicate key"
		}), abi.TargetRunning, -1, `connection "b" has stopped: duplicate key`},
		"does not tell": {up(func(f *facts) { f.replicationErr = errors.New("denied") }), abi.TargetRunning, -1, "denied"},
	} {
		t.Run(name, func(t *testing.T) {
			s := alone(&c.facts)
			if s.Status != c.status || s.Lag != c.lag || !strings.Contains(text(s.Err), c.err) || (c.err == "") != (s.Err == nil) {
				t.Errorf("state %+v, want %v, lag %d, error %q", s, c.status, c.lag, c.err)
			}
		})
	}
}

func members(all ...facts) []*member {
	list := make([]*member, len(all))
	for i, f := range all {
		list[i] = &member{server: &config.Server{Name: string(rune('a' + i))}, facts: f}
	}
	return list
}

func statuses(states []State) (list []Status) {
	for _, s := range states {
		list = append(list, s.Status)
	}
	return list
}

func expect(t *testing.T, states []State, want ...Status) {
	t.Helper()
	got := statuses(states)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("statuses %v, want %v", got, want)
		}
	}
}

func id(n int64) func(*facts) { return func(f *facts) { f.serverID = n } }

func TestOnePrimary(t *testing.T) {
	m := members(up(id(1)), up(id(2)))
	expect(t, judge(m, true), primary, abi.TargetRunning)

	m = members(up(id(1)), up(id(2)), up(follows(2, 0, "Yes", true)))
	expect(t, judge(m, false), abi.TargetRunning, primary, replica)

	// Who has the role keeps it, whoever follows whom.
	m[0].state.Status = primary
	expect(t, judge(m, true), primary, abi.TargetRunning, replica)
	expect(t, judge(m, false), abi.TargetRunning, primary, replica)

	m[0].maintenance = true
	expect(t, judge(m, true), abi.TargetRunning|abi.TargetMaintenance, primary, replica)

	m[0].maintenance, m[0].facts = false, facts{}
	expect(t, judge(m, true), 0, primary, replica)

	m[1].draining = true
	expect(t, judge(m, true), 0, primary|abi.TargetDraining, replica)
}

func TestJudgeGalera(t *testing.T) {
	node := func(state, index int) facts {
		return up(func(f *facts) {
			f.wsrepState, f.wsrepIndex, f.wsrepReady, f.wsrepText = state, index, true, "Donor/Desynced"
		})
	}
	const synced = abi.TargetSynced
	m := members(node(4, 2), node(4, 0), node(4, 1), node(2, 3), up(nil), facts{})
	expect(t, judgeGalera(m, true), replica|synced, primary|synced, replica|synced, abi.TargetRunning, abi.TargetRunning, 0)
	states := judgeGalera(m, true)
	if !strings.Contains(text(states[3].Err), "Donor/Desynced") || !strings.Contains(text(states[4].Err), "no Galera node") {
		t.Errorf("errors %v, %v", states[3].Err, states[4].Err)
	}
	m[1].maintenance = true
	expect(t, judgeGalera(m, true), replica|synced, abi.TargetRunning|abi.TargetMaintenance, primary|synced)
	m[1].maintenance = false
	m[1].facts.readOnly = true
	expect(t, judgeGalera(m, true), replica|synced, replica|synced, primary|synced)
	m[1].facts.readOnly, m[1].facts.wsrepReady = false, false // a node that lost its quorum
	expect(t, judgeGalera(m, true), replica|synced, abi.TargetRunning, primary|synced)
}

func TestEventsAndNames(t *testing.T) {
	for _, c := range []struct {
		old, new Status
		event    string
	}{
		{0, primary, EventPrimary},
		{primary, 0, EventDown},
		{0, abi.TargetRunning, EventUp},
		{replica, primary, EventPrimary},
		{replica, abi.TargetRunning, EventLostReplica},
		{primary, abi.TargetRunning, EventLostPrimary},
		{primary, abi.TargetRunning | abi.TargetMaintenance, EventMaintenance},
		{abi.TargetRunning | abi.TargetMaintenance, primary, EventMaintained},
		{primary, primary | abi.TargetDraining, EventDraining},
		{primary | abi.TargetDraining, primary, EventDrained},
		{replica, replica, ""},
	} {
		if got := event(c.old, c.new); got != c.event {
			t.Errorf("%v -> %v is %q, want %q", c.old, c.new, got, c.event)
		}
	}
	for status, want := range map[Status]string{
		0: "Down", primary: "Primary, Running", abi.TargetMaintenance: "Maintenance, Down",
		replica | abi.TargetSynced: "Replica, Synced, Running",
	} {
		if status.String() != want {
			t.Errorf("%d is %q, want %q", status, status, want)
		}
	}
}
