package monitor

import (
	"strings"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Status is a set of bits, those of the plugins' target table
// (abi.TargetRunning and so on; never abi.TargetConnected). Zero is a server
// that is down, or was not probed yet.
type Status uint32

// Has reports whether all the given bits are set.
func (s Status) Has(bits Status) bool { return s&bits == bits }

// String names the bits for people: "Primary, Running".
func (s Status) String() string {
	var words []string
	for _, n := range statusNames {
		switch {
		case !s.Has(n.bit):
		case n.bit == abi.TargetDraining && s.Has(abi.TargetMaintenance):
			words = append(words, "Drained")
		default:
			words = append(words, n.name)
		}
	}
	if !s.Has(abi.TargetRunning) {
		words = append(words, "Down")
	}
	return strings.Join(words, ", ")
}

var statusNames = []struct {
	bit  Status
	name string
}{
	{abi.TargetMaintenance, "Maintenance"},
	{abi.TargetDraining, "Draining"},
	{abi.TargetPrimary, "Primary"},
	{abi.TargetReplica, "Replica"},
	{abi.TargetSynced, "Synced"},
	{abi.TargetRunning, "Running"},
}

// State is what a monitor knows of one server at one moment. It is a plain
// value: whoever has one owns it.
type State struct {
	Status Status
	// Lag is how many seconds the server is behind its primary: 0 on a
	// primary, -1 if it is not known (a server that is down, replication that
	// waits for its primary, a server that cannot tell).
	Lag     int64
	GTID    string        // gtid_current_pos; on MySQL gtid_executed
	Version string        // @@version
	Uptime  time.Duration // since the server's start, as of the last probe
	NodeID  int64         // server_id; 0 unknown
	// PrimaryID is the server_id of the server that this one replicates from;
	// 0 if it does not, or it is not known.
	PrimaryID int64
	// LastEvent is the last change of Status, in words (see [Event] constants),
	// and TriggeredAt when it happened.
	LastEvent   string
	TriggeredAt time.Time
	// Err is why the server is what it is, if there is a reason to tell: the
	// last probe's error, replication's error, a second primary. An error does
	// not imply that the server is down.
	Err error
}

// The events that LastEvent can name.
const (
	EventUp          = "server_up"
	EventDown        = "server_down"
	EventPrimary     = "new_primary"
	EventReplica     = "new_replica"
	EventLostPrimary = "lost_primary"
	EventLostReplica = "lost_replica"
	EventMaintenance = "maintenance_on"
	EventMaintained  = "maintenance_off"
	EventDraining    = "draining_on"
	EventDrained     = "draining_off"
	EventSynced      = "synced"
	EventDesynced    = "desynced"
)

// event names the most important difference of two statuses.
func event(old, new Status) string {
	gained, lost := new&^old, old&^new
	switch {
	case gained.Has(abi.TargetMaintenance):
		return EventMaintenance
	case lost.Has(abi.TargetMaintenance):
		return EventMaintained
	case lost.Has(abi.TargetRunning):
		return EventDown
	case gained.Has(abi.TargetPrimary):
		return EventPrimary
	case gained.Has(abi.TargetReplica):
		return EventReplica
	case gained.Has(abi.TargetRunning):
		return EventUp
	case lost.Has(abi.TargetPrimary):
		return EventLostPrimary
	case lost.Has(abi.TargetReplica):
		return EventLostReplica
	case gained.Has(abi.TargetSynced):
		return EventSynced
	case lost.Has(abi.TargetSynced):
		return EventDesynced
	case gained.Has(abi.TargetDraining):
		return EventDraining
	case lost.Has(abi.TargetDraining):
		return EventDrained
	}
	return ""
}

// matters reports whether watchers have to hear of the change from s to n:
// anything but what changes all the time (GTID, uptime).
func (s *State) matters(n *State) bool {
	return s.Status != n.Status || s.Lag != n.Lag || s.Version != n.Version ||
		s.NodeID != n.NodeID || s.PrimaryID != n.PrimaryID || text(s.Err) != text(n.Err)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
