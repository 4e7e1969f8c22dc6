package wasm

import (
	"maps"
	"slices"
	"sync"
)

// population is what the instances of one template hold for themselves. Only
// an instance that begins, ends, sleeps or wakes takes its lock; calls do not.
type population struct {
	mu      sync.Mutex
	running map[*machine]struct{}
	asleep  int64 // bytes of parked states
}

// awake counts a machine in that an instance has got.
func (p *population) awake(m *machine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		p.running = map[*machine]struct{}{}
	}
	p.running[m] = struct{}{}
}

// away counts a machine out that its instance has no more.
func (p *population) away(m *machine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, m)
}

// sleeping adds to the bytes of the parked states, or takes away from them.
func (p *population) sleeping(bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asleep += bytes
}

// private adds up what all hold. The kernel is asked for each machine's pages
// without the lock: a machine that goes meanwhile makes the sum wrong by
// itself, and nothing worse (see privatePages).
func (p *population) private() int64 {
	p.mu.Lock()
	running, sum := slices.Collect(maps.Keys(p.running)), p.asleep
	p.mu.Unlock()
	for _, m := range running {
		sum += m.private()
	}
	return sum
}

// Private returns the bytes that all instances of the template together hold
// for themselves: see [Instance.Memory]. It costs a system call for each
// instance that is awake. Any goroutine may ask.
func (t *Template) Private() int64 { return t.population.private() }
