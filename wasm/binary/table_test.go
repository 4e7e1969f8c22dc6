package binary

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// calling has a table with functions of two types, one twice, and holes, and
// calls through it as both and as a third.
func calling() assembly {
	through := func(arguments []byte, t int) []byte {
		return code(arguments, opLocalGet, 0, opCallIndirect, t, 0)
	}
	return assembly{
		types:   [][]byte{signature("i", "i"), signature("ii", "i"), signature("", "i"), signature("I", ""), signature("i", "i")},
		imports: [][]byte{code(appendName(appendName(nil, "host"), "double"), 0, 0)},
		tables:  [][]byte{{0x70, 0, 20}},
		memory:  true,
		funcs: []function{
			{typ: 0, code: code(opLocalGet, 0, i32(100), 0x6a)},
			{typ: 1, code: code(opLocalGet, 0, opLocalGet, 1, 0x6c)},
			{typ: 0, export: "one", code: through(i32(7), 4)}, // the same type by another index
			{typ: 0, export: "two", code: through(code(i32(7), i32(8)), 1)},
			{typ: 0, export: "none", code: through(nil, 2)},
		},
		elems: [][]byte{
			code(0, i32(5), opEnd, 3, 1, 2, 1),
			code(0, i32(9), opEnd, 1, 0), // the imported one
			code(0, i32(6), opEnd, 1, 2),
			code(0, i32(20), opEnd, 0),
		},
	}
}

// Calls through a table that nothing changes do and trap as they did.
func TestCallsThroughTable(t *testing.T) {
	both(t, func(t *testing.T, e *engine) {
		if _, err := e.r.NewHostModuleBuilder("host").NewFunctionBuilder().
			WithFunc(func(n int32) int32 { return 2 * n }).Export("double").Instantiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		in := calling().build()
		out := rewriteModule(t, in)
		if elements := sectionIn(t, out.Code, secElement); !bytes.Equal(elements, code(1, 0, i32(5), opEnd, 1, 2)) {
			t.Errorf("the elements are % x", elements)
		}
		before := e.instantiate(t, in)
		after, err := e.start(t, out)
		if err != nil {
			t.Fatal(err)
		}
		worked := 0
		for _, export := range []string{"one", "two", "none"} {
			for _, index := range []uint64{0, 4, 5, 6, 7, 8, 9, 10, 19, 20, 1 << 20, 1<<32 - 1} {
				call := before.ExportedFunction(export)
				want, wantErr := call.Call(t.Context(), index)
				if wantErr == nil {
					worked++
				}
				for name, m := range map[string]api.Module{"rewritten": after, "clone": e.clone(t, out, after)} {
					got, err := m.ExportedFunction(export).Call(t.Context(), index)
					if !slices.Equal(got, want) || trapOf(err) != trapOf(wantErr) {
						t.Errorf("%s, entry %d, %s: %v %q, want %v %q", export, index, name, got, trapOf(err), want, trapOf(wantErr))
					}
				}
			}
		}
		if worked != 4 {
			t.Errorf("%d calls found their function, want 4", worked)
		}
	})
}

// sectionIn returns what is in a section.
func sectionIn(t *testing.T, code []byte, id byte) []byte {
	t.Helper()
	var m module
	m.split(&reader{b: code, pos: 8, end: len(code)})
	s := m.sections[id]
	return s.b[s.pos:s.end]
}

