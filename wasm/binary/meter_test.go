package binary

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Fuel covers work: however random programs jump and call, they never have run
// more instructions than what they have paid for. The programs count for
// themselves, in a global, and the engine looks at every tick.
func TestFuelCoversWork(t *testing.T) {
	endless, ended, most := 0, 0, 0.0
	for seed := range uint64(300) {
		g := generator{rand: rand.New(rand.NewPCG(seed, 2))}
		var a assembly
		if seed%3 == 0 {
			a = g.module()
			a.start, a.data = nil, a.data[:5]
		} else {
			a = g.dispatching(seed%3 == 1)
		}
		counter := len(a.globals)
		a.globals = append(a.globals, code(typeI64, 1, i64(0), opEnd))
		a.exports = append(a.exports, export{"work", kindGlobal, uint32(counter)}.append(nil))
		for n := range a.funcs {
			a.funcs[n].code = counting(a.funcs[n].code, counter)
		}
		e := newEngine(t, wazero.NewRuntimeConfigCompiler())
		e.most = 300
		m := e.rewritten(t, a)
		work := m.ExportedGlobal("work")
		paid := int64(maxCost * perFuel) // what the host's own call may cost
		atMost := 0.0
		look := func() {
			fuel := int64(m.ExportedGlobal(FuelGlobal).Get())
			done, budget := int64(work.Get()), paid+(int64(e.ticks)*e.quantum-fuel)*perFuel
			atMost = max(atMost, float64(done)/float64(budget))
		}
		e.onTick = look
		var err error
		for n := range uint64(20) {
			if _, err = m.ExportedFunction("run").Call(t.Context(), 3, n); err != nil {
				break
			}
			paid += maxCost
			look()
			if left := m.ExportedGlobal(StackGlobal).Get(); left != StackBudget {
				t.Fatalf("seed %d: %d bytes of stack are left, not %d", seed, left, StackBudget)
			}
		}
		if atMost > 1 {
			t.Errorf("seed %d: it did %.2f of what it paid for", seed, atMost)
		}
		most = max(most, atMost)
		if errors.Is(err, errFuel) {
			endless++
		} else {
			ended++
		}
	}
	t.Logf("%d programs were endless, %d ended; at most %.2f of what was paid for was done", endless, ended, most)
	if endless < 20 || ended < 100 {
		t.Error("the programs are not varied enough")
	}
}

// counting puts instructions into a body that count how many run, themselves
// included. They stand where branches arrive and leave, and leave what the
// rewriter looks for as it was.
func counting(body []byte, counter int) []byte {
	var out, group []byte
	count := int64(0)
	flush := func() {
		if count > 0 {
			out = code(out, opGlobalGet, counter, i64(count+4), opI64Add, opGlobalSet, counter, group)
		}
		group, count = nil, 0
	}
	r := reader{b: body, end: len(body)}
	for r.more() {
		in := r.next()
		group = append(group, body[in.start:in.end]...)
		count++
		switch in.op {
		case opIf, opElse, opEnd, opBr, opBrIf, opBrTable, opReturn, opCall, opCallIndirect:
			flush()
		case opLoop:
			if r.pos >= r.end || body[r.pos] != opBlock {
				flush()
			}
		}
	}
	flush()
	return out
}

// dispatching is a module with functions as Go's compiler writes them: blocks
// in one loop, and jumps by way of a table. Every jump goes to a random block, if
// a random condition holds; if bounded, a local counts down and ends them.
func (g *generator) dispatching(bounded bool) assembly {
	a := assembly{
		types:   [][]byte{signature("ii", "i")},
		tables:  [][]byte{{0x70, 0, 4}},
		elems:   [][]byte{code(0, i32(0), opEnd, 3, 0, 1, 2)},
		globals: [][]byte{code(0x7f, 1, i32(1), opEnd)},
		exports: [][]byte{export{"g", kindGlobal, 0}.append(nil)},
		memory:  true,
	}
	const pc, steps = 2, 3
	for n := range 3 {
		blocks := 2 + g.rand.IntN(6)
		body := code(i32(50), opLocalSet, steps, opLoop, 0x40)
		for range blocks {
			body = code(body, opBlock, 0x40)
		}
		body = code(body, opLocalGet, pc, opBrTable, blocks)
		for k := range blocks {
			body = append(body, byte((k*7+n)%blocks))
		}
		body = append(body, byte(g.rand.IntN(blocks)))
		for k := range blocks {
			body = code(body, opEnd)
			for range g.rand.IntN(4) {
				body = code(body, g.step(bounded, blocks-1-k))
			}
		}
		f := function{locals: []byte{1, 2, 0x7f}, code: code(body, opEnd, opLocalGet, 1)}
		if n == 0 {
			f.export = "run"
		}
		a.funcs = append(a.funcs, f)
	}
	return a
}

