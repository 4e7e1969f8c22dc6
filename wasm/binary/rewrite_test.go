package binary

import (
	"errors"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

func TestWhatIsAdded(t *testing.T) {
	e := newEngine(t, wazero.NewRuntimeConfigInterpreter())
	imported := append(appendName(appendName(nil, "env"), "triple"), 0, 0)
	a := assembly{
		types:   [][]byte{signature("i", "i")},
		imports: [][]byte{imported},
		funcs: []function{
			{export: "run", code: code(opLocalGet, 0, opCall, 0, opCall, 2)},
			{export: "next", code: code(opLocalGet, 0, i32(1), 0x6a)},
			{export: "trap", code: code(opUnreachable)},
		},
		globals: [][]byte{code(0x7f, 1, i32(7), opEnd)},
		exports: [][]byte{append(appendName(nil, "g"), 3, 0)},
		names:   map[uint32]string{0: "triple", 1: "run it", 3: "go wrong"},
		extra:   sectionOf(secCustom, append(appendName(nil, ".debug_info"), "stale"...)),
	}
	out := rewriteModule(t, a.build()).Code
	if strings.Contains(string(out), "stale") {
		t.Error("debug information is still there")
	}
	m := e.instantiate(t, out)
	for name, want := range map[string]uint64{"run": 31, "next": 11} {
		if got, err := m.ExportedFunction(name).Call(t.Context(), 10); err != nil || got[0] != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if g := m.ExportedGlobal("g"); g.Get() != 7 {
		t.Errorf("global g is %v", g)
	}
	if m.ExportedGlobal(FuelGlobal) == nil {
		t.Error("no fuel")
	}
	_, err := m.ExportedFunction("trap").Call(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), "go wrong") {
		t.Errorf("the trap does not name the function: %v", err)
	}
	if got := m.ExportedFunction("run").Definition().Name(); got != "run it" {
		t.Errorf("the function's name is %q", got)
	}
}

// Function indexes are everywhere.
func TestFunctionIndexesAreMoved(t *testing.T) {
	answer := func(v int64) function { return function{code: code(i32(v))} }
	call := func(export string, table int, n int64) function {
		return function{export: export, code: code(i32(n), opCallIndirect, 0, table)}
	}
	a := assembly{
		types:  [][]byte{signature("", "i"), signature("", "")},
		tables: [][]byte{{0x70, 0, 8}, {0x70, 0, 8}},
		globals: [][]byte{
			code(0x70, 0, opRefFunc, 2, opEnd),
			code(0x7f, 1, i32(0), opEnd),
		},
		elems: [][]byte{
			code(0, i32(0), opEnd, 1, 1),                             // table 0, at 0
			code(1, 0, 1, 2),                                         // passive
			code(2, 1, i32(1), opEnd, 0, 1, 3),                       // table 1, at 1
			code(3, 0, 1, 4),                                         // declared
			code(4, i32(2), opEnd, 1, opRefFunc, 1, opEnd),           // table 0, at 2
			code(5, 0x70, 2, opRefFunc, 2, opEnd, 0xd0, 0x70, opEnd), // passive
			code(6, 1, i32(3), opEnd, 0x70, 1, opRefFunc, 3, opEnd),  // table 1, at 3
			code(7, 0x70, 1, opRefFunc, 4, opEnd),                    // declared
		},
		start: []byte{5},
		funcs: []function{
			{typ: 1, export: "prepare", code: code(
				i32(4), i32(0), i32(1), opMisc, 12, 1, 0, // table.init
				i32(4), opGlobalGet, 0, 0x26, 1, // table.set
				i32(5), opRefFunc, 4, 0x26, 1)},
			answer(11), answer(12), answer(13), answer(14),
			{typ: 1, code: code(i32(99), opGlobalSet, 1)},
			call("0/0", 0, 0), call("0/2", 0, 2), call("0/4", 0, 4),
			call("1/1", 1, 1), call("1/3", 1, 3), call("1/4", 1, 4), call("1/5", 1, 5),
			{export: "started", code: code(opGlobalGet, 1)},
		},
	}
	e := newEngine(t, wazero.NewRuntimeConfigCompiler())
	m := e.rewritten(t, a)
	if _, err := m.ExportedFunction("prepare").Call(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint64{"0/0": 11, "0/2": 11, "0/4": 12, "1/1": 13, "1/3": 13, "1/4": 12, "1/5": 14, "started": 99} {
		if got, err := m.ExportedFunction(name).Call(t.Context()); err != nil || got[0] != want {
			t.Errorf("%s: got %v, %v; want %d", name, got, err, want)
		}
	}
}

func TestTablesGetAMaximum(t *testing.T) {
	for _, table := range [][]byte{{0x70, 0, 1}, code(0x6f, 1, 1, appendU32(nil, 1<<31))} {
		a := one("i", "i", 0xd0, int(table[0]), opLocalGet, 0, opMisc, miscTableGrow, 0)
		a.tables = [][]byte{table}
		e := newEngine(t, wazero.NewRuntimeConfigCompiler())
		e.most = 1 << 30
		f := e.rewritten(t, a).ExportedFunction("run")
		for n, want := range map[uint64]uint64{MaxTable: 0xFFFFFFFF, 10: 1} {
			if got, err := f.Call(t.Context(), n); err != nil || got[0] != want {
				t.Errorf("table %x: growing by %d: %v, %v", table, n, got, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	build := func(change func(*assembly)) []byte {
		a := one("", "")
		change(&a)
		return a.build()
	}
	body := func(parts ...any) []byte { return one("", "", parts...).build() }
	raw := func(b ...byte) []byte { return append([]byte("\x00asm\x01\x00\x00\x00"), b...) }
	for want, c := range map[string][]byte{
		"magic number":                  []byte("\x7fELF\x02\x01\x01\x00"),
		"at offset 0x4: not a core":     []byte("\x00asm\x0d\x00\x01\x00"),
		"unknown section 13":            raw(13, 0),
		"section 1 is not in order":     raw(1, 1, 0, 1, 1, 0),
		"section 3: 5 bytes expected":   raw(3, 5, 0),
		"the type section is longer":    raw(1, 2, 0, 0),
		"unknown kind of type 0x4e":     raw(1, 2, 1, 0x4e),
		"unknown value type 0x64":       raw(1, 5, 1, 0x60, 1, 0x64, 0),
		"not an unsigned 32-bit":        raw(1, 5, 0xff, 0xff, 0xff, 0xff, 0x7f),
		"2 functions and 1 bodies":      raw(1, 4, 1, 0x60, 0, 0, 3, 3, 2, 0, 0, 10, 4, 1, 2, 0, opEnd),
		"1 functions and 0 bodies":      raw(1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0),
		"unknown opcode 0x12":           body(0x12, 0),       // return_call
		"unknown opcode 0x06":           body(0x06, 0x40),    // try
		"unknown opcode 0xfe":           body(0xfe, 0),       // atomics
		"unknown opcode 0xfc 0x12":      body(opMisc, 18, 0), // memory.discard
		"unknown opcode 0xfd 0x100":     body(opVector, 0x80, 2),
		"unknown opcode 0xfd 0x9a":      body(opVector, 0x9a, 1),
		"vector opcode 0x5 is written":  body(opVector, 0x85, 0, 0, 0),
		"unknown block type -3":         body(opBlock, 0x5f, opEnd),
		"type 2 does not exist":         body(opBlock, 2, opEnd),
		"type 1 does not exist":         body(opBlock, 1, opEnd), // () -> (), after metering
		"type 3 does not exist":         body(i32(0), opCallIndirect, 3, 0),
		"global 0 does not exist":       body(i64(1), opGlobalSet, 0), // the fuel
		"global 1 does not exist":       body(opGlobalGet, 1, 0x1a),   // the stack
		"local 0 does not exist":        body(i64(1), opLocalSet, 0),
		"local 1 does not exist":        body(i64(1), opLocalTee, 1),
		"label 1 does not exist":        body(opBr, 1),
		"label 2 does not exist":        body(opBlock, 0x40, opBr, 2, opEnd),
		"label 9 does not exist":        body(i32(0), opBrTable, 2, 0, 9, 0),
		"a memory other than the first": body(opMemoryGrow, 1),
		"code after the end":            body(opEnd),
		"unexpected end":                body(opBlock, 0x40),
		"belongs to the meter": build(func(a *assembly) {
			a.imports = [][]byte{append(appendName(appendName(nil, TickModule), TickName), 0, 0)}
		}),
		"export penstock_fuel: names that": build(func(a *assembly) { a.funcs[0].export = FuelGlobal }),
		"export penstock_x: names":         build(func(a *assembly) { a.funcs[0].export = "penstock_x" }),
		"function 1 does":                  build(func(a *assembly) { a.exports = [][]byte{append(appendName(nil, "f"), 0, 1)} }),
		"function 1 does not exist":        body(opCall, 1),
		"function 2 does not exist":        body(opRefFunc, 2, 0x1a),
		"function 3 does not exist":        build(func(a *assembly) { a.start = []byte{3} }),
		"function 4 does not exist":        build(func(a *assembly) { a.tables, a.elems = [][]byte{{0x70, 0, 1}}, [][]byte{{1, 0, 1, 4}} }),
		"data segment 1 does not exist": build(func(a *assembly) {
			a.data, a.funcs[0].code = [][]byte{{1, 0}}, code(i32(0), i32(0), i32(0), opMisc, miscMemoryInit, 1, 0)
		}),
		"no data count section":                  body(i32(0), i32(0), i32(0), opMisc, miscMemoryInit, 0, 0),
		"promises 3 segments, there are 0":       raw(secDataCount, 1, 3),
		"offset of a data segment is not an i32": build(func(a *assembly) { a.data = [][]byte{code(0, i64(0), opEnd, 0)} }),
		"memory 1 does not exist":                build(func(a *assembly) { a.data = [][]byte{code(2, 1, i32(0), opEnd, 0)} }),
		"export g: global 0":                     build(func(a *assembly) { a.exports = [][]byte{append(appendName(nil, "g"), 3, 0)} }),
		"unknown kind of export 4":               build(func(a *assembly) { a.exports = [][]byte{append(appendName(nil, "g"), 4, 0)} }),
		"unknown kind of import 4":               build(func(a *assembly) { a.imports = [][]byte{{0, 0, 4}} }),
		"at most 50000 are accepted":             build(func(a *assembly) { a.funcs[0].locals = code(1, appendU32(nil, 1<<31), 0x7f) }),
		"a table of 2000000 entries":             build(func(a *assembly) { a.tables = [][]byte{code(0x70, 0, appendU32(nil, 2_000_000))} }),
		"unknown kind of limits 0x04":            build(func(a *assembly) { a.tables = [][]byte{{0x70, 4, 0}} }),
		"opcode 0x10 is not constant":            build(func(a *assembly) { a.globals = [][]byte{code(0x7f, 0, opCall, 0, opEnd)} }),
		"unknown mutability 2":                   build(func(a *assembly) { a.globals = [][]byte{code(0x7f, 2, i32(0), opEnd)} }),
		"kind of element segment 8":              build(func(a *assembly) { a.elems = [][]byte{{8}} }),
		"unknown kind of element 0x01":           build(func(a *assembly) { a.elems = [][]byte{{1, 1, 0}} }),
		"unknown kind of data segment 3":         build(func(a *assembly) { a.data = [][]byte{{3}} }),
	} {
		out, err := Rewrite(c)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || out != nil {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestRewrittenOnceOnly(t *testing.T) {
	if _, err := Rewrite(rewriteModule(t, one("", "").build()).Code); err == nil {
		t.Error("a rewritten module was rewritten again")
	}
}

// Names are a courtesy: bad ones are dropped.
func TestBadNames(t *testing.T) {
	a := one("", "")
	a.extra = sectionOf(secCustom, append(appendName(nil, "name"), 1, 100, 3))
	out := rewriteModule(t, a.build()).Code
	newEngine(t, wazero.NewRuntimeConfigInterpreter()).instantiate(t, out)
}
