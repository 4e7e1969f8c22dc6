package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/module"
	"github.com/penstock-db/penstock/wasm/abi"
)

// ErrNoFilter means that the configuration defines no filter of that name.
var ErrNoFilter = errors.New("no such filter")

// UnavailableError means that the registry that a module comes from cannot be
// asked now.
type UnavailableError = module.UnavailableError

// UpgradeFilter makes a filter's definition anew with its module as it is now,
// and has live sessions follow: each as it becomes idle, with the state of its
// old instance where the plugin hands that over.
//
// If the new definition does not work, the error says why and nothing changes.
// A session in which it cannot be opened goes on with its old instance.
func (p *Proxy) UpgradeFilter(name string) error {
	if err := p.beginChange(); err != nil {
		return err
	}
	defer p.reload.Unlock()
	cfg := p.generation().cfg
	if cfg.Filters[name] == nil {
		return ErrNoFilter
	}
	return p.upgradeTo(cfg, func(kind abi.Kind, n string) bool { return kind == abi.KindFilter && n == name })
}

// upgradeModule makes every definition anew whose module is the file, and has
// live sessions follow.
func (p *Proxy) upgradeModule(file string) error {
	if err := p.beginChange(); err != nil {
		return err
	}
	defer p.reload.Unlock()
	cfg := p.generation().cfg
	return p.upgradeTo(cfg, func(kind abi.Kind, name string) bool {
		if kind == abi.KindRouter {
			return cfg.Services[name].Router.Module == file
		}
		return cfg.Filters[name].Module == file
	})
}

// upgradeTo takes over a configuration that differs from the current one in
// nothing but the definitions named, and has live sessions follow to those,
// whatever version they have. Its caller holds p.reload.
func (p *Proxy) upgradeTo(cfg *config.Config, named scope) error {
	old := p.generation()
	g, err := p.generate(p.ctx, cfg, old, named)
	if err == nil && g.away != nil {
		err = g.away
		g.release()
	}
	if err != nil {
		return fmt.Errorf("the new version does not work, the old one goes on: %w", err)
	}
	for name, d := range g.filters {
		if named(abi.KindFilter, name) {
			d.versions.name(d)
		}
	}
	for name, pl := range g.plans {
		if named(abi.KindRouter, name) {
			pl.router.versions.name(pl.router)
		}
	}
	p.install(g)
	old.release()
	p.follow()
	return nil
}

// follow has live sessions follow to the versions that were named. What they
// are to follow to is installed: whoever has seen this has not begun with older
// versions.
func (p *Proxy) follow() {
	p.upgrade.Add(1)
	for _, s := range p.Sessions() {
		s.Do(s.settle)
	}
}

// holdFilters returns the current definitions of filters, held for the caller.
func (p *Proxy) holdFilters(names []string) ([]*definition, error) {
	p.mu.RLock() // the current generation holds its definitions
	defer p.mu.RUnlock()
	defs := make([]*definition, len(names))
	for i, name := range names {
		if defs[i] = p.gen.filters[name]; defs[i] == nil {
			return nil, &UnknownFilterError{Index: i, Name: name}
		}
	}
	for _, def := range defs {
		def.acquire()
	}
	return defs, nil
}

// applyUpgrades has the session follow. It is idle; if it sleeps it sleeps on,
// because thousands of sleepers must not all be awake at once.
func (s *Session) applyUpgrades() {
	asleep := s.parked.Load()
	s.replaceOutdated()
	if asleep {
		s.parked.Store(true)
		s.park(monotonic())
	}
}

// replaceOutdated replaces every instance whose definition has a newer version
// that an upgrade has named.
func (s *Session) replaceOutdated() {
	links := append(slices.Clone(s.body.chain), s.body.router)
	var gone []*link
	for n, l := range links {
		if fresh := s.successor(l); fresh != nil {
			links[n], gone = fresh, append(gone, l)
		}
	}
	if gone == nil {
		return
	}
	last := len(links) - 1
	if links[last] != s.body.router {
		s.body.router, s.body.version = links[last], 0 // it has not been told of the targets
	}
	s.setChain(links[:last:last])
	for _, l := range gone {
		s.closeLink(l, abi.CloseSwap)
	}
	s.notice("plugins upgraded", "plugins", names(gone))
}

// successor opens an instance of the version to which the link is to follow,
// with the state of its instance. It is nil if the link stays as it is: there
// is no such version, or it cannot be opened in this session.
func (s *Session) successor(l *link) *link {
	if l.inst == nil {
		return nil
	}
	next := l.def.versions.after(l.def)
	if next == nil {
		return nil
	}
	defer next.release()
	ctx, kind := context.WithoutCancel(s.ctx), next.kind.String()
	router := next.kind == abi.KindRouter
	var state []byte
	if next.samePlugin(l.def) && (!router || next.desc.WantsEvent(abi.EventDetach)) {
		state = s.detach(l)
	}
	if l.inst.Failed() != nil && router {
		return nil // the log says so; its on_failure applies at the next statement
	}
	if router && state == nil {
		// It would send statements to where the session's state is not.
		s.notice("the router's new version waits for a restart of the session: a router is replaced only if both versions hand their state over",
			kind, l.name)
		return nil
	}
	fresh, err := s.openLinkWith(ctx, next, abi.OpenSwap, s.body.plan, state)
	if err != nil && state != nil && !router {
		// It may be the state that the new version does not understand.
		s.warn("the new version does not take the old one's state over and begins without", kind, l.name, "error", err)
		fresh, err = s.openLink(ctx, next, abi.OpenSwap, s.body.plan)
	}
	if err != nil {
		s.warn("cannot be upgraded in this session, the old version goes on", kind, l.name, "error", err)
		return nil
	}
	return fresh
}
