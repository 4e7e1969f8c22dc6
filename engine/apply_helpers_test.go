package engine

import (
	"maps"
	"sync"

	"github.com/penstock-db/penstock/engine/config"
)

var editing sync.Mutex // what updateFilter changes is what it has read

// edit applies a copy of the configuration as change alters it. What change
// replaces must not be altered in place.
func edit(p *Proxy, change func(*config.Config)) error {
	editing.Lock()
	defer editing.Unlock()
	cfg := *p.generation().cfg
	cfg.Servers, cfg.Monitors, cfg.Filters = maps.Clone(cfg.Servers), maps.Clone(cfg.Monitors), maps.Clone(cfg.Filters)
	cfg.Services, cfg.Listeners = maps.Clone(cfg.Services), maps.Clone(cfg.Listeners)
	change(&cfg)
	return p.Apply(&cfg, nil)
}

// altered puts a changed copy in the place of what a name stands for.
func altered[T any](m map[string]*T, name string, change func(*T)) {
	c := *m[name]
	change(&c)
	m[name] = &c
}

// updateFilter changes a filter's definition; nil has it made anew as it is.
func updateFilter(p *Proxy, name string, change func(*config.Plugin)) error {
	if change == nil || p.generation().cfg.Filters[name] == nil {
		return p.UpgradeFilter(name)
	}
	return edit(p, func(c *config.Config) {
		altered(c.Filters, name, func(f *config.Filter) { change(&f.Plugin) })
	})
}
