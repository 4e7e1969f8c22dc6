package binary

import (
	"testing"

	"github.com/tetratelabs/wazero"
)

// FuzzRewrite holds Rewrite against the engine: what the engine would run, it runs
// rewritten; what it would refuse is not made acceptable.
func FuzzRewrite(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
		if len(s) > 8 {
			f.Add(debugged(s))
		}
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		before := string(code)
		out, err := Rewrite(code)
		if string(code) != before {
			t.Fatal("Rewrite has changed the module that it was given")
		}
		if err != nil {
			return
		}
		e := newEngine(t, wazero.NewRuntimeConfigInterpreter())
		_, plain := e.r.CompileModule(t.Context(), withoutCustom(code))
		_, after := e.r.CompileModule(t.Context(), out.Code)
		if (plain == nil) != (after == nil) {
			t.Errorf("before: %v\nafter: %v", plain, after)
		}
	})
}

// withoutCustom leaves custom sections out. Names that cannot be read are left
// out of a rewritten module, as the specification wants it, while the engine
// refuses them, or makes room for as many as are promised.
func withoutCustom(code []byte) []byte {
	out := append([]byte(nil), code[:8]...)
	r := reader{b: code, pos: 8, end: len(code)}
	for r.more() {
		at := r.pos
		id := r.byte()
		if r.take(r.u32()); id != secCustom {
			out = append(out, code[at:r.pos]...)
		}
	}
	return out
}

// seeds are modules that have everything in them once.
func seeds() [][]byte {
	all := one("iI", "iI",
		opBlock, 0x40, opLoop, 0x40, opLocalGet, 0, opBrIf, 1, i32(0), opBrTable, 1, 0, 1, opEnd, opEnd,
		opLocalGet, 0, opIf, 0x7f, i32(1), opElse, i32(2), opEnd, opLocalSet, 0,
		i32(0), i32(0), i32(9), opMisc, 11, 0, i32(1), opMemoryGrow, 0, 0x1a,
		opVector, 12, make([]byte, 16), opVector, 0x15, 3, 0x1a,
		i32(8), 0x28, 2, 0, 0x1a, opCall, 0, opReturn)
	all.tables = [][]byte{{0x70, 1, 2, 9}}
	all.elems = [][]byte{code(0, i32(0), opEnd, 1, 0), code(5, 0x70, 1, opRefFunc, 0, opEnd)}
	all.globals = [][]byte{code(0x7f, 1, i32(7), opEnd), code(0x70, 0, opRefFunc, 0, opEnd)}
	all.data = [][]byte{code(0, i32(3), opEnd, 2, 1, 2), {1, 1, 7}}
	all.names = map[uint32]string{0: "all"}
	jumping := one("ii", "i", opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 2, 0, 1, 0, opEnd,
		opLocalGet, 1, opIf, 0x40, i32(1), opLocalSet, 0, opBr, 2, opEnd, opEnd, i32(0), opLocalSet, 0, opBr, 0, opEnd, i32(7)).build()
	copying := one("iii", "", opLocalGet, 0, opLocalGet, 1, opLocalGet, 2, opMisc, 10, 0, 0).build()
	bare := one("", "").build()
	return [][]byte{all.build(), stateful().build(), calling().build(), jumping, copying, bare, bare[:8], one("i", "iii", opLocalGet, 0, opCall, 0).build()}
}
