package engine

import (
	"runtime/debug"
	"time"
)

const (
	// parkLookLeast and parkLookMost bound how often the proxy looks for
	// sessions to park.
	parkLookLeast = 20 * time.Millisecond
	parkLookMost  = time.Second
	// crowdedAfter takes park_after's place while more instances are awake
	// than the system bears well.
	crowdedAfter = 100 * time.Millisecond
	// manyParked sessions that have gone to sleep leave enough memory behind
	// for it to be given back to the system, rather than with the garbage
	// collector's next turns: giveBackAfter the last of them, when the pools
	// have let their unused machines go, too.
	manyParked    = 500
	giveBackAfter = 25 * time.Second
)

// parkIdle puts sessions to sleep that have been idle for the configuration's
// park_after, until the proxy ends.
func (p *Proxy) parkIdle() {
	asleep, last := 0, time.Now()
	for {
		after := p.generation().cfg.Plugins.ParkAfter
		wait := parkLookMost
		if after > 0 {
			wait = min(max(after/4, parkLookLeast), parkLookMost)
		}
		select {
		case <-time.After(wait):
		case <-p.ctx.Done():
			return
		}
		if after > 0 && p.runtime.Crowded() {
			after = min(after, crowdedAfter)
		}
		if after == 0 {
			continue
		}
		asked := p.parkSilent(monotonic() - after)
		if asleep += asked; asked > 0 {
			last = time.Now()
		} else if asleep >= manyParked && time.Since(last) > giveBackAfter {
			debug.FreeOSMemory()
			asleep = 0
		}
	}
}

// parkSilent asks the sessions to sleep that have been silent since, and
// returns how many it has asked.
func (p *Proxy) parkSilent(since time.Duration) (asked int) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.sessions {
		if !s.busy.Load() && !s.parked.Load() && time.Duration(s.lastActive.Load()) < since {
			s.parked.Store(true) // asked once; what wakes it clears it
			s.Do(func() { s.park(since) })
			asked++
		}
	}
	return asked
}

// park puts the session's plugin instances to sleep and gives back everything
// that it only needs while it works, unless it has worked since. What it goes
// on holding is its connections, the few bytes in which its instances differ
// from their templates, and its own structures.
func (s *Session) park(since time.Duration) {
	if s.body == nil || s.busy.Load() || time.Duration(s.lastActive.Load()) >= since {
		s.parked.Store(false)
		return
	}
	for _, l := range append(s.body.chain[:len(s.body.chain):len(s.body.chain)], s.body.router) {
		if l.inst != nil {
			l.inst.Park()
		}
		l.held = nil
	}
	s.client.Doze()
	s.scratch, s.edited, s.adapted, s.withText = nil, nil, nil, nil
	s.built, s.replies = replyBuilder{}, replyFlow{}
}
