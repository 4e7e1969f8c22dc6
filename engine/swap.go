package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// patience is how often a change that waits for an idle session looks whether it
// still is.
const patience = 100 * time.Millisecond

// swap is a chain that waits for its session to be idle. Its instances are
// open already.
type swap struct {
	chain []*link
}

// Update changes the session: its log flags, its chain, or both. Everything is
// checked and every new instance is open before anything changes. The new
// chain takes over when the session is idle, at once if it is now; the last
// Update wins.
//
// It fails with ErrNoSession, *UnknownFilterError or *FilterOpenError.
func (s *Session) Update(ctx context.Context, u Update) error {
	if !s.started() {
		return ErrNoSession
	}
	if u.Filters != nil {
		chain, err := s.openChain(ctx, *u.Filters, abi.OpenSwap)
		if err != nil {
			return err
		}
		s.mu.Lock()
		if s.published.releasing {
			s.mu.Unlock()
			closeUnused(s, chain)
			return ErrNoSession
		}
		old := s.published.pending
		s.published.pending = &swap{chain: chain}
		s.mu.Unlock()
		if old != nil {
			closeUnused(s, old.chain)
		}
		if !s.settleSoon(ctx) {
			return ErrNoSession
		}
	}
	s.log.SetFlags(fromLogFlags(u.LogFlags.Apply(toLogFlags(s.log.Flags()))))
	return nil
}

// settleSoon has the session look whether it is idle, and do what waits for that.
// If it is, or is about to be, settleSoon returns when that is done, so that the
// caller sees what has come of it. It is false if the session has ended.
func (s *Session) settleSoon(ctx context.Context) bool {
	settled := make(chan struct{})
	if !s.Do(func() { s.settle(); close(settled) }) {
		return false
	}
	for !s.busy.Load() {
		select {
		case <-settled:
			return true
		case <-s.done:
			return false
		case <-ctx.Done():
			return true
		case <-time.After(patience): // a command may have come first
		}
	}
	return true
}

// started reports whether the session is between login and end. Before and
// after there is nothing that could be changed.
func (s *Session) started() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.published.state == StateStarted
}

// openChain opens an instance for each name.
func (s *Session) openChain(ctx context.Context, names []string, reason abi.OpenReason) ([]*link, error) {
	plan := s.currentPlan()
	if plan == nil {
		return nil, ErrNoSession // it was accepted this moment, and is nothing yet
	}
	defs, err := s.proxy.holdFilters(names)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, def := range defs {
			def.release()
		}
	}()
	chain := make([]*link, 0, len(defs))
	for i, def := range defs {
		l, err := s.openLink(ctx, def, reason, plan)
		if err != nil {
			closeUnused(s, chain)
			return nil, &FilterOpenError{Index: i, Name: def.name, Err: err}
		}
		chain = append(chain, l)
	}
	return chain, nil
}

// closeUnused closes instances that never worked for their session.
func closeUnused(s *Session, chain []*link) {
	for _, l := range chain {
		s.closeLink(l, abi.CloseSwap)
	}
}

// applySwap puts a waiting chain in place. The session is idle.
func (s *Session) applySwap() {
	s.mu.Lock()
	next := s.published.pending
	s.published.pending = nil
	s.mu.Unlock()
	if next == nil {
		return
	}
	old := s.body.chain
	s.handOver(old, next.chain)
	s.setChain(next.chain)
	for _, l := range old {
		s.closeLink(l, abi.CloseSwap)
	}
	s.notice("filters swapped", "filters", names(next.chain))
}

// detach asks an instance for the state that its successor is to have; nil if
// it offers none.
func (s *Session) detach(l *link) []byte {
	if !l.def.desc.WantsEvent(abi.EventDetach) {
		return nil
	}
	verdict, err := l.inst.Event(abi.EventDetach, 0, 0)
	if err != nil {
		s.warn("plugin failed to hand its state over", "filter", l.def.name, "error", err)
		return nil
	}
	if verdict.Action() != abi.Replaced {
		return nil
	}
	return append([]byte{}, l.inst.Output()...) // a state of no bytes is one, too
}

// handOver gives the state of an instance that goes to the one of the same
// plugin that comes, in order, where the plugin offers it.
func (s *Session) handOver(old, next []*link) {
	taken := map[*link]bool{}
	for _, from := range old {
		if from.inst == nil || !from.def.desc.WantsEvent(abi.EventDetach) {
			continue
		}
		i := slices.IndexFunc(next, func(l *link) bool { return !taken[l] && l.def.samePlugin(from.def) })
		if i < 0 {
			continue
		}
		taken[next[i]] = true
		state := s.detach(from)
		if state == nil {
			continue
		}
		fresh, err := next[i].def.template.Open(s.ctx, abi.OpenSwap, &next[i].host, state)
		if err != nil {
			s.warn("plugin cannot take its predecessor's state over and begins without", "filter", from.def.name, "error", err)
			continue
		}
		next[i].inst.Close(abi.CloseSwap)
		next[i].set(fresh)
	}
}

