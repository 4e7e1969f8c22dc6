package binary

import (
	"errors"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// What runs for ever must be ended, whatever it does.
func TestEndless(t *testing.T) {
	void := signature("", "")
	indirect := assembly{
		types:  [][]byte{void},
		tables: [][]byte{{0x70, 0, 1}},
		elems:  [][]byte{code(0, i32(0), opEnd, 1, 1)},
		funcs: []function{
			{export: "run", code: code(opLoop, 0x40, i32(0), opCallIndirect, 0, 0, opBr, 0, opEnd)},
			{code: code(0x01)},
		},
	}
	// 2^40 calls, but nested 40 deep only.
	tree := assembly{types: [][]byte{void}, funcs: []function{{export: "run", code: code(opCall, 1, opCall, 1)}}}
	for n := range 40 {
		next := appendU32([]byte{opCall}, uint32(n+2))
		tree.funcs = append(tree.funcs, function{code: code(next, next)})
	}
	tree.funcs = append(tree.funcs, function{code: code(0x01)})
	for name, a := range map[string]assembly{
		"loop":           one("", "", opLoop, 0x40, opBr, 0, opEnd),
		"inner loop":     one("", "", opLoop, 0x40, opLoop, 0x40, opBr, 1, opEnd, opEnd),
		"loop with if":   one("", "", opLoop, 0x40, i32(1), opIf, 0x40, opBr, 1, opEnd, opEnd),
		"br_if":          one("", "", opLoop, 0x40, i32(1), opBrIf, 0, opEnd),
		"br_table":       one("", "", opLoop, 0x40, i32(7), opBrTable, 1, 1, 0, opEnd),
		"loop with i32":  one("", "i", i32(1), opLoop, 0, opBr, 0, opEnd),
		"grow":           one("", "", opLoop, 0x40, i32(1), opMemoryGrow, 0, 0x1a, opBr, 0, opEnd),
		"fill":           one("", "", opLoop, 0x40, i32(0), i32(0), i32(65536), opMisc, 11, 0, opBr, 0, opEnd),
		"copy":           one("", "", opLoop, 0x40, i32(0), i32(0), i32(65536), opMisc, 10, 0, 0, opBr, 0, opEnd),
		"many calls":     indirect,
		"tree of calls":  tree,
		"start function": {types: [][]byte{void}, memory: true, start: []byte{0}, funcs: []function{{code: code(opLoop, 0x40, opBr, 0, opEnd)}}},
		"bound module's": {types: [][]byte{void}, start: []byte{0}, funcs: []function{{code: code(opLoop, 0x40, opBr, 0, opEnd)}}},
	} {
		if name == "loop with i32" {
			a.types = append([][]byte{signature("i", "i")}, a.types...)
			a.funcs[0].typ = 1
		}
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, e *engine) {
				m, err := e.start(t, rewriteModule(t, a.build()))
				if err == nil {
					_, err = m.ExportedFunction("run").Call(t.Context())
				}
				if !errors.Is(err, errFuel) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// Bulk instructions cost by what they move, so that few of them use up what
// many small ones do.
func TestBulkCostsByLength(t *testing.T) {
	e := newEngine(t, wazero.NewRuntimeConfigCompiler())
	ticks := func(length int64) int {
		// 100 fills.
		a := one("", "", opLoop, 0x40, i32(0), i32(0), i32(length), opMisc, 11, 0,
			opLocalGet, 0, i32(1), 0x6a, opLocalTee, 0, i32(100), 0x49, opBrIf, 0, opEnd)
		a.funcs[0].locals = []byte{1, 1, 0x7f}
		e.ticks = 0
		if _, err := e.rewritten(t, a).ExportedFunction("run").Call(t.Context()); err != nil {
			t.Fatal(err)
		}
		return e.ticks
	}
	if small, big := ticks(10), ticks(65536); small > 2 || big < 40 {
		t.Errorf("%d ticks for 1,000 bytes, %d for 6,553,600", small, big)
	}
}

func TestRecursion(t *testing.T) {
	void := signature("", "")
	for name, a := range map[string]assembly{
		"direct": {types: [][]byte{void}, funcs: []function{{export: "run", code: code(opCall, 0)}}},
		"in turns": {types: [][]byte{void}, funcs: []function{
			{export: "run", code: code(opCall, 1)}, {code: code(opCall, 0)}}},
		"through a table": {types: [][]byte{void}, tables: [][]byte{{0x70, 0, 1}},
			elems: [][]byte{code(0, i32(0), opEnd, 1, 0)},
			funcs: []function{{export: "run", code: code(i32(0), opCallIndirect, 0, 0)}}},
		"in a loop": {types: [][]byte{void}, funcs: []function{{export: "run", code: code(opLoop, 0x40, opCall, 0, opBr, 0, opEnd)}}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, wazero.NewRuntimeConfigCompiler())
			e.most = 1 << 40
			_, err := e.rewritten(t, a).ExportedFunction("run").Call(t.Context())
			if !errors.Is(err, errStack) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Whichever way a function is left, its stack is given back: many more calls
// than could be nested succeed one after the other.
func TestStackIsGivenBack(t *testing.T) {
	for name, leave := range map[string][]byte{
		"end":             code(i32(1), i64(2)),
		"return":          code(i32(1), i64(2), opReturn),
		"nested return":   code(opBlock, 0x40, opBlock, 0x40, i32(1), i64(2), opReturn, opEnd, opEnd, opUnreachable),
		"return of more":  code(i32(9), i32(1), i64(2), opReturn),
		"branch":          code(i32(1), i64(2), opBr, 0),
		"nested branch":   code(opLoop, 0x40, i32(1), i64(2), opBr, 1, opEnd, opUnreachable),
		"branch if":       code(i32(1), i64(2), i32(1), opBrIf, 0),
		"branch table":    code(i32(1), i64(2), i32(5), opBrTable, 1, 0, 0),
		"return from if":  code(i32(1), opIf, 0x40, i32(1), i64(2), opReturn, opEnd, i32(3), i64(4)),
		"falling through": code(i32(0), opIf, 0x40, i32(3), i64(4), opReturn, opEnd, i32(1), i64(2)),
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, e *engine) {
				e.most = 1 << 40
				pad := []byte(strings.Repeat("\x01", 4000)) // makes for a big frame
				a := assembly{
					types: [][]byte{signature("", ""), signature("", "iI"), signature("i", "iI")},
					funcs: []function{
						{export: "run", typ: 1, locals: []byte{1, 1, 0x7f}, code: code(
							opLoop, 0x40, opCall, 1, 0x1a, 0x1a, i32(3), opCall, 2, 0x1a, 0x1a,
							opLocalGet, 0, i32(1), 0x6a, opLocalTee, 0, i32(10000), 0x49, opBrIf, 0, opEnd,
							opCall, 1)},
						{typ: 1, code: code(opCall, 3, pad, leave, opUnreachable)},
						{typ: 2, code: code(opCall, 3, pad, leave, opUnreachable)},
						{},
					},
				}
				if name == "end" || name == "branch if" || name == "falling through" {
					a.funcs[1].code = a.funcs[1].code[:len(a.funcs[1].code)-1]
					a.funcs[2].code = a.funcs[2].code[:len(a.funcs[2].code)-1]
				}
				got, err := e.rewritten(t, a).ExportedFunction("run").Call(t.Context())
				if err != nil || got[0] != 1 || got[1] != 2 {
					t.Errorf("got %v, %v", got, err)
				}
			})
		})
	}
}
