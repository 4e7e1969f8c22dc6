package engine

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/module"
	"github.com/penstock-db/penstock/wasm"
)

// Options make a Proxy.
type Options struct {
	Config  *config.Config
	Logger  hclog.Logger // nil: silent
	Modules fs.FS        // the built-in modules, NAME.wasm each; nil: none
	// Runtime runs the plugins and stays the caller's; several proxies can
	// share one. Nil: New makes one, with the configuration's cache.
	Runtime *wasm.Runtime
	// Context ends when nobody waits for modules from registries any more: New,
	// and whatever reads modules anew, then fail. Nil: that is when the proxy ends.
	Context context.Context
}

// Proxy is a whole Penstock without its REST API: services, listeners,
// monitors and live sessions. Its methods may be called from any goroutine.
type Proxy struct {
	log     hclog.Logger
	modules *module.Source
	runtime *wasm.Runtime
	shared  bool // the runtime is somebody else's
	hangups *hangups
	version atomic.Uint32 // of the target tables: grows with every change of a server's status
	upgrade atomic.Uint32 // grows when sessions are to follow to new versions of their plugins
	retired atomic.Uint32 // grows when sessions are to leave a server that is in maintenance
	refused atomic.Uint32 // new versions of modules that did not work
	ctx     context.Context
	cancel  context.CancelFunc

	reading     context.Context // ends when nobody is to wait for a module any more
	stopReading context.CancelFunc

	sessionsRunning sync.WaitGroup
	accepting       sync.WaitGroup
	background      sync.WaitGroup

	reload    sync.Mutex             // one Start, Reload, Apply, upgrade, Drain or Close at a time
	leaving   bool                   // it drains; under reload
	versions  map[string]*succession // of definitions; under reload
	mu        sync.RWMutex
	gen       *generation
	services  map[string]*Service
	listeners map[string]*listener
	sessions  map[uint64]*Session
	nextID    uint32
}

// New loads every plugin and validates everything that can be validated
// without a server. It listens to nobody yet.
func New(o Options) (*Proxy, error) {
	if o.Logger == nil {
		o.Logger = hclog.NewNullLogger()
	}
	p := &Proxy{log: o.Logger, modules: &module.Source{BuiltIn: o.Modules, Log: o.Logger}, versions: map[string]*succession{}, services: map[string]*Service{}, listeners: map[string]*listener{}, sessions: map[uint64]*Session{}}
	cache := o.Config.Plugins.CachePath()
	p.modules.Cache = cache
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if o.Context == nil {
		o.Context = p.ctx
	}
	p.reading, p.stopReading = context.WithCancel(o.Context)
	var err error
	if p.hangups, err = newHangups(); err != nil {
		return nil, err
	}
	if p.runtime, p.shared = o.Runtime, o.Runtime != nil; !p.shared {
		p.runtime, err = wasm.NewRuntime(wasm.Config{CacheDir: cache, Logger: p.log.Named("plugins")})
	}
	if err == nil {
		p.gen, err = p.generate(p.ctx, o.Config, nil, everything)
	}
	if err != nil {
		p.hangups.close()
		p.closeRuntime()
		p.stopReading()
		p.cancel()
		return nil, err
	}
	return p, nil
}

// Start starts the monitors, waits until each server was looked at once, or
// ctx ends, and listens.
func (p *Proxy) Start(ctx context.Context) error {
	p.reload.Lock()
	defer p.reload.Unlock()
	p.startMonitors(p.gen, nil)
	p.awaitMonitors(ctx, p.gen)
	p.background.Go(p.parkIdle)
	p.background.Go(p.watchModules)
	p.adopt(p.gen)
	next, err := p.openListeners(p.gen.cfg)
	if err != nil {
		return err
	}
	next.begin()
	return nil
}

// firstLook bounds the wait for the first probe of every server.
const firstLook = 5 * time.Second

func (p *Proxy) generation() *generation {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.gen
}

// Drain stops listening and ends each session when it is idle, until none is
// left or ctx ends; its error then says how many are left.
func (p *Proxy) Drain(ctx context.Context) error {
	p.stopReading()
	p.reload.Lock()
	p.leaving = true
	p.stopListening()
	p.reload.Unlock() // who waits to change something learns that it is too late
	for _, s := range p.Sessions() {
		s.Do(s.leaveWhenIdle)
	}
	done := make(chan struct{})
	go func() { p.sessionsRunning.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d sessions are still busy: %w", len(p.Sessions()), ctx.Err())
	}
}

func (p *Proxy) stopListening() {
	p.mu.Lock()
	for name, l := range p.listeners {
		l.close()
		delete(p.listeners, name)
	}
	p.mu.Unlock()
	p.accepting.Wait()
}

// Close ends every session at once and gives everything back.
func (p *Proxy) Close() error {
	p.stopReading()
	p.reload.Lock()
	p.stopListening()
	for _, s := range p.Sessions() {
		s.stop(ErrShutdown)
	}
	p.sessionsRunning.Wait()
	p.cancel()
	p.reload.Unlock() // for who waits for it: he finds that the proxy has ended
	p.background.Wait()
	for _, m := range p.gen.monitors {
		m.Stop()
	}
	p.gen.release()
	p.hangups.close()
	return p.closeRuntime()
}

// closeRuntime closes the runtime if it is the proxy's own.
func (p *Proxy) closeRuntime() error {
	if p.shared || p.runtime == nil {
		return nil
	}
	return p.runtime.Close(context.Background())
}

// register gives a session its id and, once it is ready, shows it to others.
func (p *Proxy) register(s *Session, ready func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		p.nextID++
		if _, taken := p.sessions[uint64(p.nextID)]; !taken && p.nextID != 0 {
			break
		}
	}
	s.id = uint64(p.nextID)
	ready()
	p.sessions[s.id] = s
}

func (p *Proxy) forget(s *Session) {
	p.mu.Lock()
	delete(p.sessions, s.id)
	p.mu.Unlock()
	if s.counted {
		s.service.sessions.Add(-1)
	}
}

// kick has a server looked at now: a session has just failed to use it.
func (p *Proxy) kick(server string) {
	for _, m := range p.generation().monitors {
		for _, c := range m.servers {
			if c.Name == server {
				m.Kick(server)
			}
		}
	}
}

// resolve finds the host names of a client's address for accounts that are
// granted to names.
func (p *Proxy) resolve(ctx context.Context, ip netip.Addr) []string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupAddr(ctx, ip.String())
	if err != nil {
		return nil
	}
	var verified []string
	for _, name := range found {
		if ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name); err == nil && slices.Contains(ips, ip) {
			verified = append(verified, name[:max(0, len(name)-1)])
		}
	}
	return verified
}
