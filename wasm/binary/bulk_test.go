package binary

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// bulkPages is how large the memory of a bulk module is, once it has grown.
const bulkPages = 20

// bulkModule exports one function for each instruction that moves memory, with
// its operands for parameters.
func bulkModule() assembly {
	operands := code(opLocalGet, 0, opLocalGet, 1, opLocalGet, 2)
	segment := make([]byte, 5*pieceBytes+7)
	for n := range segment {
		segment[n] = byte(n * 31 >> 3)
	}
	passive := append(appendU32([]byte{1}, uint32(len(segment))), segment...)
	return assembly{
		types: [][]byte{signature("iii", ""), signature("", "")},
		funcs: []function{
			{export: "fill", code: code(operands, opMisc, miscMemoryFill, 0)},
			{export: "copy", code: code(operands, opMisc, miscMemoryCopy, 0, 0)},
			{export: "init", code: code(operands, opMisc, miscMemoryInit, 1, 0)},
			{export: "short", code: code(operands, opMisc, miscMemoryInit, 2, 0)},
			{export: "drop", typ: 1, code: code(opMisc, miscDataDrop, 1)},
		},
		data:   [][]byte{code(0, i32(9), opEnd, 3, 1, 2, 3), passive, {1, 4, 5, 6, 7, 8}},
		memory: true,
	}
}

func bulkMemory(t *testing.T, m api.Module) []byte {
	t.Helper()
	if _, ok := m.Memory().Grow(bulkPages - 1); !ok {
		t.Fatal("the memory does not grow")
	}
	mem, _ := m.Memory().Read(0, m.Memory().Size())
	for n := range mem {
		mem[n] = byte(n*7 ^ n>>11)
	}
	return mem
}

// Moving memory in pieces is the same as moving it at once: the same bytes, or
// the same trap before anything is written.
func TestBulkInPieces(t *testing.T) {
	both(t, func(t *testing.T, e *engine) {
		e.most = 1 << 40
		code := bulkModule().build()
		plain := e.instantiate(t, code)
		pieces, err := e.start(t, rewriteModule(t, code))
		if err != nil {
			t.Fatal(err)
		}
		want, got := bulkMemory(t, plain), bulkMemory(t, pieces)
		r := rand.New(rand.NewPCG(1, 2))
		trapped, done := 0, 0
		run := func(name string, args ...uint64) {
			t.Helper()
			_, plainErr := plain.ExportedFunction(name).Call(t.Context(), args...)
			_, err := pieces.ExportedFunction(name).Call(t.Context(), args...)
			if trapOf(err) != trapOf(plainErr) || string(got) != string(want) {
				t.Fatalf("%s%d: was %v, is %v; memory alike: %v", name, args, plainErr, err, string(got) == string(want))
			}
			if err != nil {
				trapped++
			} else {
				done++
			}
			stack, _ := pieces.ExportedGlobal(StackGlobal).(api.MutableGlobal)
			stack.Set(StackBudget)
		}
		edges := []uint64{0, 1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 2 * pieceBytes, 5*pieceBytes + 7, 5*pieceBytes + 8,
			bulkPages << 16, bulkPages<<16 + 1, bulkPages<<16 - pieceBytes, 1 << 31, 1<<32 - pieceBytes, 1<<32 - 1}
		some := func() uint64 {
			if r.IntN(3) == 0 {
				return edges[r.IntN(len(edges))]
			}
			return r.Uint64N(bulkPages << 15)
		}
		for n := range 400 {
			name := []string{"fill", "copy", "copy", "init", "short"}[n%5]
			to, from := some(), some()
			if name == "copy" && r.IntN(2) == 0 { // over itself
				from = (to + r.Uint64N(3*pieceBytes) - pieceBytes) & 0xffffffff
			}
			run(name, to, from, some())
		}
		run("drop")
		run("init", 0, 0, 0)
		run("init", 0, 0, 2*pieceBytes)
		if trapped < 50 || done < 100 {
			t.Errorf("%d trapped, %d did not", trapped, done)
		}
	})
}

// A trap in an added function names the instruction.
func TestBulkNames(t *testing.T) {
	both(t, func(t *testing.T, e *engine) {
		a := bulkModule()
		a.names = map[uint32]string{0: "clear it", 2: "bring it"}
		m := e.rewritten(t, a)
		for name, want := range map[string][]string{"fill": {"memory.fill", "clear it"}, "copy": {"memory.copy"}, "init": {"memory.init", "bring it"}} {
			_, err := m.ExportedFunction(name).Call(t.Context(), 1<<31, 0, 1)
			for _, w := range want {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("%s: %v does not name %s", name, err, w)
				}
			}
		}
	})
}

// One instruction that moves a whole memory is ended in its midst.
func TestBulkIsInterrupted(t *testing.T) {
	const pages = 20
	for name, args := range map[string][]uint64{
		"fill":         {0, 1, pages << 16},
		"copy":         {0, 1 << 16, (pages - 1) << 16},
		"copy upwards": {1 << 16, 0, (pages - 1) << 16},
		"init":         {0, 0, 5 * pieceBytes},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, wazero.NewRuntimeConfigCompiler())
			m, err := e.start(t, rewriteModule(t, bulkModule().build()))
			if err != nil {
				t.Fatal(err)
			}
			mem := bulkMemory(t, m)
			before := string(mem)
			e.most = 2
			_, err = m.ExportedFunction(name[:4]).Call(t.Context(), args...)
			if !errors.Is(err, errFuel) {
				t.Fatalf("got %v", err)
			}
			changed := 0
			for n := range mem {
				if mem[n] != before[n] {
					changed++
				}
			}
			if changed == 0 || changed > 2*pieceBytes { // a piece costs more than a quantum
				t.Errorf("%d bytes had changed when it was stopped", changed)
			}
		})
	}
}
