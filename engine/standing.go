package engine

import (
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/monitor"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// setStates gives every server the state that it is to have now: what its
// monitor knows, and what administrators want. Sessions leave those that are in
// maintenance. Its caller holds p.reload.
func (p *Proxy) setStates(g *generation) {
	watched := map[string]bool{}
	for _, m := range g.monitors {
		for _, c := range m.servers {
			watched[c.Name] = true
			in := p.inMaintenance(g, c.Name)
			_ = m.SetMaintenance(c.Name, in) // it watches the server
			_ = m.SetDraining(c.Name, g.cfg.Servers[c.Name].Draining)
		}
		// The monitor's watcher runs on its own goroutine: what it has not yet
		// told is asked for.
		for _, c := range m.servers {
			state := m.State(c.Name)
			g.servers[c.Name].state.Store(&state)
		}
	}
	for name, s := range g.servers {
		if !watched[name] {
			s.state.Store(unwatchedState(g.cfg.Servers[name], p.inMaintenance(g, name)))
		}
	}
	p.version.Add(1)
	p.leaveMaintained()
}

// inMaintenance reports whether nobody is to use the server: it is in
// maintenance, or was to be drained and is.
func (p *Proxy) inMaintenance(g *generation, server string) bool {
	c := g.cfg.Servers[server]
	return c.Maintenance || c.Draining && g.servers[server].connections.Load() == 0
}

// unwatchedState is the state of a server that no monitor watches: what it must
// be for anything to work.
func unwatchedState(c *config.Server, maintenance bool) *monitor.State {
	s := &monitor.State{Status: abi.TargetRunning | abi.TargetPrimary, Lag: -1}
	if maintenance {
		s.Status = abi.TargetRunning | abi.TargetMaintenance
	}
	if c.Draining {
		s.Status |= abi.TargetDraining
	}
	return s
}

// leaveMaintained has the sessions that have a connection to a server in
// maintenance close it as soon as they are idle.
func (p *Proxy) leaveMaintained() {
	p.retired.Add(1)
	for _, s := range p.Sessions() {
		s.mu.Lock()
		upstreams := s.published.backends
		s.mu.Unlock()
		for _, u := range upstreams {
			if u.server.status().Has(abi.TargetMaintenance) {
				s.Do(s.settle)
				break
			}
		}
	}
}

// leaveMaintained closes the session's connections to servers that are in
// maintenance. It is idle.
func (s *Session) leaveMaintained() {
	for target, u := range s.body.upstreams {
		if u != nil && u.server.status().Has(abi.TargetMaintenance) {
			s.disconnect(target, false)
			s.notice("backend closed: its server is in maintenance", "server", u.server.cfg.Name)
		}
	}
}

// AbandonServer closes all connections of sessions to a server at once, whatever
// they are used for: statements that it works on are killed there, and a session
// whose transaction is lost ends. To keep sessions from connecting again, the
// server has to be in maintenance before.
func (p *Proxy) AbandonServer(server string) {
	for _, s := range p.Sessions() {
		s.mu.Lock()
		upstreams := s.published.backends
		s.mu.Unlock()
		for _, u := range upstreams {
			if u.server.cfg.Name == server {
				u.conn.Wire().Raw().SetDeadline(longAgo) // the reply that is waited for is lost
				s.Do(func() { s.abandonUpstream(u) })
			}
		}
	}
}

// abandonUpstream gives a backend up between two commands.
func (s *Session) abandonUpstream(u *upstream) {
	if s.body == nil || s.body.upstreams[u.target] != u || u.gone() {
		return
	}
	if u.conn.Status().Has(wire.StatusInTrans) {
		s.cancel(clientErrorf(wire.ErConnectionKilled, "70100", "Connection was killed: server %q was put into maintenance by force, and the transaction is rolled back", u.server.cfg.Name))
		return
	}
	s.disconnect(u.target, false)
}

// left counts a connection to the server out. A server that drains is in
// maintenance when it was the last one.
func (p *Proxy) left(s *server) {
	st := s.status()
	if s.connections.Add(-1) > 0 || !st.Has(abi.TargetDraining) || st.Has(abi.TargetMaintenance) {
		return
	}
	p.background.Go(func() {
		if p.beginChange() != nil {
			return
		}
		defer p.reload.Unlock()
		p.setStates(p.generation())
		p.log.Info("a server is drained: no session uses it any more", "server", s.cfg.Name)
	})
}
