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
	tie       uint64
}

// primary returns the primary of the best rank, none if there is none. The one
// that the session uses already wins over another of the same rank.
func (r *router) primary() uint32 {
	best, rank := none, uint32(0)
	for i := range sdk.Targets() {
		t := &sdk.Targets()[i]
		if !t.Is(abi.TargetPrimary) || !t.Usable() {
			continue
		}
		if best == none || t.Rank < rank || t.Rank == rank && t.Index == r.state.primary {
			best, rank = t.Index, t.Rank
		}
	}
	return best
}

func usable(index uint32) bool {
	for i := range sdk.Targets() {
		if t := &sdk.Targets()[i]; t.Index == index {
			return t.Usable()
		}
	}
	return false
}

func (r *router) named(name []byte) uint32 {
	for i := range sdk.Targets() {
		if t := &sdk.Targets()[i]; t.Usable() && string(t.Name()) == string(name) {
			return t.Index
		}
	}
	return none
}

// reader returns the best server for a read other than except. The primary
// serves reads when no replica can, or when it is allowed to as well.
func (r *router) reader(except uint32) uint32 {
	list := r.candidates(sdk.FreshTargets(), except)
	best := none
	if r.options.criteria == byLatency {
		best = r.draw(list)
	} else if len(list) > 0 {
		least := &list[0]
		for i := range list {
			if list[i].before(least) {
				least = &list[i]
			}
		}
		best = least.index
	}
	if best == none {
		if p := r.primary(); p != except {
			best = p
		}
	}
	return best
}

func (c *candidate) before(d *candidate) bool {
	if c.score != d.score {
		return c.score < d.score
	}
	return c.tie < d.tie
}

// candidates collects the servers of the best rank that can serve a read.
func (r *router) candidates(targets []sdk.Target, except uint32) []candidate {
	list, rank, connected := r.scratch[:0], uint32(0), 0
	for i := range targets {
		t := &targets[i]
		if t.Index == except || !r.serves(t) || r.retry.avoids(t.Index) {
			continue
		}
		if len(list) > 0 && t.Rank > rank || len(list) == maxCandidates {
			continue
		}
		if len(list) > 0 && t.Rank < rank {
			list, connected = list[:0], 0
		}
		rank = t.Rank
		c := candidate{index: t.Index, connected: t.Is(abi.TargetConnected), score: r.score(t)}
		c.tie = mix(r.order + uint64(t.Index))
		if c.connected && !t.Is(abi.TargetPrimary) {
			connected++
		}
		list = append(list, c)
	}
	if connected < r.options.maxConnections {
		return list
	}
	return r.onlyConnected(list)
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
	return r.options.maxLag < 0 || t.Lag >= 0 && time.Duration(t.Lag)*time.Second <= r.options.maxLag
}

// score is the load of a server in relation to its weight.
func (r *router) score(t *sdk.Target) uint64 {
	const fine = 1 << 16
	switch r.options.criteria {
	case byConnections:
		connections := uint64(t.Connections)
		if !t.Is(abi.TargetConnected) {
			connections++ // it would have one more
		}
		return connections * fine / uint64(t.Weight)
	case byLatency:
		return max(1, uint64(t.Latency)) * (uint64(t.Outstanding) + 1) * fine / uint64(t.Weight)
	}
	return uint64(t.Outstanding) * fine / uint64(t.Weight)
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
