package peers

import (
	"encoding/binary"
	"errors"
	"testing"

	extism "github.com/extism/go-sdk"
	"github.com/tetratelabs/wazero"

	"github.com/penstock-db/penstock/wasm/abi"
)

type extismHost struct{ plugin *extism.CompiledPlugin }

type extismInstance struct {
	plugin *extism.Plugin
	in     []byte
}

func loadExtism(t testing.TB) host {
	t.Helper()
	manifest := extism.Manifest{Wasm: []extism.Wasm{extism.WasmFile{Path: guest(t, "extism")}}}
	p, err := extism.NewCompiledPlugin(ctx, manifest, extism.PluginConfig{EnableWasi: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(ctx) })
	return extismHost{p}
}

func (h extismHost) open() (instance, error) {
	p, err := h.plugin.Instance(ctx, extism.PluginInstanceConfig{ModuleConfig: wazero.NewModuleConfig().WithSysWalltime()})
	return &extismInstance{plugin: p}, err
}

func (p *extismInstance) query(c *command) (abi.Action, error) {
	b := binary.LittleEndian.AppendUint64(p.in[:0], c.sequence)
	b = binary.LittleEndian.AppendUint32(b, uint32(c.payload[0]))
	b = binary.LittleEndian.AppendUint32(b, c.flags)
	b = binary.LittleEndian.AppendUint64(b, c.typ)
	b = binary.LittleEndian.AppendUint32(b, uint32(c.operation))
	b = binary.LittleEndian.AppendUint32(b, c.charset)
	b = binary.LittleEndian.AppendUint64(b, c.digest)
	b = binary.LittleEndian.AppendUint64(b, 0) // no prepared statement
	b = binary.LittleEndian.AppendUint64(b, c.now)
	b = binary.LittleEndian.AppendUint64(b, c.deadline)
	p.in = append(b, c.payload...)
	_, out, err := p.plugin.Call("query", p.in)
	if err != nil {
		return 0, err
	}
	if len(out) != 8 {
		return 0, errors.New("the verdict is not 8 bytes long")
	}
	return abi.Action(binary.LittleEndian.Uint64(out)), nil
}

func (p *extismInstance) close() { p.plugin.Close(ctx) }
