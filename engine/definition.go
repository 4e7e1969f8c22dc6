package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// definition is a filter or router of the configuration, ready to open
// instances. It is counted: the generations that define it, the plans that use
// it and every open instance hold it.
type definition struct {
	name      string
	cfg       config.Plugin
	kind      abi.Kind
	hash      [sha256.Size]byte // of the module
	module    *wasm.Module
	template  *wasm.Template
	desc      *wasm.Descriptor
	onFailure abi.FailurePolicy
	sinks     *wasm.Sinks
	versions  *succession
	version   uint64 // its place in them
	refs      atomic.Int64
	instances atomic.Int64  // that sessions have open
	failures  atomic.Uint64 // of instances' calls
}

// samePlugin reports whether an instance of o may hand its state to one of d.
func (d *definition) samePlugin(o *definition) bool {
	return d.kind == o.kind && d.cfg.Origin() == o.cfg.Origin() && d.cfg.Plugin == o.cfg.Plugin
}

func (d *definition) acquire() { d.refs.Add(1) }

func (d *definition) release() {
	if d.refs.Add(-1) > 0 {
		return
	}
	d.template.Close()
	d.module.Close()
	if d.sinks != nil {
		d.sinks.Close()
	}
	d.versions.leave(d)
}

// define makes a definition, or takes over the old one if nothing about it has
// changed. The caller holds it.
func (p *Proxy) define(ctx context.Context, name string, kind abi.Kind, cfg config.Plugin, old *definition) (*definition, error) {
	code, err := p.modules.Read(p.reading, &cfg)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", kind, name, err)
	}
	if err := p.reading.Err(); err != nil {
		return nil, err // nobody waits for this any more, and compiling cannot be stopped
	}
	hash := sha256.Sum256(code)
	if old != nil && old.hash == hash && reflect.DeepEqual(old.cfg, cfg) {
		old.acquire()
		return old, nil
	}
	d := &definition{name: name, cfg: cfg, kind: kind, hash: hash}
	d.refs.Store(1)
	began := time.Now()
	slow := time.AfterFunc(time.Second, func() {
		p.log.Info("compiling a plugin; the result is kept for the next start", kind.String(), name, "module", cfg.Module)
	})
	defer slow.Stop()
	if d.module, err = p.runtime.Load(ctx, cfg.Module, code); err != nil {
		return nil, fmt.Errorf("%s %q: module %q: %w", kind, name, cfg.Module, err)
	}
	if len(cfg.Sinks) > 0 {
		if d.sinks, err = wasm.OpenSinks(cfg.Sinks); err != nil {
			d.module.Close()
			return nil, fmt.Errorf("%s %q: %w", kind, name, err)
		}
	}
	d.template, err = d.module.Template(ctx, p.plugin(name, kind, cfg, d.sinks))
	if err != nil {
		d.module.Close()
		if d.sinks != nil {
			d.sinks.Close()
		}
		if note := cfg.FileNote(); note != "" {
			err = fmt.Errorf("%w%s", err, note)
		}
		return nil, &refusedError{kind, name, err}
	}
	d.desc, d.onFailure = d.template.Descriptor(), d.template.OnFailure()
	if why := d.template.Plain(); why != "" {
		p.log.Warn("the plugin's instances cannot be cloned: each session starts one of its own, which takes more time and memory",
			kind.String(), name, "module", cfg.Module, "because", why)
	}
	if kind == abi.KindRouter && d.onFailure == abi.FailureBypass {
		d.onFailure = abi.FailureClose
	}
	p.succession(kind, name).add(d)
	p.log.Debug("plugin ready", kind.String(), name, "module", cfg.Module, "took", time.Since(began).Round(time.Millisecond))
	return d, nil
}

// refusedError says that a plugin could not be started as it is defined.
type refusedError struct {
	kind abi.Kind
	name string
	err  error
}

func (e *refusedError) Error() string { return fmt.Sprintf("%s %q: %v", e.kind, e.name, e.err) }

func (e *refusedError) Unwrap() error { return e.err }

// plugin is the definition as the sandbox takes it.
func (p *Proxy) plugin(name string, kind abi.Kind, cfg config.Plugin, sinks *wasm.Sinks) wasm.Definition {
	return wasm.Definition{
		Name: name, Plugin: pluginName(cfg), Kind: kind, Options: cfg.Options,
		Limits:    wasm.Limits{Call: cfg.Timeout, Memory: cfg.Memory},
		OnFailure: policy(cfg.OnFailure),
		Services: wasm.Services{KV: wasm.NewKV(wasm.KVLimits{}), Metrics: wasm.NewMetrics(), Sinks: sinks,
			Log: func(level abi.LogLevel, line string) { p.log.Info(line, "plugin", name) }},
	}
}

// pluginName is which plugin of its module a definition means; empty: its only one.
func pluginName(cfg config.Plugin) string {
	if cfg.Plugin == "" && cfg.IsBuiltIn() {
		return cfg.Module // built-in plugins share a module
	}
	return cfg.Plugin
}

// succession returns the definition's versions. Its caller holds p.reload.
func (p *Proxy) succession(kind abi.Kind, name string) *succession {
	key := kind.String() + " " + name
	if p.versions[key] == nil {
		p.versions[key] = &succession{}
	}
	return p.versions[key]
}

func policy(word string) abi.FailurePolicy {
	for _, f := range []abi.FailurePolicy{abi.FailureClose, abi.FailureRestart, abi.FailureBypass} {
		if f.String() == word {
			return f
		}
	}
	return abi.FailureDefault
}
