package binary

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// stateful is a module with everything that an instance can change and a host
// put back.
func stateful() assembly {
	return assembly{
		types: [][]byte{signature("", "i"), signature("", "")},
		globals: [][]byte{
			code(0x7f, 1, i32(7), opEnd),
			code(0x7e, 0, i64(1), opEnd),
			code(0x7d, 1, 0x43, 0, 0, 0x28, 0x42, opEnd),
			code(0x70, 0, opRefFunc, 0, opEnd),
		},
		start: []byte{1},
		funcs: []function{
			{export: "run", code: code(
				i32(100), i32(0), i32(4), opMisc, miscMemoryInit, 3, 0, // from "used"
				i32(200), i32(0), i32(0), opMisc, miscMemoryInit, 1, 0,
				opGlobalGet, 0)},
			{typ: 1, code: code(i32(8), opGlobalSet, 0)},
			{export: "again", code: code(i32(0), i32(0), i32(1), opMisc, miscMemoryInit, 1, 0, i32(0))},
		},
		data: [][]byte{
			code(0, i32(16), opEnd, 3, []byte("one")),
			code(0, i32(-1), opEnd, 0),
			code(1, 6, []byte("unused")),
			code(1, 4, []byte("used")),
			code(2, 0, i32(17), opEnd, 3, []byte("two")),
		},
		memory: true,
	}
}

func TestWhatTheHostIsTold(t *testing.T) {
	in := stateful().build()
	out := rewriteModule(t, in)
	want := &Module{
		Code: out.Code,
		Globals: []Global{{"penstock_global_0", 0x7f}, {"penstock_global_2", 0x7d},
			{FuelGlobal, 0x7e}, {StackGlobal, 0x7e}},
		Data:  []Segment{{16, []byte("one")}, {1<<32 - 1, []byte{}}, {17, []byte("two")}},
		Start: "penstock_start",
	}
	if !reflect.DeepEqual(out, want) {
		t.Errorf("got  %+v\nwant %+v", out, want)
	}
	out.Data[0].Bytes[0] = 'O'
	if !bytes.Contains(in, []byte("One")) {
		t.Error("the data is a copy")
	}
	for _, gone := range []string{"one", "two", "unused"} {
		if bytes.Contains(out.Code, []byte(gone)) {
			t.Errorf("segment %s is still there", gone)
		}
	}
}

// Instantiating runs nothing and writes nothing.
func TestInstantiatingChangesNothing(t *testing.T) {
	both(t, func(t *testing.T, e *engine) {
		m := e.instantiate(t, rewriteModule(t, stateful().build()).Code)
		mem, _ := m.Memory().Read(0, m.Memory().Size())
		if got := bytes.Trim(mem, "\x00"); len(got) > 0 {
			t.Errorf("memory has %q", got)
		}
		if g := m.ExportedGlobal("penstock_global_0").Get(); g != 7 {
			t.Errorf("the start function has set the global to %d", g)
		}
		if e.ticks > 0 {
			t.Errorf("%d ticks", e.ticks)
		}
	})
}

func TestSegmentsInUse(t *testing.T) {
	both(t, func(t *testing.T, e *engine) {
		a := stateful()
		a.data[1] = code(0, i32(20), opEnd, 4, []byte("gone"))
		m := e.rewritten(t, a)
		if got, err := m.ExportedFunction("run").Call(t.Context()); err != nil || got[0] != 8 {
			t.Errorf("got %v, %v", got, err)
		}
		for at, want := range map[uint32]string{16: "otwogone", 100: "used"} {
			if got, _ := m.Memory().Read(at, uint32(len(want))); string(got) != want {
				t.Errorf("at %d: %q, want %q", at, got, want)
			}
		}
		// An active segment has been dropped: nothing can be copied from it.
		_, err := m.ExportedFunction("again").Call(t.Context())
		if err == nil || !strings.Contains(err.Error(), "out of bounds") {
			t.Errorf("copying from an active segment: %v", err)
		}
	})
}

