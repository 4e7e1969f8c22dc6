package wasm

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
	rewriter "github.com/penstock-db/penstock/wasm/binary"
)

// A guest is a plugin written by hand: this file assembles its binary, so that
// tests can do what no compiler would.
type guest struct {
	imports  []guestImport
	hooks    map[string][]byte // body of an export, without locals and end
	locals   []byte            // declared by ps_query
	omit     []string          // exports to leave out
	retype   map[string]abi.Func
	desc     func(d []byte) // changes the descriptor
	result   int32          // what ps_init returns; zero: the descriptor's address
	pages    uint32         // memory; zero: 2
	globals  []byte         // what is in the global section
	tables   []byte         // what is in the table section
	raw      []byte         // appended after the sections
	noMemory bool
}

type guestImport struct {
	module string
	abi.Func
	kind byte // zero: a function
}

// Where a guest keeps things.
const (
	guestDesc   = 1024
	guestResult = 512 // where bodies put what they have found out
	guestText   = 600
	guestHeader = 2048
	guestWindow = 4096
	guestCap    = abi.MinWindow
)

// Opcodes that bodies are made of.
const (
	opUnreachable = 0x00
	opLoop        = 0x03
	opBr          = 0x0c
	opBrIf        = 0x0d
	opEnd         = 0x0b
	opCall        = 0x10
	opDrop        = 0x1a
	opLocalGet    = 0x20
	opLocalTee    = 0x22
	opI32Load     = 0x28
	opI32Store    = 0x36
	opI64Store    = 0x37
	opMemoryGrow  = 0x40
	opI32Const    = 0x41
	opI64Const    = 0x42
	opI32Add      = 0x6a
	opI32Sub      = 0x6b
	opI64ExtendU  = 0xad
	opI64Or       = 0x84
	opI64Shl      = 0x86
)

// code joins opcodes and immediates: bytes as they are, ints as byte.
func code(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			out = append(out, byte(p))
		case []byte:
			out = append(out, p...)
		}
	}
	return out
}

func c32(v int32) []byte { return sleb([]byte{opI32Const}, int64(v)) }
func c64(v int64) []byte { return sleb([]byte{opI64Const}, v) }

// answer is a body that returns a verdict.
func answer(a abi.Action, arg uint32) []byte { return c64(int64(abi.NewVerdict(a, arg))) }

func sleb(dst []byte, v int64) []byte {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(dst, b)
		}
		dst = append(dst, b|0x80)
	}
}

func uleb(dst []byte, v int) []byte { return binary.AppendUvarint(dst, uint64(v)) }

func vec(items ...[]byte) []byte { return append(uleb(nil, len(items)), bytes.Join(items, nil)...) }

func str(s string) []byte { return append(uleb(nil, len(s)), s...) }

func section(id byte, body []byte) []byte { return append(uleb([]byte{id}, len(body)), body...) }

func types(list []abi.ValueType) []byte {
	out := uleb(nil, len(list))
	for _, t := range list {
		out = append(out, byte(t))
	}
	return out
}

// build assembles the module.
func (g guest) build() []byte {
	var typ, imp, fun, exp, bodies [][]byte
	addType := func(f abi.Func) []byte {
		t := slices.Concat([]byte{0x60}, types(f.Params), types(f.Results))
		n := slices.IndexFunc(typ, func(have []byte) bool { return bytes.Equal(have, t) })
		if n < 0 {
			n = len(typ)
			typ = append(typ, t)
		}
		return uleb(nil, n)
	}
	functions := 0
	for _, f := range g.imports {
		body := slices.Concat(str(f.module), str(f.Name), []byte{f.kind})
		switch f.kind {
		case 0:
			body = append(body, addType(f.Func)...)
			functions++
		case 1:
			body = append(body, 0x70, 0, 1)
		case 2:
			body = append(body, 0, 1)
		case 3:
			body = append(body, 0x7f, 0)
		}
		imp = append(imp, body)
	}
	for _, f := range abi.Exports {
		if slices.Contains(g.omit, f.Name) {
			continue
		}
		body, given := g.hooks[f.Name]
		if !given {
			switch {
			case f.Name == abi.ExportInit && g.result != 0:
				body = c32(g.result)
			case f.Name == abi.ExportInit:
				body = c32(guestDesc)
			case f.Name == abi.ExportRoute:
				body = answer(abi.Any, uint32(abi.RolePrimary))
			case len(f.Results) == 1 && f.Results[0] == abi.I64:
				body = c64(0)
			case len(f.Results) == 1:
				body = c32(0)
			}
		}
		if t, ok := g.retype[f.Name]; ok {
			f.Params, f.Results = t.Params, t.Results
			body = []byte{opUnreachable}
		}
		fun = append(fun, addType(f))
		exp = append(exp, slices.Concat(str(f.Name), []byte{0}, uleb(nil, functions+len(bodies))))
		locals := []byte{0}
		if f.Name == abi.ExportQuery && g.locals != nil {
			locals = g.locals
		}
		whole := slices.Concat(locals, body, []byte{opEnd})
		bodies = append(bodies, append(uleb(nil, len(whole)), whole...))
	}
	pages := g.pages
	if pages == 0 {
		pages = 2
	}
	if !g.noMemory {
		exp = append(exp, append(str(abi.ExportMemory), 2, 0))
	}
	d := descriptor(abi.KindFilter)
	if g.desc != nil {
		g.desc(d)
	}
	data := slices.Concat([]byte{0}, c32(guestDesc), []byte{opEnd}, uleb(nil, len(d)), d)
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, vec(typ...)), section(2, vec(imp...)), section(3, vec(fun...)),
		section(4, orNone(g.tables)), section(5, vec(uleb([]byte{0}, int(pages)))),
		section(6, orNone(g.globals)), section(7, vec(exp...)),
		section(10, vec(bodies...)), section(11, vec(data)), g.raw)
}

