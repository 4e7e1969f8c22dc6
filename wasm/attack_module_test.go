package wasm

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// section boundaries of a module: where each begins, and the end.
func boundaries(t *testing.T, module []byte) []int {
	t.Helper()
	var all []int
	for r := (reader{module[8:]}); len(r.b) > 0; {
		all = append(all, len(module)-len(r.b))
		r.take(1)
		if n, ok := r.u32(); !ok || r.take(n) == nil {
			t.Fatal("the module is damaged to begin with")
		}
	}
	return append(all, len(module))
}

// useUp does with a module all that is done with one in its life. What it is
// does not matter: it must not take the process with it, nor long.
func useUp(t *testing.T, r *Runtime, module []byte) error {
	t.Helper()
	m, err := r.Load(t.Context(), "damaged", module)
	if err != nil {
		return err
	}
	defer m.Close()
	tpl, err := m.Template(t.Context(), Definition{Name: "damaged", Options: []byte("{}"),
		Limits: Limits{Init: 20 * time.Millisecond, Call: 5 * time.Millisecond, Memory: 4 << 20}, Services: Services{KV: NewKV(KVLimits{}), Metrics: NewMetrics()}})
	if err != nil {
		return err
	}
	defer tpl.Close()
	return callAll(t, tpl)
}

func TestTruncatedModules(t *testing.T) {
	for name, module := range map[string][]byte{"assembled": guest{}.build(), "C": attacker, "Go": buildGoGuest(t)} {
		t.Run(name, func(t *testing.T) {
			r := newRuntime(t)
			ends := boundaries(t, module)
			cuts := slices.Clone(ends[:len(ends)-1]) // all of it is no truncation
			random := rand.New(rand.NewPCG(1, uint64(len(module))))
			for range 4 + 200_000/len(module) {
				cuts = append(cuts, random.IntN(len(module)))
			}
			for _, n := range cuts {
				// A module may end where a section does: what is missing may
				// be needed or not.
				if err := useUp(t, r, module[:n]); err == nil && !slices.Contains(ends, n) {
					t.Errorf("the first %d of %d bytes work", n, len(module))
				}
			}
		})
	}
}

func TestFlippedModules(t *testing.T) {
	const random = 600
	for name, module := range map[string][]byte{"assembled": guest{}.build(), "C": attacker} {
		t.Run(name, func(t *testing.T) {
			r := newRuntime(t)
			var bits []int
			for _, at := range boundaries(t, module) {
				for n := max(0, at-4) * 8; n < min(at+8, len(module))*8; n++ {
					bits = append(bits, n)
				}
			}
			seeded := rand.New(rand.NewPCG(2, uint64(len(module))))
			for range random {
				bits = append(bits, seeded.IntN(len(module)*8))
			}
			left := leftovers(t, func() {
				refused := 0
				for _, n := range bits {
					flipped := bytes.Clone(module)
					flipped[n/8] ^= 1 << (n % 8)
					if err := useUp(t, r, flipped); err != nil {
						refused++
					}
				}
				t.Logf("%d of %d fail somewhere", refused, len(bits))
			})
			if left != "" {
				t.Error(left)
			}
		})
	}
}

// repeat returns opcodes n times.
func repeat(n int, parts ...any) []byte { return bytes.Repeat(code(parts...), n) }