// A start function is of the type that the engine demands, whoever calls it.
func TestStartOfAnotherType(t *testing.T) {
	for name, typ := range map[string][]byte{"parameter": signature("i", ""), "result": signature("", "i")} {
		a := assembly{types: [][]byte{typ}, memory: true, start: []byte{0}, funcs: []function{{code: code(opUnreachable)}}}
		e := newEngine(t, wazero.NewRuntimeConfigInterpreter())
		if _, err := e.r.CompileModule(t.Context(), rewriteModule(t, a.build()).Code); err == nil {
			t.Errorf("a start function with a %s was accepted", name)
		}
	}
	a := assembly{types: [][]byte{signature("", "")}, memory: true, start: []byte{0},
		imports: [][]byte{append(appendName(appendName(nil, TickName), TickName), 0, 0)}}
	out := rewriteModule(t, a.build())
	e := newEngine(t, wazero.NewRuntimeConfigInterpreter())
	called := false
	if _, err := e.r.NewHostModuleBuilder(TickName).NewFunctionBuilder().WithFunc(func() { called = true }).
		Export(TickName).Instantiate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.start(t, out); err != nil || !called {
		t.Errorf("an imported start function: called %v, %v", called, err)
	}
}

func TestBound(t *testing.T) {
	table := func(body ...any) func(*assembly) {
		return func(a *assembly) {
			a.tables = [][]byte{{0x70, 0, 4}}
			a.elems = [][]byte{code(1, 0, 1, 0)}
			a.funcs[0].code = code(body...)
		}
	}
	for want, change := range map[string]func(*assembly){
		"":                          func(*assembly) {},
		"table.set, and tables":     table(i32(0), 0xd0, 0x70, 0x26, 0),
		"table.init, and tables":    table(i32(0), i32(0), i32(0), opMisc, miscTableInit, 0, 0),
		"table.copy, and tables":    table(i32(0), i32(0), i32(0), opMisc, miscTableCopy, 0, 0),
		"table.grow, and tables":    table(0xd0, 0x70, i32(0), opMisc, miscTableGrow, 0, 0x1a),
		"table.fill, and tables":    table(i32(0), 0xd0, 0x70, i32(0), opMisc, miscTableFill, 0),
		"elem.drop, and element":    table(opMisc, miscElemDrop, 0),
		"data.drop, and data":       func(a *assembly) { a.data, a.funcs[0].code = [][]byte{{1, 0}}, code(opMisc, miscDataDrop, 0) },
		"mutable global that holds": func(a *assembly) { a.globals = [][]byte{code(0x7b, 1, opVector, 12, make([]byte, 16), opEnd)} },
		"that holds a vector or a":  func(a *assembly) { a.globals = [][]byte{code(0x70, 1, 0xd0, 0x70, opEnd)} },
		"or a reference":            func(a *assembly) { a.globals = [][]byte{code(0x6f, 1, 0xd0, 0x6f, opEnd)} },
		"no memory":                 func(a *assembly) { a.memory, a.data = false, nil },
		"imports its memory":        func(a *assembly) { a.imports = [][]byte{append(appendName(appendName(nil, "e"), "m"), 2, 0, 1)} },
		"imports a table":           func(a *assembly) { a.imports = [][]byte{append(appendName(appendName(nil, "e"), "t"), 1, 0x70, 0, 1)} },
		"imports a mutable global":  func(a *assembly) { a.imports = [][]byte{append(appendName(appendName(nil, "e"), "g"), 3, 0x7f, 1)} },
		"depends on a global": func(a *assembly) {
			a.imports = [][]byte{append(appendName(appendName(nil, "e"), "g"), 3, 0x7f, 0)}
			a.data = [][]byte{code(0, opGlobalGet, 0, opEnd, 1, 7)}
		},
	} {
		t.Run(want, func(t *testing.T) {
			a := one("", "")
			a.start = []byte{0}
			a.data = [][]byte{code(0, i32(5), opEnd, 5, []byte("hello"))}
			change(&a)
			// Imported functions move the start function.
			if len(a.imports) > 0 {
				a.funcs[0].export = ""
			}
			out := rewriteModule(t, a.build())
			if want == "" {
				if out.Bound != "" {
					t.Errorf("bound: %s", out.Bound)
				}
				return
			}
			if !strings.Contains(out.Bound, want) || out.Globals != nil || out.Data != nil || out.Start != "" {
				t.Errorf("got %+v", out)
			}
			if len(a.imports) > 0 {
				return
			}
			// It does everything itself, once it is there.
			m := newEngine(t, wazero.NewRuntimeConfigInterpreter()).instantiate(t, out.Code)
			if len(a.data) == 0 {
				return
			}
			if got, _ := m.Memory().Read(5, 5); len(a.data[0]) > 5 && string(got) != "hello" {
				t.Errorf("memory has %q", got)
			}
			if _, ok := m.ExportedGlobal(FuelGlobal).(api.MutableGlobal); !ok {
				t.Error("no fuel")
			}
		})
	}
}