// orNone is a section's content, or a count of zero.
func orNone(content []byte) []byte {
	if content == nil {
		return []byte{0}
	}
	return content
}

// descriptor is a valid one that wants everything.
func descriptor(kind abi.Kind) []byte {
	d := make([]byte, abi.DescriptorSize)
	for off, v := range map[int]uint32{
		abi.DescSize: abi.DescriptorSize, abi.DescKind: uint32(kind),
		abi.DescWindow: guestWindow, abi.DescWindowCap: guestCap,
		abi.DescHeader: guestHeader, abi.DescHeaderCap: abi.HeaderSize,
		abi.DescNeeds: abi.NeedSQL | abi.NeedHold, abi.DescEvents: 1 << abi.EventTimer,
	} {
		put32(d, off, v)
	}
	for n := range abi.DescCommandsSize {
		d[abi.DescCommands+n] = 0xFF
	}
	return d
}

func put32(d []byte, off int, v uint32) { binary.LittleEndian.PutUint32(d[off:], v) }

// imported returns the ABI's function of this name for a guest's imports.
func imported(name string) guestImport {
	n := slices.IndexFunc(abi.Imports, func(f abi.Func) bool { return f.Name == name })
	return guestImport{module: abi.Module, Func: abi.Imports[n]}
}

// store puts the i32 that body leaves at guestResult.
func store(body []byte) []byte { return code(c32(guestResult), body, opI32Store, 2, 0) }

// stored reads it.
func (i *Instance) stored() int32 {
	return int32(binary.LittleEndian.Uint32(i.memory.bytes[guestResult:]))
}

// newRuntime returns a runtime that is closed with the test.
func newRuntime(t testing.TB) *Runtime {
	t.Helper()
	return newRuntimeOf(t, Config{})
}

func newRuntimeOf(t testing.TB, cfg Config) *Runtime {
	t.Helper()
	r, err := NewRuntime(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := r.Modules(); n != 0 {
			t.Errorf("%d modules were not released", n)
		}
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// template loads a module and starts a definition.
func template(t testing.TB, module []byte, def Definition) *Template {
	t.Helper()
	return templateOn(t, newRuntime(t), module, def)
}

// patience is the time budget of guests whose time is not what is tested.
const patience = 30 * time.Second

// asIs is a rewriter for guests that are known to end.
func asIs(code []byte) (*rewriter.Module, error) {
	return &rewriter.Module{Code: code, Bound: "it was not rewritten"}, nil
}

func templateOn(t testing.TB, r *Runtime, module []byte, def Definition) *Template {
	t.Helper()
	if def.Limits.Call == 0 {
		// A busy machine must not fail tests of other things.
		def.Limits.Call = patience
	}
	m, err := r.Load(t.Context(), t.Name(), module)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if def.Name == "" {
		def.Name = "test"
	}
	tpl, err := m.Template(t.Context(), def)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tpl.Close)
	return tpl
}

// open does all of it.
func open(t testing.TB, module []byte, def Definition) (*Instance, *session) {
	t.Helper()
	return openOn(t, newRuntime(t), module, def)
}

func openOn(t testing.TB, r *Runtime, module []byte, def Definition) (*Instance, *session) {
	t.Helper()
	s := &session{}
	i, err := templateOn(t, r, module, def).Open(t.Context(), abi.OpenNew, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
	return i, s
}

// session is a session that remembers what it was asked for.
type session struct {
	mu     sync.Mutex
	lines  []string
	levels []abi.LogLevel
	quiet  bool
}

func (s *session) LogEnabled(abi.LogLevel) bool { return !s.quiet }
func (s *session) Log(l abi.LogLevel, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines, s.levels = append(s.lines, line), append(s.levels, l)
}
func (s *session) Info(key string) (string, bool) {
	if key == "user" {
		return "ada", true
	}
	return "", false
}
