package binary

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// The engine must know exactly the opcodes that the tables know: it says so,
// or complains of something else (operands are missing).
func TestOpcodesAreTheEngines(t *testing.T) {
	e := newEngine(t, wazero.NewRuntimeConfigInterpreter())
	knows := func(op ...byte) bool {
		body := append(op, make([]byte, 20)...)
		if op[0] == 0xd0 {
			body[1] = 0x70
		}
		a := one("", "", opUnreachable, body)
		a.tables = [][]byte{{0x70, 0, 1}}
		_, err := e.r.CompileModule(t.Context(), a.build())
		if err == nil {
			return true
		}
		for _, no := range []string{"invalid instruction", "unknown misc", "unknown SIMD", "tail-call", "exception-handling",
			"invalid as feature", "atomic", "typed-function-references"} {
			if strings.Contains(err.Error(), no) {
				return false
			}
		}
		return true
	}
	for n := range 256 {
		op := byte(n)
		if core[op] != prefix {
			check(t, core[op] != unknown, knows(op), "%#02x", n)
		}
		if n < 0x80 {
			check(t, misc[op] != unknown, knows(opMisc, op), "0xfc %#02x", n)
			check(t, vector[op] != unknown, knows(opVector, op), "0xfd %#02x", n)
		} else {
			check(t, vector[op] != unknown, knows(opVector, op, 1), "0xfd %#02x", n)
		}
	}
}

func check(t *testing.T, ours, theirs bool, format string, n int) {
	t.Helper()
	if ours != theirs {
		t.Errorf("opcode %s: known here %v, to the engine %v", fmt.Sprintf(format, n), ours, theirs)
	}
}

// Each shape's immediates are read to their end: between two marks, each
// instruction must be one.
func TestImmediates(t *testing.T) {
	for _, in := range [][]byte{
		{opBlock, 0x40}, {opLoop, 0x7b}, {opIf, 0x70}, {opBlock, 0x6f}, {opBlock, 0}, {opBlock, 0xff, 0x00},
		{opBr, 0x85, 0x80, 0}, {opBrTable, 2, 1, 0x80, 1, 0}, {opBrTable, 0, 3}, {opCallIndirect, 1, 2},
		{0x1c, 1, 0x7b}, {0x1c, 2, 0x7f, 0x7e}, {0x28, 2, 0x80, 0x80, 4}, {0x3f, 0}, {opMemoryGrow, 0},
		{0x41, 0x80, 0x80, 0x80, 0x80, 0x78}, {0x41, 0x7f}, {opI64Const, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f},
		{0x43, 1, 2, 3, 4}, {0x44, 1, 2, 3, 4, 5, 6, 7, 8}, {0xd0, 0x70}, {0xd1}, {opRefFunc, 9}, {0x26, 3},
		{opMisc, 0}, {opMisc, 8, 3, 0}, {opMisc, 9, 3}, {opMisc, 10, 0, 0}, {opMisc, 11, 0}, {opMisc, 12, 1, 2},
		{opMisc, 13, 1}, {opMisc, 14, 1, 2}, {opMisc, 15, 1}, {opMisc, 16, 1}, {opMisc, 17, 1}, {opMisc, 0x8b, 0, 0},
		{opVector, 0, 4, 0}, {opVector, 11, 4, 0x80, 1}, {opVector, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		{opVector, 13, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, {opVector, 14}, {opVector, 0x16, 7},
		{opVector, 0x54, 0, 0, 3}, {opVector, 0x5c, 0, 0}, {opVector, 0xff, 1}, {opVector, 0xae, 1},
	} {
		r := reader{b: in, end: len(in)}
		if got := r.next(); r.err != nil || got.end != len(in) {
			t.Errorf("% x: ends at %d, %v", in, got.end, r.err)
		}
		for n := range in {
			r := reader{b: in, end: n}
			if r.next(); r.err == nil {
				t.Errorf("% x: nothing wrong with the first %d bytes", in, n)
			}
		}
	}
	for _, in := range [][]byte{
		{0x41, 0x80, 0x80, 0x80, 0x80, 0x48}, {0x41, 0xff, 0xff, 0xff, 0xff, 0x0f}, {0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0},
		{opI64Const, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, {opBr, 0x80, 0x80, 0x80, 0x80, 0x10},
		{opBr, 0x80, 0x80, 0x80, 0x80, 0x80, 0}, {opBlock, 0xff, 0x7e}, {0x1c, 1, 0x40}, {0xd0, 0x7f},
	} {
		r := reader{b: in, end: len(in)}
		if r.next(); r.err == nil {
			t.Errorf("% x: nothing wrong", in)
		}
	}
}

func TestSignedNumbers(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 127, 128, 1<<31 - 1, -1 << 31, 1<<63 - 1, -1 << 63} {
		b := appendSigned(nil, v)
		r := reader{b: b, end: len(b)}
		if got := r.signed(64); got != v || r.err != nil || r.pos != len(b) {
			t.Errorf("%d became %d, %v", v, got, r.err)
		}
		r = reader{b: b, end: len(b)}
		if got := r.signed(32); (r.err == nil) != (v == int64(int32(v))) || r.err == nil && got != v {
			t.Errorf("%d became %d of 32 bits, %v", v, got, r.err)
		}
	}
}
