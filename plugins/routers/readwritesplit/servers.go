package readwritesplit

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// maxCandidates bounds how many servers are compared.
const maxCandidates = 64

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
	var targets []sdk.Target
	if r.choosing {
		targets = sdk.FreshTargets()
	} else {
		targets = sdk.Targets()
	}
	list, sure := r.candidates(targets, except)
	if !sure && !r.choosing {
		targets = sdk.FreshTargets()
		list, sure = r.candidates(targets, except)
	}
	r.choosing = !sure
	switch {
	case len(list) == 1:
		return targets[list[0]].Index()
	case len(list) > 1 && r.options.criteria == byLatency:
		return r.draw(targets, list)
	case len(list) > 1:
		return r.least(targets, list)
	}
	if p := r.primary(); p != except {
		return p
	}
	return none
}

// candidates collects the servers of the best rank that can serve a read, by
// their place in the table. It is sure if it would be the same ones with the
// figures of this moment and there is nothing to choose: a table that is as old
// as the last change of a status will do then.
func (r *router) candidates(targets []sdk.Target, except uint32) (list []uint8, sure bool) {
	o := &r.options
	picky := except != none || r.retry.failed != 0 || o.maxLag >= 0
	n, rank, seen := 0, uint32(0), uint32(0)
	for i := range targets {
		t := &targets[i]
		status := t.Status()
		seen |= status
		if !r.reads[status%uint32(len(r.reads))] || picky && !r.suits(t, except) {
			continue
		}
		if at := t.Rank(); n == 0 || at < rank {
			n, rank = 0, at
		} else if at > rank || n == maxCandidates {
			continue
		}
		r.list[n] = uint8(i)
		n++
	}
	if n > o.maxConnections || o.maxConnections == 0 {
		n = r.onlyConnected(targets, r.list[:n])
		return r.list[:n], false
	}
	// A server that is being drained is usable if the session is connected now.
	return r.list[:n], n <= 1 && o.maxLag < 0 && seen&abi.TargetDraining == 0
}

// onlyConnected keeps the servers that the session is connected to already, if
// it may open no more connections to replicas, and returns how many it kept.
func (r *router) onlyConnected(targets []sdk.Target, list []uint8) int {
	kept, replicas := 0, 0
	for _, at := range list {
		if t := &targets[at]; t.Is(abi.TargetConnected) && !t.Is(abi.TargetPrimary) {
			replicas++
		}
	}
	if replicas < r.options.maxConnections {
		return len(list)
	}
	for _, at := range list {
		if targets[at].Is(abi.TargetConnected) {
			list[kept] = at
			kept++
		}
	}
	return kept
}

// servesReads reports whether a server of the status can serve reads.
func (o *options) servesReads(status uint32) bool {
	usable := status&(abi.TargetRunning|abi.TargetMaintenance) == abi.TargetRunning &&
		status&(abi.TargetDraining|abi.TargetConnected) != abi.TargetDraining
	if status&abi.TargetPrimary != 0 {
		return usable && o.primaryReads
	}
	return usable && status&abi.TargetReplica != 0
}

// suits reports whether a server that can serve reads is one for this read.
func (r *router) suits(t *sdk.Target, except uint32) bool {
	if t.Index() == except || r.retry.avoids(t.Index()) {
		return false
	}
	// A lag that is not known is not within a limit.
	return r.options.maxLag < 0 || t.Is(abi.TargetPrimary) || t.Lag() >= 0 && time.Duration(t.Lag())*time.Second <= r.options.maxLag
}

// least returns the candidate with the lowest score.
func (r *router) least(targets []sdk.Target, list []uint8) uint32 {
	best := &targets[list[0]]
	score := r.score(best)
	for _, at := range list[1:] {
		t := &targets[at]
		s := r.score(t)
		if s < score || s == score && mix(r.order+uint64(t.Index())) < mix(r.order+uint64(best.Index())) {
			best, score = t, s
		}
	}
	return best.Index()
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
func (r *router) draw(targets []sdk.Target, list []uint8) uint32 {
	total := uint64(0)
	for _, at := range list {
		total += r.share(&targets[at])
	}
	place := sdk.Random() % total
	for _, at := range list {
		share := r.share(&targets[at])
		if place < share {
			return targets[at].Index()
		}
		place -= share
	}
	return none
}

// share is a server's part of the reads, in relation to the others'.
func (r *router) share(t *sdk.Target) uint64 {
	const whole = 1 << 40
	return 1 + whole/max(1, r.score(t))
}

// mix spreads a number's bits.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}
