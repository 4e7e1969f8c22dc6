package engine

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Apply takes over a configuration that an administrator has changed while
// Penstock runs. It differs from [Proxy.Reload] in what it reaches: filters
// whose definitions have changed are taken over by live sessions, as
// [Proxy.UpgradeFilter] does it; and only what has changed is looked at, so
// that a change of one thing brings nothing else into force.
//
//   - routers, services and servers: new sessions have them at once, old ones
//     when they are restarted
//   - filters: old sessions too, each as it becomes idle
//   - listeners, monitors, maintenance and draining: at once
//
// keep is called when nothing can fail any more and nothing has changed yet: it
// makes the change last, and its error undoes everything. It may be nil.
func (p *Proxy) Apply(cfg *config.Config, keep func() error) error {
	if err := p.beginChange(); err != nil {
		return err
	}
	defer p.reload.Unlock()
	old := p.generation()
	cfg = unchanged(cfg, old.cfg)
	g, err := p.take(cfg, old, edited(cfg, old.cfg), keep)
	if err != nil {
		return err
	}
	followed := false
	for name, d := range g.filters {
		if was := old.filters[name]; was != nil && was != d {
			d.versions.name(d)
			followed = true
		}
	}
	old.release()
	if followed {
		p.follow()
	}
	return nil
}

// Reload takes over a new configuration. New sessions get it; old ones when
// they are restarted, except for modules whose content has changed under the same
// name, such as a tag that was moved: live sessions follow to them, as to a file
// that was replaced. If anything of it does not work, nothing changes; a module
// in a registry that cannot be asked is what it was.
func (p *Proxy) Reload(cfg *config.Config) error {
	if err := p.beginChange(); err != nil {
		return err
	}
	defer p.reload.Unlock()
	old := p.generation()
	g, err := p.take(cfg, old, everything, nil)
	if err != nil {
		return err
	}
	if g.away != nil {
		p.log.Warn("a registry is away: what has its module there stays as it was", "error", g.away)
	}
	if cfg.Plugins.Watch {
		p.followContent(g, old)
	}
	old.release()
	return nil
}

// followContent has live sessions follow to definitions that differ from the old
// ones in nothing but their modules' content, such as a tag that was moved. Its
// caller holds p.reload.
func (p *Proxy) followContent(g, old *generation) {
	followed := false
	name := func(d, was *definition) {
		if was != nil && was != d && reflect.DeepEqual(was.cfg, d.cfg) {
			d.versions.name(d)
			followed = true
		}
	}
	for n, d := range g.filters {
		name(d, old.filters[n])
	}
	for n, pl := range g.plans {
		if was := old.plans[n]; was != nil {
			name(pl.router, was.router)
		}
	}
	if followed {
		p.follow()
	}
}

// take makes everything that can fail, has keep make it last, and then puts it
// in the old generation's place, which its caller releases. The caller holds
// p.reload.
func (p *Proxy) take(cfg *config.Config, old *generation, anew scope, keep func() error) (*generation, error) {
	g, err := p.generate(p.ctx, cfg, old, anew)
	if err != nil {
		return nil, fmt.Errorf("the new configuration does not work, the old one stays: %w", err)
	}
	next, err := p.openListeners(cfg)
	if err == nil && keep != nil {
		if err = keep(); err != nil {
			next.discard()
		}
	}
	if err != nil {
		g.release()
		return nil, err
	}
	p.startMonitors(g, old)
	p.awaitMonitors(p.ctx, g)
	p.adopt(g)
	next.begin()
	return g, nil
}

// unchanged has what a new configuration does not change be the old one's
// own, so that it is seen by its pointer.
func unchanged(cfg, old *config.Config) *config.Config {
	c := *cfg
	c.Services = maps.Clone(cfg.Services)
	for name, s := range c.Services {
		if o := old.Services[name]; reflect.DeepEqual(s, o) {
			c.Services[name] = o
		}
	}
	return &c
}

// edited are the plugins whose definitions differ.
func edited(cfg, old *config.Config) scope {
	return func(kind abi.Kind, name string) bool {
		if kind == abi.KindRouter {
			o := old.Services[name]
			return o == nil || !reflect.DeepEqual(o.Router, cfg.Services[name].Router)
		}
		o := old.Filters[name]
		return o == nil || !reflect.DeepEqual(o.Plugin, cfg.Filters[name].Plugin)
	}
}

// adopt makes the generation the current one and asks its servers what
// services whose plans have changed have to know of them.
func (p *Proxy) adopt(g *generation) {
	for _, s := range p.install(g) {
		s.loadUsers(p.ctx, p)
		p.learn(p.ctx, g.plans[s.name])
	}
}

// install makes the generation's plans the services' current ones. It returns
// the services that are to learn anew what their servers' users are.
func (p *Proxy) install(g *generation) (changed []*Service) {
	p.mu.Lock()
	for name := range g.plans {
		if p.services[name] == nil {
			p.services[name] = newService(name)
		}
	}
	services := maps.Clone(p.services)
	p.gen = g
	p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(services)) {
		if services[name].replan(g.plans[name], p) {
			changed = append(changed, services[name])
		}
	}
	return changed
}

// CloseSessions ends sessions at once, whatever they are doing: those whose
// service and listener of answers true for.
func (p *Proxy) CloseSessions(of func(service, listener string) bool) {
	for _, s := range p.Sessions() {
		if of(s.service.name, s.listener.cfg.Name) {
			_ = s.Kill(0) // an error says that it has ended
		}
	}
}

// beginChange waits until nobody else changes the configuration, and fails if
// the proxy has ended meanwhile, or is about to. The caller unlocks p.reload.
func (p *Proxy) beginChange() error {
	p.reload.Lock()
	if p.leaving || p.ctx.Err() != nil {
		p.reload.Unlock()
		return ErrShutdown
	}
	return nil
}

// awaitMonitors waits for the first probe of every server, so that the first
// clients find servers with roles, and takes over what was found.
func (p *Proxy) awaitMonitors(ctx context.Context, g *generation) {
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	for name, m := range g.monitors {
		select {
		case <-m.Ready():
		default:
			p.log.Debug("waiting for the first look at the servers", "monitor", name)
			select {
			case <-m.Ready():
			case <-ctx.Done():
				p.log.Warn("not every server has answered yet: going on all the same", "monitor", name)
			}
		}
		if m.cfg.Stopped {
			m.Stop()
		}
	}
	p.setStates(g)
}
