package peers

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/peers/event"
)

// goPluginHost loads the file for every instance, because that is how go-plugin
// makes one: a runtime, a compilation and an instantiation each. The cache makes
// the compilation a look-up.
type goPluginHost struct {
	plugin *event.FilterPlugin
	file   string
}

type goPluginInstance struct {
	filter interface {
		event.Filter
		Close(context.Context) error
	}
	message event.Command
}

func loadGoPlugin(t testing.TB) host {
	t.Helper()
	cache := wazero.NewCompilationCache()
	t.Cleanup(func() { cache.Close(ctx) })
	runtime := func(ctx context.Context) (wazero.Runtime, error) {
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(cache))
		_, err := wasi_snapshot_preview1.Instantiate(ctx, r)
		return r, err
	}
	p, err := event.NewFilterPlugin(ctx, event.WazeroRuntime(runtime))
	if err != nil {
		t.Fatal(err)
	}
	h := goPluginHost{p, guest(t, "goplugin")}
	first, err := h.open() // fills the cache
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(first.close)
	return h
}

func (h goPluginHost) open() (instance, error) {
	filter, err := h.plugin.Load(ctx, h.file)
	return &goPluginInstance{filter: filter}, err
}

func (p *goPluginInstance) query(c *command) (abi.Action, error) {
	m := &p.message
	m.Sequence, m.Command, m.SessionFlags = c.sequence, uint32(c.payload[0]), c.flags
	m.Type, m.Operation, m.Charset, m.Digest = c.typ, uint32(c.operation), c.charset, c.digest
	m.Now, m.Deadline, m.Payload = c.now, c.deadline, c.payload
	v, err := p.filter.Query(ctx, m)
	if err != nil {
		return 0, err
	}
	return abi.Action(v.Verdict), nil
}

func (p *goPluginInstance) close() { p.filter.Close(ctx) }
