package monitor

import (
	"context"
	"slices"
	"time"
)

type watcher struct {
	call func(server string, old, new State)
}

// change is what the watchers have not heard yet of one server.
type change struct {
	member   *member
	old, new State
}

// Watch calls f for every change of a server's state but those that go on all
// the time (GTID position, uptime). All watchers are called by one goroutine,
// one change after the other; while one of them is busy, changes of the same
// server add up to one. The returned function ends the watch; f may still be
// running when it returns.
func (m *Monitor) Watch(f func(server string, old, new State)) (cancel func()) {
	w := &watcher{f}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watchers = append(m.watchers[:len(m.watchers):len(m.watchers)], w)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.watchers = slices.DeleteFunc(slices.Clone(m.watchers), func(o *watcher) bool { return o == w })
	}
}

// recompute judges all servers and queues what changed. m.mu is held.
func (m *Monitor) recompute() {
	for i, n := range m.judge(m.members, m.settled) {
		mem := m.members[i]
		old := mem.state
		n.LastEvent, n.TriggeredAt = old.LastEvent, old.TriggeredAt
		if e := event(old.Status, n.Status); e != "" {
			n.LastEvent, n.TriggeredAt = e, time.Now()
		}
		mem.state = n
		if old.matters(&n) {
			m.queue(mem, old, n)
		}
	}
}

func (m *Monitor) queue(mem *member, old, n State) {
	i := slices.IndexFunc(m.pending, func(c *change) bool { return c.member == mem })
	if i >= 0 {
		m.pending[i].new = n
	} else {
		m.pending = append(m.pending, &change{mem, old, n})
	}
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// notify calls the watchers until ctx ends.
func (m *Monitor) notify(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.changed:
		}
		m.mu.Lock()
		changes, watchers := m.pending, m.watchers
		m.pending = nil
		m.mu.Unlock()
		for _, c := range changes {
			name := c.member.server.Name
			m.logChange(name, c.old, c.new)
			for _, w := range watchers {
				if ctx.Err() != nil {
					return
				}
				w.call(name, c.old, c.new)
			}
		}
	}
}

func (m *Monitor) logChange(server string, old, n State) {
	switch {
	case old.Status != n.Status:
		m.log.Info("server changed", "server", server, "was", old.Status.String(), "is", n.Status.String(), "reason", text(n.Err))
	case text(old.Err) != text(n.Err) && n.Err != nil:
		m.log.Warn("server has a problem", "server", server, "is", n.Status.String(), "reason", text(n.Err))
	}
}
