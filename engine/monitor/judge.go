package monitor

import (
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/wasm/abi"
)

// judge turns what the probes read into states, for servers with ordinary
// replication. settled says that every server was probed once.
func judge(members []*member, settled bool) []State {
	states := make([]State, len(members))
	for i, mem := range members {
		states[i] = alone(&mem.facts)
	}
	onePrimary(members, states, settled)
	for i, mem := range members {
		byHand(mem, &states[i])
	}
	return states
}

// basics is what does not depend on the module.
func basics(f *facts) State {
	s := State{Lag: -1, Err: f.err}
	if !f.up {
		if s.Err == nil {
			s.Err = errNotProbed
		}
		return s
	}
	s.Status = abi.TargetRunning
	s.Version, s.GTID, s.Uptime, s.NodeID = f.version, f.gtid, f.uptime, f.serverID
	return s
}

// alone judges one server without looking at the others.
func alone(f *facts) State {
	s := basics(f)
	if !f.up {
		return s
	}
	switch {
	case f.replicationErr != nil:
		// Without this the server may be a replica that lacks read_only: no role is safer.
		s.Err = errors.Join(s.Err, f.replicationErr)
	case len(f.replication) == 0 && f.readOnly:
		s.Status |= abi.TargetReplica
	case len(f.replication) == 0:
		s.Status |= abi.TargetPrimary
		s.Lag = 0
	default:
		replicating(f.replication, &s)
	}
	return s
}

// replicating judges a server that has replication configured. All its
// connections have to work; the longest lag counts.
func replicating(connections []replication, s *State) {
	s.PrimaryID = connections[0].primaryID
	s.Lag = 0
	for _, c := range connections {
		if broken := c.broken(); broken != nil {
			s.Lag = -1
			s.Err = errors.Join(s.Err, broken)
			return
		}
		if c.lag < 0 || s.Lag < 0 {
			s.Lag = -1
		} else {
			s.Lag = max(s.Lag, c.lag)
		}
	}
	s.Status |= abi.TargetReplica
}

// broken says why a connection does not replicate; nil if it does, or waits for
// a primary that is gone: it will go on by itself, and reads go on meanwhile.
func (c *replication) broken() error {
	what := "replication"
	if c.name != "" {
		what = fmt.Sprintf("replication connection %q", c.name)
	}
	switch {
	case c.sqlRunning && c.ioRunning != "No":
		return nil
	case c.lastError != "":
		return fmt.Errorf("%s has stopped: %s", what, c.lastError)
	}
	return fmt.Errorf("%s is stopped (Slave_IO_Running: %s, Slave_SQL_Running: %s): START SLAVE, or RESET SLAVE ALL if this is a primary now",
		what, c.ioRunning, map[bool]string{true: "Yes", false: "No"}[c.sqlRunning])
}

// onePrimary leaves the primary's role to one server. The one that has it keeps
// it; else the one that replicas follow; else the first in the configuration.
func onePrimary(members []*member, states []State, sticky bool) {
	followers := make(map[int64]int)
	for i := range states {
		if states[i].Status.Has(abi.TargetReplica) && states[i].PrimaryID != 0 {
			followers[states[i].PrimaryID]++
		}
	}
	best := -1
	better := func(i, j int) bool {
		hadI, hadJ := members[i].state.Status.Has(abi.TargetPrimary), members[j].state.Status.Has(abi.TargetPrimary)
		if sticky && hadI != hadJ {
			return hadI
		}
		return followers[states[i].NodeID] > followers[states[j].NodeID]
	}
	for i := range states {
		// A server in maintenance leaves the role to another.
		if states[i].Status.Has(abi.TargetPrimary) && !members[i].maintenance && (best < 0 || better(i, best)) {
			best = i
		}
	}
	for i := range states {
		if s := &states[i]; s.Status.Has(abi.TargetPrimary) && i != best && !members[i].maintenance {
			s.Status &^= abi.TargetPrimary
			s.Lag = -1
			s.Err = errors.Join(s.Err, fmt.Errorf(
				"it is writable, but %s is the primary: set read_only=1 and make it a replica, or set %[1]s to maintenance",
				members[best].server.Name))
		}
	}
}

// byHand applies what an administrator set.
func byHand(mem *member, s *State) {
	if mem.maintenance {
		s.Status = s.Status&^(abi.TargetPrimary|abi.TargetReplica|abi.TargetSynced) | abi.TargetMaintenance
	}
	if mem.draining {
		s.Status |= abi.TargetDraining
	}
}