// step is a piece of a block that has so many others around it, in the loop.
func (g *generator) step(bounded bool, around int) []byte {
	// Something that changes: g = g*1103515245 + 12345.
	change := code(opGlobalGet, 0, i32(1103515245), 0x6c, i32(12345), 0x6a, opGlobalSet, 0)
	const pc, steps = 2, 3
	switch g.rand.IntN(6) {
	case 0, 1:
		return change
	case 2: // a call, with less of the first parameter
		to := g.rand.IntN(3)
		args := code(opLocalGet, 0, i32(1), 0x6b, opLocalGet, 1)
		call := code(opCall, to)
		if g.rand.IntN(2) == 0 {
			call = code(i32(int64(to)), opCallIndirect, 0, 0)
		}
		return code(opLocalGet, 0, i32(0), 0x4a, opIf, 0x40, args, call, opLocalSet, 1, opEnd)
	default: // a jump
		end := []byte(nil)
		if bounded {
			end = code(opLocalGet, steps, i32(1), 0x6b, opLocalTee, steps, 0x45, opIf, 0x40, opLocalGet, 1, opReturn, opEnd)
		}
		return code(change, end, opGlobalGet, 0, i32(int64(1<<(8+g.rand.IntN(3)))), 0x71, opIf, 0x40,
			i32(int64(g.rand.IntN(12)-1)), opLocalSet, pc, opBr, around+1, opEnd)
	}
}

// Jumps forward are free, as far as the rewriter can see that they are.
func TestOnlyJumpsBackwardsCost(t *testing.T) {
	jump := func(to int64, label int) []byte { return code(i32(to), opLocalSet, 0, opBr, label) }
	for name, c := range map[string]struct {
		checks int
		body   []byte
	}{
		"forward":        {0, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, jump(1, 1), opEnd, opEnd)},
		"backward":       {1, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, opEnd, jump(0, 0), opEnd)},
		"to itself":      {1, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, opEnd, jump(1, 0), opEnd)},
		"default":        {0, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, jump(-1, 1), opEnd, opEnd)},
		"to the loop":    {2, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 1, 2, 1, opEnd, jump(0, 1), opEnd, opEnd)},
		"other local":    {1, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 1, opBrTable, 1, 0, 1, opEnd, jump(1, 1), opEnd, opEnd)},
		"head does more": {1, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, 0x01, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, jump(1, 1), opEnd, opEnd)},
		"value unknown":  {1, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, opLocalGet, 1, opLocalSet, 0, opBr, 1, opEnd, opEnd)},
		"set before":     {1, code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd, i32(1), opLocalSet, 0, 0x01, opBr, 1, opEnd, opEnd)},
		"out of it":      {0, code(opBlock, 0x40, opLoop, 0x40, opBr, 1, opEnd, opEnd)},
		"ordinary loop":  {1, code(opLoop, 0x40, opLocalGet, 0, opBrIf, 0, opEnd)},
		"never again":    {0, code(opLoop, 0x40, opEnd)},
	} {
		a := one("ii", "", c.body)
		out := rewriteModule(t, a.build()).Code
		if got := countCalls(t, out); got != c.checks {
			t.Errorf("%s: %d checks, want %d", name, got, c.checks)
		}
	}
}

