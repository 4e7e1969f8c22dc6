package main

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// maxCandidates bounds how many replicas are compared.
const maxCandidates = 64

// candidate is a server that could serve a read. Lower scores are better.
type candidate struct {
	index     uint32
	connected bool
	score     uint64
}

// primary returns the primary of the best rank, none if there is none. The one
// that the session uses already wins over another of the same rank.
func (r *router) primary() uint32 {
	best, rank := none, uint32(0)
	targets := sdk.Targets()
	for i := range targets {
		t := &targets[i]
		if !t.Is(abi.TargetPrimary) || !t.Usable() {
			continue
		}
		if best == none || t.Rank() < rank || t.Rank() == rank && t.Index() == r.state.primary {
			best, rank = t.Index(), t.Rank()
		}
	}
	return best
}

func usable(index uint32) bool {
	targets := sdk.Targets()
	for i := range targets {
		if t := &targets[i]; t.Index() == index {
			return t.Usable()
		}
	}
	return false
}

func (r *router) named(name []byte) uint32 {
	targets := sdk.Targets()
	for i := range targets {
		if t := &targets[i]; t.Usable() && string(t.Name()) == string(name) {
			return t.Index()
		}
	}
	return none
}

// reader returns the best server for a read other than except. The primary
// serves reads when no replica can, or when it is allowed to as well.
func (r *router) reader(except uint32) uint32 {
	targets := sdk.Targets
	if r.choosing {
		targets = sdk.FreshTargets
	}
	list, sure := r.candidates(targets(), except)
	if !sure && !r.choosing {
		list, sure = r.candidates(sdk.FreshTargets(), except)
	}
	r.choosing = !sure
	best := r.best(list)
	if best == none {
		if p := r.primary(); p != except {
			best = p
		}
	}
	return best
}

// best returns the candidate with the lowest score, or draws one.
func (r *router) best(list []candidate) uint32 {
	switch {
	case len(list) == 0:
		return none
	case len(list) == 1:
		return list[0].index
	case r.options.criteria == byLatency:
		return r.draw(list)
	}
	least := &list[0]
	for i := 1; i < len(list); i++ {
		if c := &list[i]; c.score < least.score || c.score == least.score && r.prefers(c.index, least.index) {
			least = c
		}
	}
	return least.index
}

// prefers breaks a tie.
func (r *router) prefers(index, other uint32) bool {
	return mix(r.order+uint64(index)) < mix(r.order+uint64(other))
}

// candidates collects the servers of the best rank that can serve a read. It is
// sure if it would be the same ones with the figures of this moment and there
// is nothing to choose: a table that is as old as the last change of a status
// will do then.
func (r *router) candidates(targets []sdk.Target, except uint32) (list []candidate, sure bool) {
	n, rank, connected := 0, uint32(0), 0
	sure = r.options.maxLag < 0 && r.options.maxConnections > 0
	for i := range targets {
		t := &targets[i]
		sure = sure && !t.Is(abi.TargetDraining) // usable if the session is connected now
		if t.Index() == except || !r.serves(t) || r.retry.avoids(t.Index()) {
			continue
		}
		if n > 0 && t.Rank() > rank || n == maxCandidates {
			continue
		}
		if n > 0 && t.Rank() < rank {
			n, connected = 0, 0
		}
		rank = t.Rank()
		c := &r.scratch[n]
		c.index, c.connected, c.score = t.Index(), t.Is(abi.TargetConnected), r.score(t)
		if c.connected && !t.Is(abi.TargetPrimary) {
			connected++
		}
		n++
	}
	list = r.scratch[:n]
	if connected >= r.options.maxConnections {
		list = r.onlyConnected(list)
	}
	return list, sure && n <= 1
}

// onlyConnected keeps the servers that the session is connected to already,
// because it may open no more connections to replicas.
func (r *router) onlyConnected(list []candidate) []candidate {
	kept := list[:0]
	for _, c := range list {
		if c.connected {
			kept = append(kept, c)
		}
	}
	return kept
}

// serves reports whether the server can serve reads as its state is now.
func (r *router) serves(t *sdk.Target) bool {
	if !t.Usable() {
		return false
	}
	if t.Is(abi.TargetPrimary) {
		return r.options.primaryReads
	}
	if !t.Is(abi.TargetReplica) {
		return false
	}
	// A lag that is not known is not within a limit.
	return r.options.maxLag < 0 || t.Lag() >= 0 && time.Duration(t.Lag())*time.Second <= r.options.maxLag
}

// score is the load of a server in relation to its weight.
func (r *router) score(t *sdk.Target) uint64 {
	const fine = 1 << 16
	load := uint64(t.Outstanding())
	switch r.options.criteria {
	case byConnections:
		load = uint64(t.Connections())
		if !t.Is(abi.TargetConnected) {
			load++ // it would have one more
		}
	case byLatency:
		load = max(1, uint64(t.Latency())) * (load + 1)
	}
	load *= fine
	if t.Weight() > 1 { // it seldom is, and a division takes as long as all the rest
		load /= uint64(t.Weight())
	}
	return load
}

// draw chooses at random, in inverse proportion to the score: a slow server
// still gets a few reads, or nobody would notice that it has become fast.
func (r *router) draw(list []candidate) uint32 {
	const whole = 1 << 40
	total := uint64(0)
	for i := range list {
		total += 1 + whole/max(1, list[i].score)
	}
	if total == 0 {
		return none
	}
	at := sdk.Random() % total
	for i := range list {
		share := 1 + whole/max(1, list[i].score)
		if at < share {
			return list[i].index
		}
		at -= share
	}
	return none
}

// mix spreads a number's bits.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}
