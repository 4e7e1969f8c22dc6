package monitor

// Continue has the monitor begin with what old, which has been stopped, knows
// of the servers that both watch at the same address. Without it a change of a
// monitor, or of one of its servers, would let all of them look as if they were
// down until they are probed. It has to be called before Start.
func (m *Monitor) Continue(old *Monitor) {
	if m.cfg.Module != old.cfg.Module {
		return // what one module reads means nothing to another
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old.mu.Lock()
	defer old.mu.Unlock()
	known := 0
	for _, mem := range m.members {
		was := old.byName[mem.server.Name]
		if was != nil && was.probed && was.server.Address == mem.server.Address && was.server.Socket == mem.server.Socket {
			mem.facts, mem.probed, mem.state = was.facts, true, was.state
			mem.maintenance, mem.draining = was.maintenance, was.draining
			mem.prober.last, mem.prober.failures = was.prober.last, was.prober.failures
			known++
		}
	}
	if known == 0 {
		return
	}
	m.settled = old.settled // the primary keeps its role
	if known == len(m.members) {
		close(m.ready)
	}
	m.recompute()
}