// countCalls counts the calls in a module's bodies.
func countCalls(t *testing.T, code []byte) (calls int) {
	t.Helper()
	r := reader{b: code, pos: 8, end: len(code)}
	var m module
	m.split(&r)
	s := m.sections[secCode]
	for n := s.u32(); n > 0; n-- {
		body := s.part(s.u32())
		for k := body.u32(); k > 0; k-- {
			body.u32()
			body.byte()
		}
		for body.more() {
			if body.next().op == opCall {
				calls++
			}
		}
		if body.err != nil {
			t.Fatal(body.err)
		}
	}
	return calls
}

// A jump backwards pays for what can run before it comes again, not for what
// stands there besides.
func TestJumpsPayForTheDearestWay(t *testing.T) {
	const rounds = 100
	nops := func(n int) []byte { return slices.Repeat([]byte{0x01}, n) }
	count := code(opLocalGet, 1, i32(1), 0x6b, opLocalTee, 1)
	set := func(to int64, label int) []byte { return code(i32(to), opLocalSet, 0, opBr, label) }
	for name, c := range map[string]struct {
		body []byte
		fuel int64 // of a round
	}{
		"straight":  {code(opLoop, 0x40, nops(320), count, opBrIf, 0, opEnd), 11},
		"exclusive": {code(opLoop, 0x40, opLocalGet, 0, opIf, 0x40, nops(320), opElse, nops(320), opEnd, count, opBrIf, 0, opEnd), 11},
		"unlikely":  {code(opLoop, 0x40, opLocalGet, 0, opIf, 0x40, nops(640), opUnreachable, opEnd, count, opBrIf, 0, opEnd), 1},
		"skipped":   {code(opLoop, 0x40, opBlock, 0x40, opBr, 0, nops(640), opEnd, count, opBrIf, 0, opEnd), 1},
		"cases": {code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 1, 0, 1, opEnd,
			nops(320), opBr, 1, opEnd, nops(320), opEnd, count, opBrIf, 0, opEnd), 11},
		// 0 jumps to the condition in 2, which jumps back to the body in 1.
		"rotated": {code(opLoop, 0x40, opBlock, 0x40, opBlock, 0x40, opBlock, 0x40, opLocalGet, 0, opBrTable, 3, 0, 1, 2, 2, opEnd,
			nops(640), set(2, 2), opEnd, nops(64), opEnd, count, opIf, 0x40, set(1, 1), opEnd, opEnd), 3},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, wazero.NewRuntimeConfigCompiler())
			m := e.rewritten(t, one("ii", "", c.body))
			used := func(rounds uint64) int64 {
				e.ticks = 0
				before := int64(m.ExportedGlobal(FuelGlobal).Get())
				if _, err := m.ExportedFunction("run").Call(t.Context(), 0, rounds); err != nil {
					t.Fatal(err)
				}
				return before - int64(m.ExportedGlobal(FuelGlobal).Get())
			}
			fuel := m.ExportedGlobal(FuelGlobal).(api.MutableGlobal)
			fuel.Set(1 << 40)
			once := used(1)
			if got := used(rounds+1) - once; got != rounds*c.fuel {
				t.Errorf("%d rounds cost %d units, want %d each", rounds, got, c.fuel)
			}
		})
	}
}

// A function that has to refill its fuel begins again with the parameters that
// it was given, and gives its results; one that costs more than a quantum goes on.
func TestRefillAtEntry(t *testing.T) {
	for name, size := range map[string]int{"again": maxCost, "goes on": 2 * MinQuantum * perFuel} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, e *engine) {
				pad := slices.Repeat([]byte{0x01}, size)
				m := e.rewritten(t, one("iI", "Ii", pad, opLocalGet, 1, i64(1), opI64Add, opLocalGet, 0, i32(1), opI32Add))
				for n := range uint64(300) {
					ticks := e.ticks
					m.ExportedGlobal(FuelGlobal).(api.MutableGlobal).Set(n % 3 * MinQuantum / 2)
					got, err := m.ExportedFunction("run").Call(t.Context(), n, n+7)
					if err != nil || got[0] != n+8 || got[1] != n+1 {
						t.Fatalf("call %d: got %v, %v", n, got, err)
					}
					if n%3 == 0 && e.ticks != ticks+1 {
						t.Fatalf("call %d: %d ticks, not one", n, e.ticks-ticks)
					}
				}
			})
		})
	}
}
