package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/module"
	"github.com/penstock-db/penstock/engine/monitor"
	"github.com/penstock-db/penstock/wasm/abi"
)

// plan is what a session's body is built from: one service as one generation of
// the configuration has it. It is counted, for its definitions: the generation
// holds it, and whoever opens instances of them. A session that was built keeps
// the configuration and the servers, and each of its instances its definition.
type plan struct {
	cfg     *config.Service
	router  *definition
	filters []*definition
	targets targets
	refs    atomic.Int64
}

func (p *plan) release() {
	if p.refs.Add(-1) > 0 {
		return
	}
	p.router.release()
	for _, f := range p.filters {
		f.release()
	}
}

// generation is everything that one configuration makes: a reload makes a new
// one and lets the old go. What has not changed is taken over.
type generation struct {
	cfg      *config.Config
	servers  map[string]*server
	filters  map[string]*definition
	plans    map[string]*plan
	monitors map[string]*watched
	away     error // of registries: why definitions are as they were, and nobody has looked
}

// watched is a monitor and what it was made from.
type watched struct {
	cfg     *config.Monitor
	servers []*config.Server
	*monitor.Monitor
}

// scope is which plugins' definitions are looked at for changes: their options,
// and their modules as they are now. Others are as they were.
type scope func(kind abi.Kind, name string) bool

func everything(abi.Kind, string) bool { return true }

// generate builds a generation. All errors are reported; with any, nothing is
// kept.
func (p *Proxy) generate(ctx context.Context, cfg *config.Config, old *generation, anew scope) (*generation, error) {
	if old == nil {
		old = &generation{}
	}
	g := &generation{cfg: cfg, servers: map[string]*server{}, filters: map[string]*definition{}, plans: map[string]*plan{}, monitors: map[string]*watched{}}
	define := func(name string, kind abi.Kind, c config.Plugin, old *definition) (*definition, error) {
		if old != nil && !anew(kind, name) {
			old.acquire()
			return old, nil
		}
		d, err := p.define(ctx, name, kind, c, old)
		var away *module.UnavailableError
		if errors.As(err, &away) && old != nil && reflect.DeepEqual(old.cfg, c) {
			g.away = errors.Join(g.away, err)
			old.acquire()
			return old, nil
		}
		return d, err
	}
	var errs []error
	for name, c := range cfg.Servers {
		if o := old.servers[name]; o != nil && sameServer(o.cfg, c) {
			g.servers[name] = o
			continue
		}
		s, err := newServer(c)
		if o := old.servers[name]; o != nil {
			s.usage = o.usage
			if o.cfg.Address == c.Address && o.cfg.Socket == c.Socket {
				s.state = o.state // sessions that still have the old one are to know what becomes of it
			}
		}
		errs = append(errs, err)
		g.servers[name] = s
	}
	for name, c := range cfg.Filters {
		d, err := define(name, abi.KindFilter, c.Plugin, old.filters[name])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		g.filters[name] = d
	}
	if errors.Join(errs...) == nil {
		for name, c := range cfg.Services {
			var was *definition
			if old.plans[name] != nil {
				was = old.plans[name].router
			}
			router, err := define(name, abi.KindRouter, c.Router, was)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			g.plans[name] = p.newPlan(g, c, router)
		}
	}
	if err := errors.Join(errs...); err != nil {
		g.release()
		return nil, err
	}
	maps.DeleteFunc(p.versions, func(_ string, v *succession) bool { return v.extinct() })
	for name, c := range cfg.Monitors {
		g.monitors[name] = p.newMonitor(g, c, old.monitors[name])
	}
	return g, nil
}

// newPlan makes a service's plan, which takes the router's definition over.
func (p *Proxy) newPlan(g *generation, c *config.Service, router *definition) *plan {
	pl := &plan{cfg: c, router: router, targets: targets{version: &p.version}}
	pl.refs.Store(1)
	for _, name := range c.Filters {
		d := g.filters[name]
		d.acquire()
		pl.filters = append(pl.filters, d)
	}
	for _, name := range c.Servers {
		pl.targets.servers = append(pl.targets.servers, g.servers[name])
	}
	return pl
}

// newMonitor makes a monitor, or takes over the old one if neither it nor its
// servers have changed.
func (p *Proxy) newMonitor(g *generation, c *config.Monitor, old *watched) *watched {
	servers := make([]*config.Server, len(c.Servers))
	for i, name := range c.Servers {
		servers[i] = g.cfg.Servers[name]
	}
	if old != nil && reflect.DeepEqual(old.cfg, c) && slices.EqualFunc(old.servers, servers, sameServer) {
		return old
	}
	return &watched{cfg: c, servers: servers, Monitor: monitor.New(c, servers, p.log.Named("monitor"))}
}

// startMonitors stops what is gone and starts what is new, which goes on with
// what its predecessor knows. The states that the new ones find reach the
// servers, and through the version of the target table the routers of running
// sessions.
func (p *Proxy) startMonitors(g, old *generation) {
	if old == nil {
		old = &generation{}
	}
	for name, m := range old.monitors {
		if g.monitors[name] != m {
			m.Stop()
		}
	}
	for name, m := range g.monitors {
		if old.monitors[name] == m {
			continue
		}
		if was := old.monitors[name]; was != nil {
			m.Continue(was.Monitor)
		}
		m.Watch(func(name string, _, state monitor.State) {
			if s := g.servers[name]; s != nil {
				s.state.Store(&state)
				p.version.Add(1)
			}
		})
		m.Start(p.ctx)
	}
}

// release lets go of what the generation holds. Sessions keep what they use.
func (g *generation) release() {
	for _, pl := range g.plans {
		pl.release()
	}
	for _, d := range g.filters {
		d.release()
	}
}

// sameServer reports whether the configurations differ in nothing but what
// [Proxy.setStates] sees to.
func sameServer(a, b *config.Server) bool {
	x, y := *a, *b
	x.Maintenance, x.Draining = y.Maintenance, y.Draining
	return reflect.DeepEqual(x, y)
}

// newServer prepares what sessions need to know about a server.
func newServer(cfg *config.Server) (*server, error) {
	s := &server{cfg: cfg, usage: &usage{}, state: &atomic.Pointer[monitor.State]{}}
	s.state.Store(unwatchedState(cfg, cfg.Maintenance))
	if cfg.TLS != nil {
		host, _, _ := net.SplitHostPort(cfg.Address)
		var err error
		if s.tls, err = cfg.TLS.ClientConfig(host); err != nil {
			return s, fmt.Errorf("server %q: TLS: %w", cfg.Name, err)
		}
	}
	return s, nil
}
