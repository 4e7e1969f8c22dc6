package binary

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// debugged appends a section with debug information to a module.
func debugged(code []byte) []byte {
	body := append(appendName(nil, ".debug_info"), "whatever it is"...)
	return append(appendU32(append([]byte(nil), append(code, secCustom)...), uint32(len(body))), body...)
}

// placed is an instruction, or what stands before the first, with its offset in the
// code section.
type placed struct {
	instruction
	function int
}

// disassemble returns a module's instructions by their offsets in the code section.
func disassemble(t *testing.T, code []byte) (all map[uint32]placed, order []uint32) {
	t.Helper()
	r := reader{b: code, pos: 8, end: len(code)}
	var m module
	m.split(&r)
	s := m.sections[secCode]
	if r.err != nil || s.b == nil {
		t.Fatal(r.err)
	}
	base := s.pos
	all = map[uint32]placed{}
	for n := range int(s.u32()) {
		body := s.part(s.u32())
		for groups := body.u32(); groups > 0; groups-- {
			body.u32()
			body.byte()
		}
		for body.more() {
			in := body.next()
			at := uint32(in.start - base)
			all[at], order = placed{in, n}, append(order, at)
		}
		if body.err != nil {
			t.Fatal(body.err)
		}
	}
	return all, order
}

// importedFunctions is how many a module has; the meter's comes next.
func importedFunctions(t *testing.T, code []byte) uint32 {
	t.Helper()
	r := reader{b: code, pos: 8, end: len(code)}
	var m module
	m.split(&r)
	m.section(&r, secType, m.readTypes)
	m.section(&r, secImport, m.readImports)
	if r.err != nil {
		t.Fatal(r.err)
	}
	return m.imported
}

// traps says of an instruction that it can trap and is never part of a check.
func traps(in instruction) bool {
	return in.memory || in.op >= 0x6d && in.op <= 0x70 || in.op >= 0x7f && in.op <= 0x82
}

// guarded are the instructions that checks stand before.
var guarded = []byte{opBr, opBrIf, opBrTable, opCall, opCallIndirect, opMemoryGrow, opMisc}

// holding returns where the instruction begins that an offset is in; the last before
// it if it is in none, but in what a function begins with.
func holding(order []uint32, at uint32) uint32 {
	n, exact := slices.BinarySearch(order, at)
	if !exact {
		n--
	}
	return order[max(n, 0)]
}

// Every instruction of a rewritten module is known to come from the right one.
func TestOrigins(t *testing.T) {
	modules := seeds()
	files, _ := filepath.Glob("testdata/compilers/*.wasm")
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		modules = append(modules, code)
	}
	checked, ticks := 0, 0
	for _, code := range modules {
		if len(code) == 8 {
			continue
		}
		plain := rewriteModule(t, code)
		if plain.Origins != nil {
			t.Fatal("there are origins that nobody wants")
		}
		code = debugged(code)
		out := rewriteModule(t, code)
		before, order := disassemble(t, code)
		after, now := disassemble(t, out.Code)
		tick := importedFunctions(t, code)
		functions := before[order[len(order)-1]].function + 1
		seen, first := map[uint32]bool{}, map[int]uint32{}
		for _, at := range slices.Backward(order) {
			first[before[at].function] = at
		}
		for n, at := range now {
			in := after[at]
			was, ok := out.Origins.Of(at)
			if in.function >= functions {
				if ok {
					t.Fatalf("%#x, of function %d, which was added, comes from %#x", at, in.function, was)
				}
				continue
			}
			origin, exact := before[was]
			switch {
			case !ok:
				t.Fatalf("%#x comes from nowhere", at)
			case exact && origin.function != in.function:
				t.Fatalf("%#x, of function %d, comes from %#x, of function %d", at, in.function, was, origin.function)
			case traps(in.instruction) && (!exact || origin.op != in.op || origin.sub != in.sub):
				t.Fatalf("%#x, opcode %#x, comes from %#x, opcode %#x", at, in.op, was, origin.op)
			case n > 0 && after[now[n-1]].function == in.function:
				if last, _ := out.Origins.Of(now[n-1]); was < last {
					t.Fatalf("%#x comes from %#x, what stands before it from %#x", at, was, last)
				}
			}
			if in.op == opCall && in.arg == tick {
				at := holding(order, was)
				whose := before[at]
				if whose.function == in.function && first[in.function] != at && !slices.Contains(guarded, whose.op) {
					t.Fatalf("%#x, a check, comes from %#x, opcode %#x", at, was, whose.op)
				}
				ticks++
			}
			seen[was] = true
			checked++
		}
		for _, at := range order {
			if !seen[at] {
				t.Fatalf("nothing comes from %#x, opcode %#x", at, before[at].op)
			}
		}
		t.Logf("%d instructions became %d; %d origins", len(order), len(now), len(out.Origins))
	}
	if checked < 20_000 || ticks < 100 {
		t.Errorf("only %d instructions and %d checks were looked at", checked, ticks)
	}
}

// The engine says of a trap where in the rewritten module it happened.
func TestStubs(t *testing.T) {
	code := debugged(one("", "", opBlock, 0x40, opEnd, 0x00).build())
	out := rewriteModule(t, code)
	both(t, func(t *testing.T, e *engine) {
		m, err := e.start(t, out)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.ExportedFunction("run").Call(t.Context())
		after, order := disassemble(t, out.Code)
		for _, at := range order {
			if after[at].op == 0 {
				want := "wasm error: unreachable\nwasm stack trace:\n\t.$1()\n\t\t" + fmt.Sprintf("%#x: %s:1", at, StubName)
				if err == nil || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
				return
			}
		}
		t.Error("there is no unreachable")
	})
}
