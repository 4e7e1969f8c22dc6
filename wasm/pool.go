package wasm

import (
	"slices"
	"sync"
	"time"
)

// Bounds of a pool.
const (
	// warmMachines are made before the first session needs one, and are kept.
	warmMachines = 4
	// maxFreeMachines bounds how many wait for work.
	maxFreeMachines = 256
	// trimEvery is how often machines that nobody has needed since are closed.
	trimEvery = 10 * time.Second
)

// pool keeps the clones of one template that have no work: instances take one
// when they are opened or woken and give it back when they are closed or
// parked. So there are as many machines as sessions that do something at the
// same time, not as many as there are sessions.
//
// It lives as long as its template or any instance does.
type pool struct {
	program *program
	image   *image
	limit   uint64

	mu     sync.Mutex
	free   []*machine
	spare  int // the fewest that were free since the last trim
	users  int // the template, and every instance that is open
	trim   *time.Timer
	counts Stats
}

// Stats are a template's figures at one moment.
type Stats struct {
	Made    uint64 // machines ever made
	Running int64  // machines that an instance uses
	Free    int64  // machines that wait for an instance
	Parked  int64  // instances that sleep
	Parks   uint64 // times that an instance has been put to sleep
	Image   int64  // bytes of the frozen memory, which all share
}

func (p *pool) stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.counts
	s.Free, s.Image = int64(len(p.free)), int64(len(p.image.bytes))
	return s
}

func newPool(p *program, im *image, limit uint64) *pool {
	return &pool{program: p, image: im, limit: limit, users: 1}
}

// warm makes machines so that the first sessions find some.
func (p *pool) warm() error {
	for range warmMachines {
		m, err := p.make()
		if err != nil {
			return err
		}
		p.mu.Lock()
		p.free = append(p.free, m)
		p.mu.Unlock()
	}
	return nil
}

func (p *pool) make() (*machine, error) {
	m, err := clone(p.image, p.program, p.limit)
	if err == nil {
		p.mu.Lock()
		p.counts.Made++
		p.mu.Unlock()
	}
	return m, err
}

// take returns a machine that is as new.
func (p *pool) take() (*machine, error) {
	p.mu.Lock()
	p.counts.Running++
	if n := len(p.free) - 1; n >= 0 {
		m := p.free[n]
		p.free[n] = nil
		p.free = p.free[:n]
		p.spare = min(p.spare, n)
		p.mu.Unlock()
		return m, nil
	}
	p.mu.Unlock()
	m, err := p.make()
	if err != nil {
		p.stopped()
	}
	return m, err
}

// give takes back a machine whose instance has ended or sleeps. Nothing of what
// that instance wrote is left in it when the next one gets it.
func (p *pool) give(m *machine) {
	p.stopped()
	if m.reset() != nil {
		m.close()
		return
	}
	p.mu.Lock()
	keep := len(p.free) < maxFreeMachines && p.users > 0
	if keep {
		p.free = append(p.free, m)
		if p.trim == nil && len(p.free) > warmMachines {
			p.spare = len(p.free)
			p.trim = time.AfterFunc(trimEvery, p.trimNow)
		}
	}
	p.mu.Unlock()
	if !keep {
		m.close()
	}
}

// drop closes a machine that must not be used again: its guest has failed in it.
func (p *pool) drop(m *machine) {
	p.stopped()
	m.close()
}

func (p *pool) stopped() {
	p.mu.Lock()
	p.counts.Running--
	p.mu.Unlock()
}

// sleeping counts an instance that goes to sleep, or with -1 one that does not
// sleep any more.
func (p *pool) sleeping(n int64) {
	p.mu.Lock()
	p.counts.Parked += n
	if n > 0 {
		p.counts.Parks++
	}
	p.mu.Unlock()
}

// trimNow closes what was not needed since the last time.
func (p *pool) trimNow() {
	p.mu.Lock()
	n := max(0, min(p.spare, len(p.free)-warmMachines))
	idle := append([]*machine(nil), p.free[:n]...)
	p.free = slices.Delete(p.free, 0, n) // which lets go of them
	p.spare, p.trim = len(p.free), nil
	if len(p.free) > warmMachines && p.users > 0 {
		p.trim = time.AfterFunc(trimEvery, p.trimNow)
	}
	p.mu.Unlock()
	for _, m := range idle {
		m.close()
	}
}

// enter adds an instance.
func (p *pool) enter() {
	p.mu.Lock()
	p.users++
	p.mu.Unlock()
}

// leave takes an instance or the template away. With the last one everything
// goes.
func (p *pool) leave() {
	p.mu.Lock()
	p.users--
	last := p.users == 0
	var free []*machine
	if last {
		free, p.free = p.free, nil
		if p.trim != nil {
			p.trim.Stop()
			p.trim = nil
		}
	}
	p.mu.Unlock()
	if !last {
		return
	}
	for _, m := range free {
		m.close()
	}
	p.image.close()
	p.program.release()
}
