package engine

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/wasm/abi"
)

// ErrNoFilter means that the configuration defines no filter of that name.
var ErrNoFilter = errors.New("no such filter")

// UpdateFilter changes a filter's definition, which is made anew with its
// module as it is now, and has live sessions take it over: each as it becomes
// idle, with the state of its old instance where the plugin hands that over.
// change gets a copy of the definition's configuration; nil leaves it as it is.
// The change lasts until the configuration is read again.
//
// If the new definition does not work, the error says why and nothing changes.
// A session in which it cannot be opened goes on with its old instance.
func (p *Proxy) UpdateFilter(name string, change func(*config.Plugin)) error {
	p.reload.Lock()
	defer p.reload.Unlock()
	cfg := *p.generation().cfg
	old := cfg.Filters[name]
	if old == nil {
		return ErrNoFilter
	}
	cfg.Filters = maps.Clone(cfg.Filters)
	f := *old
	if change != nil {
		change(&f.Plugin)
	}
	cfg.Filters[name] = &f
	return p.upgradeTo(&cfg)
}

// upgradeTo takes over a configuration like Reload, but sessions that are there
// already follow by themselves. Its caller holds p.reload.
func (p *Proxy) upgradeTo(cfg *config.Config) error {
	if err := p.reloadTo(cfg); err != nil {
		return err
	}
	p.upgrade.Add(1)
	for _, s := range p.Sessions() {
		s.Do(s.settle)
	}
	return nil
}

// applyUpgrade replaces the instances of definitions that have a newer version.
// The session is idle.
func (s *Session) applyUpgrade() {
	gen := s.proxy.generation()
	chain, changed := slices.Clone(s.body.chain), false
	for n, l := range chain {
		next := gen.filters[l.name]
		if next == nil || next == l.def || l.inst == nil {
			continue
		}
		fresh, err := s.succeed(l, next)
		if err != nil {
			s.warn("filter cannot be upgraded in this session, its old version goes on", "filter", l.name, "error", err)
			continue
		}
		chain[n], changed = fresh, true
	}
	if !changed {
		return
	}
	old := s.body.chain
	s.setChain(chain)
	for n, l := range old {
		if chain[n] != l {
			s.closeLink(l, abi.CloseSwap)
		}
	}
	s.notice("filters upgraded", "filters", names(chain))
}

// succeed opens an instance of a newer definition with the state of the old one,
// which goes on to live.
func (s *Session) succeed(l *link, next *definition) (*link, error) {
	var state []byte
	if next.samePlugin(l.def) {
		state = s.detach(l)
	}
	fresh, err := s.openLinkWith(context.WithoutCancel(s.ctx), next, abi.OpenSwap, s.body.plan, state)
	if err != nil && state != nil {
		// It may be the state that the new version does not understand.
		s.warn("filter's new version does not take the old one's state over and begins without", "filter", l.name, "error", err)
		fresh, err = s.openLink(context.WithoutCancel(s.ctx), next, abi.OpenSwap, s.body.plan)
	}
	return fresh, err
}
