package watch

import "time"

// meter finds how fast counters grow from one look to the next.
type meter struct {
	at   time.Time
	last map[identity]uint64
}

// identity tells a session from one of the same id after the proxy's restart.
type identity struct{ id, connected string }

// measure sets the sessions' rates. A session that was not there before has been
// counting since it began, and the first look knows no rates at all.
func (m *meter) measure(list []session, now time.Time) {
	past := now.Sub(m.at).Seconds()
	seen := make(map[identity]uint64, len(list))
	for i := range list {
		s := &list[i]
		who := identity{s.id, s.connected}
		seen[who] = s.queries
		before, known := m.last[who]
		if m.last != nil && past > 0 && (!known || before <= s.queries) {
			s.qps = float64(s.queries-before) / past
		}
	}
	m.at, m.last = now, seen
}