// A table stays as it is if something else than calls can see it.
func TestTablesThatStay(t *testing.T) {
	for name, change := range map[string]func(a *assembly){
		"exported":             func(a *assembly) { a.exports = [][]byte{append(appendName(nil, "t"), kindTable, 0)} },
		"not the only one":     func(a *assembly) { a.tables = append(a.tables, []byte{0x70, 0, 1}) },
		"read":                 func(a *assembly) { a.funcs[0].code = code(i32(0), opTableGet, 0, 0xd1) },
		"written":              func(a *assembly) { a.funcs[0].code = code(i32(0), 0xd0, 0x70, opTableSet, 0, i32(1)) },
		"functions are values": func(a *assembly) { a.funcs[0].code = code(opRefFunc, 1, 0xd1) },
		"a global has one":     func(a *assembly) { a.globals = [][]byte{code(0x70, 0, opRefFunc, 1, opEnd)} },
		"passive elements":     func(a *assembly) { a.elems = append(a.elems, code(1, 0, 1, 1)) },
		"somewhere": func(a *assembly) {
			a.globals = [][]byte{code(0x7f, 0, i32(1), opEnd)}
			a.elems[0] = code(0, opGlobalGet, 0, opEnd, 1, 1)
		},
		"beyond its end": func(a *assembly) { a.elems[0] = code(0, i32(18), opEnd, 3, 1, 1, 1) },
		"too many": func(a *assembly) {
			a.tables[0] = code(0x70, 0, appendU32(nil, maxNesting+1))
			a.elems[0] = code(0, i32(0), opEnd, appendU32(nil, maxNesting+1), bytes.Repeat([]byte{1}, maxNesting+1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := calling()
			change(&a)
			out := rewriteModule(t, a.build())
			if elements := sectionIn(t, out.Code, secElement); len(elements) < 15 {
				t.Errorf("the elements are % x", elements)
			}
		})
	}
}

// Types are the same that have the same lists, however their lengths are written.
func TestTypesWrittenOtherwise(t *testing.T) {
	a := assembly{
		types:   [][]byte{signature("", ""), {0x60, 0x80, 0, 0}, signature("i", "")},
		memory:  true,
		tables:  [][]byte{{0x70, 0, 2}},
		globals: [][]byte{code(0x7f, 1, i32(0), opEnd)},
		elems:   [][]byte{code(0, i32(0), opEnd, 1, 0)},
		funcs: []function{
			{typ: 1, code: code(i32(7), opGlobalSet, 0)},
			{typ: 0, export: "run", code: code(i32(0), opCallIndirect, 0, 0)},
			{typ: 0, export: "bad", code: code(i32(5), i32(0), opCallIndirect, 2, 0)},
		},
	}
	both(t, func(t *testing.T, e *engine) {
		m := e.rewritten(t, a)
		if _, err := m.ExportedFunction("bad").Call(t.Context()); trapOf(err) != "wasm error: indirect call type mismatch" {
			t.Errorf("a call with another type: %v", err)
		}
		if got := m.ExportedGlobal("penstock_global_0").Get(); got != 0 {
			t.Error("a function of another type was called")
		}
		if _, err := m.ExportedFunction("run").Call(t.Context()); err != nil || m.ExportedGlobal("penstock_global_0").Get() != 7 {
			t.Errorf("a call with the same type: %v", err)
		}
	})
}

// Neither the added functions nor what is added to functions makes much of little.
func TestManyParametersAddLittle(t *testing.T) {
	const params, functions = 2000, 1000
	a := assembly{types: [][]byte{signature(strings.Repeat("i", params), "")}, memory: true,
		tables: [][]byte{code(0x70, 0, appendU32(nil, functions))}}
	entries := appendU32(code(0, i32(0), opEnd), functions)
	for n := range functions {
		a.funcs = append(a.funcs, function{code: code(opUnreachable, opCallIndirect, 0, 0)})
		entries = appendU32(entries, uint32(n))
	}
	a.elems = [][]byte{entries}
	in := a.build()
	if out := rewriteModule(t, in); len(out.Code) > 10*len(in) {
		t.Errorf("%d bytes became %d", len(in), len(out.Code))
	}
}

// Recursion by way of the added functions is stopped by the account of the
// stack, before the engine's own end of it.
func TestDeepCallsThroughTable(t *testing.T) {
	for params, zero := range map[string][]byte{
		strings.Repeat("i", 100): i32(0), strings.Repeat("v", 100): code(opVector, 12, make([]byte, 16)), "i": i32(0),
	} {
		var hand, first []byte
		for n := range params {
			hand, first = code(hand, opLocalGet, appendU32(nil, uint32(n))), code(first, zero)
		}
		a := assembly{types: [][]byte{signature(params, ""), signature("", "")}, memory: true,
			tables: [][]byte{{0x70, 0, 1}}, elems: [][]byte{code(0, i32(0), opEnd, 1, 0)},
			funcs: []function{
				{code: code(hand, i32(0), opCallIndirect, 0, 0)},
				{typ: 1, export: "run", code: code(first, i32(0), opCallIndirect, 0, 0)},
			}}
		e := newEngine(t, wazero.NewRuntimeConfigCompiler())
		e.most = 1 << 40
		_, err := e.rewritten(t, a).ExportedFunction("run").Call(t.Context())
		if err == nil || strings.Contains(trapOf(err), "stack overflow") {
			t.Errorf("%d parameters: %v", len(params), err)
		}
	}
}
