package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"syscall"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/module"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/metadata"
)

// Check looks for what would keep a Proxy of the configuration from being made,
// and changes nothing on the system. First it holds every definition's options
// against what its module says of itself, which may have to be fetched; if all of
// them fit it also starts every definition, as New does. The error is [*config.Errors] with everything
// that was found, or ctx's.
//
// What it does not do of what New does: it opens no sinks, which would create
// files that belong to whoever checks, and it makes no cache directory.
func Check(ctx context.Context, cfg *config.Config, modules fs.FS) error {
	c := checker{cfg: cfg, cache: existingCache(&cfg.Plugins)}
	c.proxy = &Proxy{log: hclog.NewNullLogger(), modules: &module.Source{BuiltIn: modules, Cache: c.cache}}
	code := c.describe(ctx)
	if len(c.found) == 0 {
		c.start(ctx, code)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(c.found) > 0 {
		c.found.Sort()
		return &c.found
	}
	return nil
}

type checker struct {
	cfg   *config.Config
	cache string // directory; empty: none
	proxy *Proxy // not a whole one: what reads modules and makes definitions
	found config.Errors
}

// defined is a definition of the configuration and where it stands.
type defined struct {
	name string
	kind abi.Kind
	cfg  *config.Plugin
}

// place is the path of the definition in the configuration.
func place(kind abi.Kind, name string) []any {
	if kind == abi.KindRouter {
		return []any{"services", name, "router"}
	}
	return []any{"filters", name}
}

// definitions lists all of them: filters by name, then routers by service.
func definitions(cfg *config.Config) (list []defined) {
	for _, name := range slices.Sorted(maps.Keys(cfg.Filters)) {
		list = append(list, defined{name, abi.KindFilter, &cfg.Filters[name].Plugin})
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Services)) {
		list = append(list, defined{name, abi.KindRouter, &cfg.Services[name].Router})
	}
	return list
}

func (c *checker) fail(d defined, key string, err error) {
	c.found = append(c.found, c.cfg.Problem(err.Error(), "", append(place(d.kind, d.name), key)...))
}

// describe reads every module and holds the options against what it says of
// itself. It returns the modules' code by their names: many definitions can be of one module.
func (c *checker) describe(ctx context.Context) map[string][]byte {
	all := map[string][]byte{}
	for _, d := range definitions(c.cfg) {
		code, err := c.proxy.modules.Read(ctx, d.cfg)
		if err != nil {
			c.fail(d, "module", err)
			continue
		}
		all[d.cfg.Module] = code
		about, err := metadata.Read(code)
		if err != nil {
			c.fail(d, "module", fmt.Errorf("module %q: %w", d.cfg.Module, err))
			continue
		}
		plugin := pluginName(*d.cfg)
		if err := about.Has(plugin); err != nil {
			c.fail(d, "plugin", err)
			continue
		}
		c.found = append(c.found, optionProblems(c.cfg, d.kind, d.name, about.Plugin(plugin).Check(d.cfg.Options))...)
	}
	return all
}

// start starts every definition and gives it back.
func (c *checker) start(ctx context.Context, code map[string][]byte) {
	var err error
	if c.proxy.runtime, err = wasm.NewRuntime(wasm.Config{CacheDir: c.cache}); err != nil {
		c.found = append(c.found, c.cfg.Problem(err.Error(), "", "plugins", "cache_dir"))
		return
	}
	defer c.proxy.runtime.Close(context.WithoutCancel(ctx))
	for _, d := range definitions(c.cfg) {
		if ctx.Err() != nil {
			return
		}
		m, err := c.proxy.runtime.Load(ctx, d.cfg.Module, code[d.cfg.Module])
		if err != nil {
			c.fail(d, "module", err)
			continue
		}
		defer m.Close() // after the last one: definitions share modules
		var sinks *wasm.Sinks
		if len(d.cfg.Sinks) > 0 {
			sinks = &wasm.Sinks{}
			if err := wasm.CheckSinks(d.cfg.Sinks); err != nil {
				c.fail(d, "sinks", err)
			}
		}
		t, err := m.Template(ctx, c.proxy.plugin(d.name, d.kind, *d.cfg, sinks))
		if err != nil {
			c.fail(d, "options", err)
			continue
		}
		t.Close()
	}
}

// existingCache is the cache for somebody who is not to make it: a directory that
// the configuration names is used only if it is there and this user's. It may
// belong to the user that Penstock runs as.
func existingCache(p *config.Plugins) string {
	dir := p.CachePath()
	if p.CacheDir == "" || dir == "" {
		return dir
	}
	info, err := os.Stat(dir)
	if err != nil {
		return ""
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return ""
	}
	return dir
}

// optionProblems are problems with a definition's options as problems of the
// configuration.
func optionProblems(cfg *config.Config, kind abi.Kind, name string, problems []metadata.Problem) (list config.Errors) {
	for _, p := range problems {
		path := append(append(place(kind, name), "options"), p.Path...)
		list = append(list, cfg.Problem(p.Text, p.Suggestion, path...))
	}
	return list
}

// reported joins the errors of definitions. What is wrong with their options is
// reported as the configuration's reader would have done it, with all the rest
// behind.
func reported(cfg *config.Config, errs []error) error {
	var found config.Errors
	var others []error
	for _, err := range errs {
		var refused *refusedError
		var misfit *metadata.OptionsError
		if errors.As(err, &refused) && errors.As(err, &misfit) {
			found = append(found, optionProblems(cfg, refused.kind, refused.name, misfit.Problems)...)
		} else {
			others = append(others, err)
		}
	}
	if len(found) > 0 {
		found.Sort()
		others = append([]error{&found}, others...)
	}
	return errors.Join(others...)
}
