package engine

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// Sessions returns every live session, in the order of their ids.
func (p *Proxy) Sessions() []*Session {
	p.mu.RLock()
	list := slices.Collect(maps.Values(p.sessions))
	p.mu.RUnlock()
	slices.SortFunc(list, func(a, b *Session) int { return cmp.Compare(a.id, b.id) })
	return list
}

// Session returns a live session.
func (p *Proxy) Session(id uint64) (*Session, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	s, ok := p.sessions[id]
	return s, ok
}

// SessionIDs returns the ids of all live sessions, in their order.
func (p *Proxy) SessionIDs() []uint64 {
	p.mu.RLock()
	ids := slices.AppendSeq(make([]uint64, 0, len(p.sessions)), maps.Keys(p.sessions))
	p.mu.RUnlock()
	slices.Sort(ids)
	return ids
}

// Snapshot returns a snapshot of one session, or ErrNoSession.
func (p *Proxy) Snapshot(id uint64) (Snapshot, error) {
	s, ok := p.Session(id)
	if !ok {
		return Snapshot{}, ErrNoSession
	}
	return s.Snapshot(), nil
}

// Outline does what Session.Outline does with one session, or returns
// ErrNoSession and leaves snap as it is.
func (p *Proxy) Outline(id uint64, snap *Snapshot) error {
	s, ok := p.Session(id)
	if !ok {
		return ErrNoSession
	}
	s.Outline(snap)
	return nil
}

// DiagnoseSession asks a session's plugins about themselves: see
// Session.Diagnose.
func (p *Proxy) DiagnoseSession(ctx context.Context, id uint64) ([]Diagnosis, error) {
	s, ok := p.Session(id)
	if !ok {
		return nil, ErrNoSession
	}
	return s.Diagnose(ctx)
}

// UpdateSession changes a session: see Session.Update.
func (p *Proxy) UpdateSession(ctx context.Context, id uint64, u Update) error {
	s, ok := p.Session(id)
	if !ok {
		return ErrNoSession
	}
	return s.Update(ctx, u)
}

// RestartSession restarts a session: see Session.Restart.
func (p *Proxy) RestartSession(ctx context.Context, id uint64) error {
	s, ok := p.Session(id)
	if !ok {
		return ErrNoSession
	}
	return s.Restart(ctx)
}

// restartsAtOnce bounds how many sessions a restart of all makes anew at one
// time: each opens connections, and a server that is gone costs each its timeout.
const restartsAtOnce = 32

// RestartAll restarts every session. It tries all and returns RestartErrors
// with every failure, in the order of the sessions' ids.
func (p *Proxy) RestartAll(ctx context.Context) error {
	sessions := p.Sessions()
	failures := make([]*RestartError, len(sessions))
	turns := make(chan struct{}, restartsAtOnce)
	var running sync.WaitGroup
	for i, s := range sessions {
		turns <- struct{}{}
		running.Go(func() {
			defer func() { <-turns }()
			errors.As(s.Restart(ctx), &failures[i])
		})
	}
	running.Wait()
	failed := RestartErrors(slices.DeleteFunc(failures, func(e *RestartError) bool { return e == nil }))
	if len(failed) == 0 {
		return nil
	}
	return failed
}

// Kill ends a session: see Session.Kill.
func (p *Proxy) Kill(id uint64, ttl time.Duration) error {
	s, ok := p.Session(id)
	if !ok {
		return ErrNoSession
	}
	return s.Kill(ttl)
}

// Services lists the services in the order of their names.
func (p *Proxy) Services() []ServiceInfo {
	g := p.generation()
	list := []ServiceInfo{}
	services, active := p.atWork()
	for _, name := range slices.Sorted(maps.Keys(g.plans)) {
		info := ServiceInfo{Config: g.plans[name].cfg, Router: g.plans[name].router.status()}
		if s := services[name]; s != nil {
			info.Active, info.Statements, info.Users = active[s], s.statements.Stats(), s.listUsers()
			info.Started, info.Running = s.started, !info.Config.Stopped
			info.Refused, info.Statistics = s.refused.Load(), s.counts.sum()
			info.Connections, info.Total, info.Peak = uint64(s.sessions.Load()), s.total.Load(), uint64(s.peak.Load())
		}
		list = append(list, info)
	}
	return list
}

// Servers lists the servers in the order of their names.
func (p *Proxy) Servers() []ServerInfo {
	g := p.generation()
	monitors := map[string]string{}
	for name, m := range g.monitors {
		for _, c := range m.servers {
			monitors[c.Name] = name
		}
	}
	list := []ServerInfo{}
	for _, name := range slices.Sorted(maps.Keys(g.servers)) {
		s := g.servers[name]
		st := s.state.Load()
		info := ServerInfo{Config: g.cfg.Servers[name], Monitor: monitors[name], State: st.Status.String(),
			Connections: uint64(s.connections.Load()), Total: s.total.Load(), Outstanding: uint64(s.outstanding.Load()), Traffic: s.traffic.sum(), GTID: st.GTID, Version: st.Version,
			Uptime: st.Uptime, NodeID: st.NodeID, PrimaryID: st.PrimaryID, Lag: st.Lag, LastEvent: st.LastEvent, TriggeredAt: st.TriggeredAt}
		if st.Err != nil {
			info.Detail = st.Err.Error()
		}
		list = append(list, info)
	}
	return list
}

// Filters lists the filter definitions in the order of their names.
func (p *Proxy) Filters() []FilterInfo {
	g := p.generation()
	list := []FilterInfo{}
	for _, name := range slices.Sorted(maps.Keys(g.filters)) {
		list = append(list, FilterInfo{Config: g.cfg.Filters[name], Status: g.filters[name].status()})
	}
	return list
}

// Listeners lists the listeners in the order of their names.
func (p *Proxy) Listeners() []ListenerInfo {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := []ListenerInfo{}
	for _, name := range slices.Sorted(maps.Keys(p.gen.cfg.Listeners)) {
		info := ListenerInfo{Config: p.gen.cfg.Listeners[name]}
		if l := p.listeners[name]; l != nil {
			info.Address, info.Running = l.address(), true
		}
		list = append(list, info)
	}
	return list
}

// Monitors lists the monitors in the order of their names.
func (p *Proxy) Monitors() []MonitorInfo {
	g := p.generation()
	list := []MonitorInfo{}
	for _, name := range slices.Sorted(maps.Keys(g.monitors)) {
		list = append(list, MonitorInfo{Config: g.monitors[name].cfg, Running: !g.monitors[name].cfg.Stopped, Members: g.monitors[name].Members()})
	}
	return list
}