// refused checks that a module is not loaded, and why.
func refused(t *testing.T, g guest, want string) {
	t.Helper()
	m, err := newRuntime(t).Load(t.Context(), "bomb", g.build())
	if err == nil {
		m.Close()
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// What would keep the engine's compiler busy is refused; what is just below
// compiles in seconds.
func TestCompilerBombs(t *testing.T) {
	bomb := func(locals int, parts ...any) guest {
		return guest{locals: code(1, uleb(nil, locals), 0x7e), hooks: map[string][]byte{abi.ExportQuery: code(code(parts...), c64(0))}}
	}
	touch := func(locals int) (out []byte) {
		for n := range locals {
			out = append(out, code(opLocalGet, uleb(nil, n+2), 0x21, uleb(nil, n+2))...)
		}
		return out
	}
	block := code(0x02, 0x40)
	labels := func(n int) []byte {
		return code(block, opLocalGet, 0, 0x0e, uleb(nil, n), make([]byte, n+1), opEnd)
	}
	loops := func(n, locals int) []byte {
		return code(repeat(n, opLoop, 0x40), touch(locals), repeat(n, opLocalGet, 0, opBrIf, 0, opEnd))
	}
	for want, g := range map[string]guest{
		"50001 locals":                     bomb(50_001),
		"blocks in each other":             bomb(1, repeat(10_001, block), repeat(10_001, opEnd)),
		"101 loops in each other":          bomb(1, loops(101, 1)),
		"values can go round":              bomb(1000, loops(20, 1000)),
		"br_table with 70000 labels":       bomb(1, labels(70_000)),
		"their product may be 2000000":     bomb(20_000, repeat(101, block, opEnd)),
		"not a WebAssembly module that Pe": bomb(1, opLocalGet, 99, opDrop),
	} {
		t.Run(want, func(t *testing.T) { refused(t, g, want) })
	}
	for name, g := range map[string]guest{
		"locals": bomb(49_000), "nesting": bomb(1, repeat(3000, block), repeat(3000, opEnd)), "loops": bomb(50, loops(50, 50)), "labels": bomb(1, labels(10_000)),
	} {
		t.Run(name, func(t *testing.T) {
			i, _ := open(t, g.build(), Definition{})
			var h abi.Header
			if _, err := i.Query(&h, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// A million entries, of 8 bytes each, is what all tables of an instance share.
func TestTableBombs(t *testing.T) {
	const most = 1 << 20
	tables := func(n int, low uint32) guest {
		return guest{tables: code(uleb(nil, n), repeat(n, 0x70, 0, uleb(nil, int(low))))}
	}
	refused(t, tables(1, most+1), "a table of 1048577 entries")
	refused(t, tables(100, most), "at most 10485 are accepted")
	// Grows both of its tables by 1,000 until refused; local 1 counts.
	g := tables(2, 0)
	g.hooks = map[string][]byte{abi.ExportQuery: code()}
	for n := range 2 {
		g.hooks[abi.ExportQuery] = append(g.hooks[abi.ExportQuery], code(opLoop, 0x40,
			0xd0, 0x70, c32(1000), 0xfc, 15, n, c32(-1), 0x47, opBrIf, 0, opEnd)...)
	}
	g.hooks[abi.ExportQuery] = append(g.hooks[abi.ExportQuery],
		code(store(code(0xfc, 16, 0, 0xfc, 16, 1, opI32Add)), c64(0))...)
	i, _ := open(t, g.build(), Definition{})
	var h abi.Header
	if _, err := i.Query(&h, nil); err != nil {
		t.Fatal(err)
	}
	if n := i.stored(); n > most || n < most-2000 {
		t.Errorf("the tables have %d entries", n)
	}
}

func TestDataOutOfBounds(t *testing.T) {
	for name, cfg := range map[string]Config{"clones": {}, "plain": {Rewrite: bound}} {
		t.Run(name, func(t *testing.T) {
			// The assembler writes one data segment, at guestDesc. It goes to
			// the last bytes of the 32-bit space.
			module := guest{}.build()
			old := code(0, c32(guestDesc), opEnd, abi.DescriptorSize)
			moved := bytes.Replace(module, old, code(0, opI32Const, 0xc0, 0x7f, opEnd, abi.DescriptorSize), 1)
			if err := useUp(t, newRuntimeOf(t, cfg), moved); err == nil || !strings.Contains(fmt.Sprint(err), "out") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A start function is under the time budget of starting up.
func TestStartLoops(t *testing.T) {
	for name, cfg := range map[string]Config{"clones": {}, "plain": {Rewrite: bound}} {
		t.Run(name, func(t *testing.T) {
			g := guest{hooks: map[string][]byte{abi.ExportInitialize: code(opLoop, 0x40, opBr, 0, opEnd)}}
			module := g.build()
			// The start section goes before that of the code. There are no
			// imports: indexes of functions are those of abi.Exports.
			loops := slices.IndexFunc(abi.Exports, func(f abi.Func) bool { return f.Name == abi.ExportInitialize })
			bounds := boundaries(t, module)
			at := bounds[slices.IndexFunc(bounds, func(b int) bool { return module[b] == 10 })]
			starts := slices.Insert(module, at, section(8, []byte{byte(loops)})...)
			m, err := newRuntimeOf(t, cfg).Load(t.Context(), "starts", starts)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			_, err = m.Template(t.Context(), Definition{Name: "starts", Limits: Limits{Init: 5 * time.Millisecond}})
			var f *Failure
			if !errors.As(err, &f) || f.Kind != FailureTimeout {
				t.Errorf("got %v", err)
			}
		})
	}
}
