package tck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Config says which plugin is examined, and how.
type Config struct {
	Name    string        // for messages; empty: plugin
	Plugin  string        // which plugin of the module, if it holds several
	Options []byte        // the definition's options; nil: {}
	Call    time.Duration // time budget of a hook; 0: the host's default, 10 ms
	Memory  int64         // cap of an instance's memory in bytes; 0: the host's default, 32 MiB
	// CacheDir keeps compiled code between runs: see wasm.Config. Empty: a
	// directory that goes with the run.
	CacheDir string
}

// Run examines a module. An error is the kit's own: what the module does wrong
// is in the report. It takes some seconds, most of them compiling.
func Run(ctx context.Context, code []byte, cfg Config) (*Report, error) {
	if cfg.Name == "" {
		cfg.Name = "plugin"
	}
	if cfg.Options == nil {
		cfg.Options = []byte("{}")
	}
	if cfg.CacheDir == "" {
		dir, err := os.MkdirTemp("", "penstock-tck")
		if err != nil {
			return nil, fmt.Errorf("conformance kit: %w", err)
		}
		defer os.RemoveAll(dir)
		cfg.CacheDir = dir
	}
	k := &kit{ctx: ctx, cfg: cfg, code: code, findings: newFindings()}
	k.describes()
	if err := k.examine(); err != nil {
		return nil, fmt.Errorf("conformance kit: %w", err)
	}
	r := k.report()
	r.Crossings = k.crossings
	return r, nil
}

// kit examines one module.
type kit struct {
	findings
	ctx    context.Context
	cfg    Config
	code   []byte
	module *wasm.Module

	exports   map[string]bool // the ABI's that it has
	strangers []string        // imports that this version does not have
	desc      *descriptor     // nil until ps_init has returned one
	doing     string          // what happens now, for messages
	told      []byte          // the header as the host wrote it
	lines     int             // logged by the running call
	shares    bool            // it uses the key-value store
	deaf      bool            // what crosses is not judged
	crossings int
	deaths    int
}

// maxDeaths is how many instances may fail before the rest of the script is
// left out: each costs its time budget.
const maxDeaths = 20

// examine runs the script.
func (k *kit) examine() error {
	r, err := wasm.NewRuntime(wasm.Config{CacheDir: k.cfg.CacheDir, Trace: k.crossed})
	if err != nil {
		return err
	}
	defer r.Close(context.WithoutCancel(k.ctx))
	if !k.load(r) {
		return k.ctx.Err()
	}
	defer k.module.Close()
	t := k.start()
	if t == nil {
		return k.ctx.Err()
	}
	defer t.Close()
	k.beginnings(t)
	k.commands(t)
	k.happenings(t)
	k.settles(t)
	if err := k.comparisons(); err != nil {
		return err
	}
	return k.ctx.Err()
}

// load loads the module, which checks its imports and exports.
func (k *kit) load(r *wasm.Runtime) bool {
	k.doing = "it is loaded"
	m, err := r.Load(k.ctx, k.cfg.Name, k.code)
	if err != nil {
		var wrong *wasm.VerifyError
		text := strings.TrimPrefix(err.Error(), "module "+k.cfg.Name+": ")
		switch {
		case errors.As(err, &wrong) && wrong.What == "import":
			k.kept("module/format")
			k.broken("module/imports", "%s", text)
		case errors.As(err, &wrong):
			k.kept("module/format", "module/imports")
			k.broken("module/exports", "%s", text)
		case strings.Contains(text, "belong to the host"):
			k.kept("module/format")
			k.broken("module/reserved", "%s", text)
		default:
			k.broken("module/format", "%s", text)
		}
		k.beyond(notLoaded)
		return false
	}
	k.kept("module/format", "module/imports", "module/exports", "module/reserved")
	k.module = m
	k.exports = map[string]bool{}
	for _, f := range m.Exports() {
		k.exports[f.Name] = f.Known
	}
	for _, f := range m.Imports() {
		if !f.Known && strings.HasPrefix(f.Name, abi.Module+".") {
			k.strangers = append(k.strangers, f.Name)
		}
	}
	return true
}

// definition is the plugin's, with services of its own, so that what one
// session leaves in the key-value store does not change what another is answered.
func (k *kit) definition(options []byte) wasm.Definition {
	return wasm.Definition{Name: k.cfg.Name, Plugin: k.cfg.Plugin, Options: options,
		Limits:   wasm.Limits{Call: k.cfg.Call, Memory: k.cfg.Memory},
		Services: wasm.Services{KV: wasm.NewKV(wasm.KVLimits{}), Metrics: wasm.NewMetrics(), Sinks: &wasm.Sinks{}, Log: func(abi.LogLevel, string) {}}}
}

// first takes the first descriptor that ps_init returned, and compares the next
// ones with it.
func (k *kit) first(d *descriptor) {
	if k.desc == nil {
		k.desc = d
		return
	}
	for off := range d.bytes {
		if !k.check(d.bytes[off] == k.desc.bytes[off], "start/repeatable", "with the same options ps_init declared byte %d of the descriptor as %d, and then as %d",
			off, k.desc.bytes[off], d.bytes[off]) {
			return
		}
	}
}
