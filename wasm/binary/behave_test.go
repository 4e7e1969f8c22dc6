package binary

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// A rewritten module does what the module did: random programs end alike, with
// the same results, memory and globals, or with the same trap; also if they
// are moved into a clone at any point.
func TestBehavesTheSame(t *testing.T) {
	e := newEngine(t, wazero.NewRuntimeConfigCompiler())
	e.most = 1 << 40
	ended, trapped, ticked := 0, 0, 0
	for seed := range uint64(200) {
		g := generator{rand: rand.New(rand.NewPCG(seed, 1))}
		code := g.module().build()
		out := rewriteModule(t, code)
		if out.Bound != "" {
			t.Fatalf("seed %d: bound: %s", seed, out.Bound)
		}
		e.ticks = 0
		m, err := e.r.InstantiateWithConfig(t.Context(), code, wazero.NewModuleConfig().WithName(""))
		want := "start: " + trapOf(err)
		if err == nil {
			want = outcome(t, m, func(m api.Module) api.Module { return m })
			m.Close(t.Context())
		}
		for name, next := range map[string]func(m api.Module) api.Module{
			"one instance": func(m api.Module) api.Module { return m },
			"clones":       func(m api.Module) api.Module { return e.clone(t, out, m) },
		} {
			m, err := e.start(t, out)
			got := "start: " + trapOf(err)
			if err == nil {
				got = outcome(t, m, next)
			}
			if got != want {
				t.Fatalf("seed %d, %s:\nwas %s\nis  %s", seed, name, want, got)
			}
		}
		if strings.Contains(want, "wasm error") {
			trapped++
		} else {
			ended++
		}
		if e.ticks > 2 {
			ticked++
		}
	}
	t.Logf("%d programs ended, %d trapped, %d ticked more than once", ended, trapped, ticked)
	if ended < 100 || trapped < 10 || ticked < 30 {
		t.Error("the programs are not varied enough")
	}
}

// outcome runs a program, each time in the instance that next makes of the one
// before, and describes what it left behind.
func outcome(t *testing.T, m api.Module, next func(api.Module) api.Module) string {
	t.Helper()
	var left string
	for n := range uint64(3) {
		m = next(m)
		got, err := m.ExportedFunction("run").Call(t.Context(), 2, n*77)
		left += fmt.Sprintln(got, trapOf(err))
		if err != nil {
			break
		}
	}
	mem, _ := m.Memory().Read(0, 256)
	return left + fmt.Sprintf("%x %d %v", mem, m.Memory().Size(), m.ExportedGlobal("g").Get())
}

