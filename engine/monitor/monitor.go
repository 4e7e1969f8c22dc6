package monitor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/engine/config"
)

// ErrUnknownServer means that the monitor does not watch the named server.
var ErrUnknownServer = errors.New("the monitor does not watch this server")

// Monitor watches the servers of one [monitors.NAME] section. All methods may
// be called from any goroutine, watchers included.
type Monitor struct {
	cfg   *config.Monitor
	log   hclog.Logger
	judge func(members []*member, settled bool) []State

	members []*member          // in the configuration's order; the slice never changes
	byName  map[string]*member // never changes

	ready   chan struct{}
	changed chan struct{} // capacity 1: the notifier has work
	wg      sync.WaitGroup

	mu       sync.Mutex // guards what follows and the members' mutable fields
	cancel   context.CancelFunc
	stopped  bool
	settled  bool // every server was probed once
	watchers []*watcher
	pending  []*change
}

// member is one watched server.
type member struct {
	server *config.Server
	prober *prober

	reports atomic.Uint64 // probes that have ended

	// Guarded by Monitor.mu.
	facts       facts     // of the last probe that counts
	probed      bool      // a first probe has ended
	probedAt    time.Time // the last probe has
	maintenance bool
	draining    bool
	state       State
}

// New makes a monitor of the given servers. It does nothing before Start.
func New(cfg *config.Monitor, servers []*config.Server, log hclog.Logger) *Monitor {
	if log == nil {
		log = hclog.NewNullLogger()
	}
	m := &Monitor{
		cfg: cfg, log: log, judge: judge,
		byName:  make(map[string]*member, len(servers)),
		ready:   make(chan struct{}),
		changed: make(chan struct{}, 1),
	}
	if cfg.Module == config.MonitorGalera {
		m.judge = judgeGalera
	}
	for _, s := range servers {
		mem := &member{server: s, prober: newProber(cfg, s), maintenance: s.Maintenance, draining: s.Draining}
		mem.state = State{Lag: -1, Err: errNotProbed}
		byHand(mem, &mem.state)
		m.members = append(m.members, mem)
		m.byName[s.Name] = mem
	}
	if len(m.members) == 0 {
		m.settled = true
		close(m.ready)
	}
	return m
}

// Start begins to watch, until Stop or the end of ctx. A second Start, or one
// after Stop, does nothing.
func (m *Monitor) Start(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cancel != nil || m.stopped {
		return
	}
	ctx, m.cancel = context.WithCancel(ctx)
	m.wg.Go(func() { m.notify(ctx) })
	for _, mem := range m.members {
		m.wg.Go(func() {
			mem.prober.run(ctx, func(f facts) { m.report(mem, f) })
		})
	}
}

// Stop ends all probes and waits until everything that Start began has ended;
// no watcher runs after it. It must not be called by a watcher.
func (m *Monitor) Stop() {
	m.mu.Lock()
	m.stopped = true
	cancel := m.cancel
	m.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	m.wg.Wait()
}

// Ready is closed when the first probe of every server has ended, well or badly.
func (m *Monitor) Ready() <-chan struct{} { return m.ready }

// State returns what is known of a server; the zero State with
// [ErrUnknownServer] if the monitor does not watch it.
func (m *Monitor) State(server string) State {
	mem := m.byName[server]
	if mem == nil {
		return State{Lag: -1, Err: unknown(server)}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return mem.state
}

// SetMaintenance sets or clears a server's maintenance by hand. A server in
// maintenance keeps being probed but has no role. It acts at once.
func (m *Monitor) SetMaintenance(server string, on bool) error {
	return m.set(server, func(mem *member) { mem.maintenance = on })
}

// SetDraining sets or clears a server's draining by hand: it keeps its role
// for the connections that exist, and gets no new ones.
func (m *Monitor) SetDraining(server string, on bool) error {
	return m.set(server, func(mem *member) { mem.draining = on })
}

func (m *Monitor) set(server string, f func(*member)) error {
	mem := m.byName[server]
	if mem == nil {
		return unknown(server)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f(mem)
	m.recompute()
	return nil
}

// Kick probes a server now rather than at its next turn; whoever lost a
// connection to it should call it. It never waits. Many Kicks at once are one
// probe. It returns [ErrUnknownServer] if the monitor does not watch the server.
func (m *Monitor) Kick(server string) error {
	mem := m.byName[server]
	if mem == nil {
		return unknown(server)
	}
	mem.prober.kick()
	return nil
}

func unknown(server string) error { return fmt.Errorf("server %q: %w", server, ErrUnknownServer) }

// report takes in the result of a probe.
func (m *Monitor) report(mem *member, f facts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mem.facts, mem.probedAt = f, time.Now()
	defer mem.reports.Add(1)
	if !mem.probed {
		mem.probed = true
		settled := true
		for _, o := range m.members {
			settled = settled && o.probed
		}
		if settled {
			// From here on a primary that works is not replaced by another.
			// Until now, whoever answered first may have been taken for it.
			m.recompute()
			m.settled = true
			close(m.ready)
			return
		}
	}
	m.recompute()
}