func (s *Session) setChain(chain []*link) {
	s.body.chain = chain
	s.parked.Store(false)
	s.body.subscribe()
	s.mu.Lock()
	s.published.chain, s.published.router = chain, s.body.router
	s.mu.Unlock()
	s.body.router.host.enliven()
	for _, l := range chain {
		l.host.plan = s.body.plan // it was opened for the plan of its time
		l.host.enliven()
	}
}

// dropPending closes what waited for a moment that does not come any more.
func (s *Session) dropPending() {
	s.mu.Lock()
	s.published.releasing = true
	pending, again := s.published.pending, s.published.restart
	s.published.pending, s.published.restart = nil, nil
	if s.published.kill != nil {
		s.published.kill.Stop()
	}
	s.mu.Unlock()
	if pending != nil {
		closeUnused(s, pending.chain)
	}
	if again != nil {
		again.drop(s, ErrNoSession)
	}
}

// restart is a new session body that waits for its session to be idle. Its
// instances are open already, its backends are not.
type restart struct {
	plan   *plan
	router *link
	chain  []*link
	result chan error // buffered
}

func (r *restart) drop(s *Session, err error) {
	closeUnused(s, append(r.chain, r.router))
	r.result <- err
}

// Restart builds a new session body from the service's configuration as it is
// now: router, filters and backends, with the session command history replayed.
// If the session is busy it happens when it is idle; then only what can be
// checked now is an error now. A restart that fails leaves the session as it was.
func (s *Session) Restart(ctx context.Context) error {
	if !s.started() {
		return ErrNoSession
	}
	p := s.service.plan()
	if p == nil {
		return &RestartError{s.id, errors.New("its service is no longer configured")}
	}
	defer p.release() // what is opened of it holds its definition itself
	r := &restart{plan: p, result: make(chan error, 1)}
	var err error
	if r.router, err = s.openLink(ctx, p.router, abi.OpenRestart, p); err != nil {
		return s.notRestarted(err)
	}
	for _, def := range p.filters {
		l, err := s.openLink(ctx, def, abi.OpenRestart, p)
		if err != nil {
			closeUnused(s, append(r.chain, r.router))
			return s.notRestarted(&FilterOpenError{Index: len(r.chain), Name: def.name, Err: err})
		}
		r.chain = append(r.chain, l)
	}
	s.mu.Lock()
	if s.published.releasing {
		s.mu.Unlock()
		r.drop(s, nil)
		return ErrNoSession
	}
	old, pending := s.published.restart, s.published.pending
	s.published.restart, s.published.pending = r, nil // it defines the chain anew
	s.published.failed = nil
	s.mu.Unlock()
	if old != nil {
		old.drop(s, nil)
	}
	if pending != nil {
		closeUnused(s, pending.chain)
	}
	if !s.settleSoon(ctx) {
		return ErrNoSession
	}
	select {
	case err := <-r.result:
		return s.notRestarted(err)
	case <-s.done:
		return ErrNoSession
	default:
		return nil // it will be done at the next idle moment
	}
}

// applyRestart puts a waiting body in place. The session is idle.
func (s *Session) applyRestart() {
	s.mu.Lock()
	r := s.published.restart
	s.published.restart = nil
	s.mu.Unlock()
	if r == nil {
		return
	}
	next := &body{plan: r.plan, router: r.router, chain: r.chain, upstreams: make([]*upstream, len(r.plan.targets.servers))}
	next.subscribe()
	for _, u := range s.body.upstreams {
		if u == nil {
			continue
		}
		target := next.plan.targets.index(u.server.cfg.Name)
		if target < 0 {
			continue
		}
		fresh, err := s.open(next, target)
		if err != nil {
			for _, opened := range next.upstreams {
				if opened != nil {
					s.release(opened)
				}
			}
			if s.ctx.Err() == nil {
				s.mu.Lock()
				s.published.failed = err
				s.mu.Unlock()
				s.warn("the session could not be restarted and goes on as it was", "error", err)
			}
			r.drop(s, err)
			return
		}
		next.upstreams[target] = fresh
	}
	old := s.body
	s.body, s.lastTarget = next, -1
	for target := range old.upstreams {
		s.statements.Lost(target)
	}
	s.publishUpstreams()
	s.setChain(next.chain)
	s.mu.Lock()
	s.published.failed = nil
	s.mu.Unlock()
	s.publishPlan(next.plan)
	s.box.patience = next.plan.cfg.NetTimeout
	for _, u := range old.upstreams {
		if u != nil {
			s.release(u)
		}
	}
	s.closeLinks(old, abi.CloseRestart)
	s.notice("session restarted")
	r.result <- nil
}
