package monitor

import (
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/wasm/abi"
)

// wsrepSynced is wsrep_local_state of a node that has all write sets.
// https://mariadb.com/kb/en/galera-cluster-status-variables/#wsrep_local_state
const wsrepSynced = 4

// judgeGalera turns what the probes read into states, for the nodes of a Galera
// cluster. All synced nodes can be written to; one of them, the one with the
// lowest wsrep_local_index, is the primary, so that all Penstocks that
// watch the cluster write to the same node and none of them causes
// certification conflicts.
func judgeGalera(members []*member, _ bool) []State {
	states := make([]State, len(members))
	primary := -1
	for i, mem := range members {
		f, s := &mem.facts, &states[i]
		*s = basics(f)
		if !f.up {
			continue
		}
		switch {
		case f.wsrepState < 0:
			s.Err = errors.Join(s.Err, errors.New("the server is no Galera node: it has no wsrep_local_state"))
			continue
		case f.wsrepState != wsrepSynced || !f.wsrepReady:
			s.Err = errors.Join(s.Err, fmt.Errorf("the node is not synced: wsrep_local_state is %d (%s)", f.wsrepState, f.wsrepText))
			continue
		}
		s.Status |= abi.TargetSynced
		s.Lag = 0
		if f.readOnly || mem.maintenance {
			continue
		}
		if primary < 0 || f.wsrepIndex < members[primary].facts.wsrepIndex {
			primary = i
		}
	}
	for i, mem := range members {
		switch s := &states[i]; {
		case i == primary:
			s.Status |= abi.TargetPrimary
		case s.Status.Has(abi.TargetSynced):
			s.Status |= abi.TargetReplica
		}
		byHand(mem, &states[i])
	}
	return states
}