// trapOf is the first line of a trap.
func trapOf(err error) string {
	if err == nil {
		return ""
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	if strings.HasPrefix(first, "data[") {
		return "wasm error: data" // there may be fewer before it
	}
	_, trap, ok := strings.Cut(first, "wasm error")
	if !ok {
		return first
	}
	return "wasm error" + trap
}

// generator writes random programs that end: loops count down, and calls pass
// on less of the first parameter, at zero of which functions return.
type generator struct {
	rand    *rand.Rand
	results []int // how many i32 each function returns
	self    int
	depth   int // blocks around
	loops   int // loops around
}

// Locals of every function: 0 fuel for calls, 1 a parameter, 2 to 5 anything, 6 to
// 9 counters of loops. The imported function 0 is called too.
const (
	genLocals   = 6
	genCounters = 6
)

func (g *generator) module() assembly {
	a := assembly{
		types:   [][]byte{signature("i", "i"), signature("ii", ""), signature("ii", "i"), signature("ii", "ii"), signature("ii", "iii")},
		imports: [][]byte{append(appendName(appendName(nil, "env"), "triple"), 0, 0)},
		tables:  [][]byte{{0x70, 0, 8}},
		globals: [][]byte{
			code(0x7f, 1, i32(7), opEnd),
			code(0x7e, 1, i64(1<<40+3), opEnd),
			code(0x7f, 0, i32(5), opEnd),
			code(0x7d, 1, 0x43, 0, 0, 0x28, 0x42, opEnd),             // 42
			code(0x7c, 1, 0x44, 0, 0, 0, 0, 0, 0, 0x28, 0x40, opEnd), // 12
		},
		exports: [][]byte{append(appendName(nil, "g"), 3, 0)},
		data: [][]byte{
			code(0, i32(int64(g.rand.IntN(200))), opEnd, 4, []byte("ab\xffd")),
			code(1, 9, []byte("passively")),
			code(1, 3, []byte("not")),
			code(2, 0, i32(int64(g.rand.IntN(200))), opEnd, 2, []byte("ef")),
			code(0, i32(int64(g.rand.IntN(200))), opEnd, 5, []byte("twice")),
		},
		memory: true,
	}
	if g.rand.IntN(20) == 0 {
		a.data = append(a.data, code(0, i32(65536), opEnd, 1, 7)) // out of bounds
	}
	count := 2 + g.rand.IntN(5)
	elements := code(0, i32(0), opEnd, count)
	for n := range count {
		g.results = append(g.results, g.rand.IntN(4))
		elements = append(elements, byte(n+1))
	}
	g.results[0] = 2
	a.elems = [][]byte{elements}
	for n := range count {
		g.self, g.depth, g.loops = n, 0, 0
		body := code(opLocalGet, 0, 0x45, opIf, 0x40, g.values(), opReturn, opEnd)
		g.depth = 0
		body = append(body, g.statements(4+g.rand.IntN(6))...)
		if g.rand.IntN(3) == 0 {
			body = code(body, slices.Repeat([]byte{0x01}, maxCost))
		}
		body = code(body, g.values())
		f := function{typ: 1 + g.results[n], locals: code(1, genLocals+2, 0x7f), code: body}
		if n == 0 {
			f.export = "run"
		}
		a.funcs = append(a.funcs, f)
	}
	if g.rand.IntN(2) == 0 {
		a.start = []byte{byte(count + 1)}
		a.types = append(a.types, signature("", ""))
		a.funcs = append(a.funcs, function{typ: 5, code: code(
			i32(3), i32(int64(g.rand.IntN(100))), opCall, 1, 0x1a, opGlobalSet, 0)})
	}
	return a
}

// values leaves the function's results on the stack.
func (g *generator) values() []byte {
	var out []byte
	for range g.results[g.self] {
		out = append(out, g.expression(2)...)
	}
	return out
}

func (g *generator) statements(n int) []byte {
	var out []byte
	for range n {
		out = append(out, g.statement()...)
	}
	return out
}

func (g *generator) statement() []byte {
	local := 1 + g.rand.IntN(5)
	kind := g.rand.IntN(20)
	if g.depth > 4 && kind >= 8 && kind <= 11 {
		kind = 0
	}
	switch kind {
	default:
		return code(g.expression(3), opLocalSet, local)
	case 3:
		return code(i32(int64(g.rand.IntN(60)*4)), g.expression(3), 0x36, 2, 0)
	case 4:
		return code(g.expression(2), opGlobalSet, 0)
	case 5: // fill, mostly inside
		return code(i32(int64(g.rand.IntN(200))), g.expression(1), i32(int64(g.rand.IntN(50))), opMisc, 11, 0)
	case 6:
		return code(i32(int64(g.rand.IntN(200))), i32(int64(g.rand.IntN(200))), i32(int64(g.rand.IntN(50))), opMisc, 10, 0, 0)
	case 7:
		return code(i32(int64(g.rand.IntN(2))), opMemoryGrow, 0, opLocalSet, local)
	case 8:
		g.depth++
		defer func() { g.depth-- }()
		jump := code(opBrIf, g.rand.IntN(g.depth))
		if g.rand.IntN(3) == 0 { // what follows is dead code
			jump = code(opBrTable, 2, g.rand.IntN(g.depth), g.rand.IntN(g.depth), g.rand.IntN(g.depth))
		}
		return code(opBlock, 0x40, g.statements(2), g.expression(2), jump, g.statements(1), opEnd)
	case 9:
		condition := g.expression(2)
		g.depth++
		defer func() { g.depth-- }()
		return code(condition, opIf, 0x40, g.statements(2), opElse, g.statements(2), opEnd)
	case 10, 11:
		if g.loops == 2 {
			return nil
		}
		counter := genCounters + g.loops
		g.depth, g.loops = g.depth+1, g.loops+1
		// Branches inside may go to the loop's label without counting down, so
		// they are told of one block fewer.
		inner := g.depth
		g.depth = 0
		body := g.statements(3)
		g.depth, g.loops = inner-1, g.loops-1
		return code(i32(int64(1+g.rand.IntN(9))), opLocalSet, counter, opLoop, 0x40, body,
			opLocalGet, counter, i32(1), 0x6b, opLocalTee, counter, opBrIf, 0, opEnd)
	case 12: // leave the function
		if g.rand.IntN(3) > 0 {
			return nil
		}
		return code(g.expression(2), i32(3), 0x71, 0x45, opIf, 0x40, g.values(), opReturn, opEnd)
	case 13, 14:
		return g.call(local)
	case 15:
		if g.rand.IntN(8) > 0 {
			return nil
		}
		return code(g.expression(2), g.expression(2), 0x6d, opLocalSet, local) // may trap
	case 17:
		return code(i32(int64(g.rand.IntN(200))), i32(int64(g.rand.IntN(9))), i32(int64(g.rand.IntN(4))),
			opMisc, miscMemoryInit, 1, 0)
	case 18: // of an active segment: nothing is left of it
		return code(i32(int64(g.rand.IntN(200))), i32(0), i32(0), opMisc, miscMemoryInit, 3, 0)
	case 19:
		return g.otherGlobal()
	case 16:
		if g.rand.IntN(30) > 0 {
			return nil
		}
		return code(opUnreachable)
	}
}

// otherGlobal lets a global that is not an i32 and not exported change, and
// puts what came of it into memory.
func (g *generator) otherGlobal() []byte {
	at := i32(int64(g.rand.IntN(30) * 8))
	switch g.rand.IntN(3) {
	case 0:
		return code(opGlobalGet, 1, g.expression(1), opI64ExtendU, opI64Sub, opGlobalSet, 1,
			at, opGlobalGet, 1, 0x37, 3, 0)
	case 1:
		return code(opGlobalGet, 3, g.expression(1), 0xb2, 0x92, opGlobalSet, 3,
			at, opGlobalGet, 3, 0x38, 2, 0)
	default:
		return code(opGlobalGet, 4, g.expression(1), 0xb7, 0xa0, opGlobalSet, 4,
			at, opGlobalGet, 4, 0x39, 3, 0)
	}
}

// call calls a function with less of the first parameter, by index or through
// the table, and puts its results into locals.
func (g *generator) call(local int) []byte {
	to := g.rand.IntN(len(g.results))
	out := code(opLocalGet, 0, i32(1), 0x6b, g.expression(2))
	if g.rand.IntN(2) == 0 {
		out = code(out, opCall, to+1)
	} else {
		out = code(out, i32(int64(to)), opCallIndirect, 1+g.results[to], 0)
	}
	for range g.results[to] {
		out = code(out, opLocalSet, local)
	}
	return out
}

// expression leaves an i32.
func (g *generator) expression(depth int) []byte {
	kind := g.rand.IntN(9)
	if depth == 0 {
		kind %= 3
	}
	switch kind {
	case 0:
		return i32(int64(g.rand.IntN(2000) - 1000))
	case 1:
		return code(opLocalGet, 1+g.rand.IntN(5))
	case 2:
		return code(opGlobalGet, 0)
	case 3:
		return code(i32(int64(g.rand.IntN(60)*4)), 0x28, 2, 0)
	case 4:
		return code(g.expression(depth-1), opCall, 0)
	case 5:
		return code(g.expression(depth-1), opIf, 0x7f, g.expression(depth-1), opElse, g.expression(depth-1), opEnd)
	default:
		op := []int{0x6a, 0x6b, 0x6c, 0x71, 0x73, 0x48, 0x74}[g.rand.IntN(7)]
		return code(g.expression(depth-1), g.expression(depth-1), op)
	}
}
