package monitor

import (
	"slices"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Member is a server as its monitor saw it last. It is plain data that belongs
// to whoever asked for it.
type Member struct {
	Server string
	State  State
	// ReadOnly is the server's read_only; false if it is not up.
	ReadOnly bool
	// Replication is one entry for each replication connection that the server
	// has configured.
	Replication []Replication
	Probes      uint64    // that have ended, well or badly
	ProbedAt    time.Time // when the last one ended; zero before the first
}

// Replication is one connection of a replica to its primary, in the words of
// SHOW REPLICA STATUS.
type Replication struct {
	Name       string // of the connection; empty for the default one
	IORunning  string // Yes, No, Connecting, Preparing
	SQLRunning bool
	Lag        int64 // seconds; -1 unknown
	PrimaryID  int64 // server_id of the primary; 0 unknown
	LastError  string
}

// Members returns what the monitor last saw of each server, in the order of the
// configuration.
func (m *Monitor) Members() []Member {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Member, len(m.members))
	for i, mem := range m.members {
		list[i] = Member{Server: mem.server.Name, State: mem.state, ReadOnly: mem.facts.up && mem.facts.readOnly,
			Probes: mem.reports.Load(), ProbedAt: mem.probedAt}
		for _, r := range mem.facts.replication {
			list[i].Replication = append(list[i].Replication, Replication{Name: r.name, IORunning: r.ioRunning, SQLRunning: r.sqlRunning,
				Lag: r.lag, PrimaryID: r.primaryID, LastError: r.lastError})
		}
	}
	return list
}

// Primary is the name of the server that is the primary among members; empty
// if none is.
func Primary(members []Member) string {
	i := slices.IndexFunc(members, func(m Member) bool { return m.State.Status.Has(abi.TargetPrimary | abi.TargetRunning) })
	if i < 0 {
		return ""
	}
	return members[i].Server
}
