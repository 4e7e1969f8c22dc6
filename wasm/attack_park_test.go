package wasm

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// sleeper is a machine for fuzzing what sleeping instances are made of.
type sleeper struct {
	m      *machine
	beside []byte // a mapping of the same image: nothing may change there
	image  []byte // a copy
}

const sleeperPages = 8

func newSleeper(f *testing.F) sleeper {
	f.Helper()
	r := newRuntime(f)
	module, err := r.Load(f.Context(), "sleeper", scribbler(2))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(module.Close)
	tpl, err := module.Template(f.Context(), Definition{Name: "sleeper", Limits: Limits{Memory: sleeperPages * abi.PageSize}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(tpl.Close)
	i := openAttack(f, tpl)
	beside, err := tpl.pool.image.mapPrivate()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { unmap(beside) })
	return sleeper{m: i.machine, beside: beside, image: bytes.Clone(tpl.pool.image.bytes)}
}

// asBefore makes the machine new and checks that it is, and that nothing else
// has changed.
func (s sleeper) asBefore(t *testing.T) {
	t.Helper()
	if err := s.m.reset(); err != nil {
		t.Fatal(err)
	}
	asNew(t, s.m)
	if !bytes.Equal(s.m.image.bytes, s.image) || !bytes.Equal(s.beside[:len(s.image)], s.image) {
		t.Fatal("the image has changed")
	}
}

// FuzzRestore gives arbitrary bytes for a parked state: an error or a memory
// within its bounds, and a machine that can be made new again.
func FuzzRestore(f *testing.F) {
	s := newSleeper(f)
	f.Add([]byte{2, 0})
	f.Add([]byte{9, 0}) // more pages than the cap
	f.Add([]byte{2, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 100, 3, 'a', 'b', 'c'})
	f.Add([]byte{8, 0, 0xff, 0xff, 0x1f, 1, 'x'})         // the last byte
	f.Add([]byte{8, 0, 0x80, 0x80, 0x20, 1, 'x'})         // the one after
	f.Add([]byte{2, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f})  // a run that is not there
	f.Add([]byte{2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0})     // globals that are not there
	f.Add(bytes.Repeat([]byte{0xff}, 20))                 // no number
	f.Add([]byte{0x80, 0x80, 0x80, 0x80, 0x10, 0, 1, 1})  // 2^32 pages
	f.Add([]byte{2, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0})  // an empty run far outside
	f.Add(binary.AppendUvarint([]byte{2, 1}, 1<<32))      // a global with a high index
	f.Add([]byte{2, 2, 0, 9, 9, 9, 9, 9, 9, 9, 9, 1, 77}) // half a global
	f.Fuzz(func(t *testing.T, state []byte) {
		if err := s.m.restore(state); err == nil {
			if n := len(s.m.memory.bytes); n > sleeperPages*abi.PageSize {
				t.Fatalf("%d bytes of memory", n)
			}
			// What was accepted is a state: it can be told again.
			again, memory := s.m.park(nil), bytes.Clone(s.m.memory.bytes)
			s.asBefore(t)
			if err := s.m.restore(again); err != nil || !bytes.Equal(memory, s.m.memory.bytes) {
				t.Fatalf("told again it is another: %v", err)
			}
		}
		s.asBefore(t)
	})
}

// FuzzPark writes what the input says to a machine, has it sleep and wake, and
// compares. The input is a list of: 2 bytes where, as 16ths of a kilobyte, 1 byte
// how many, the bytes; its first byte says how far to grow, and where two holes
// are that are not kept.
func FuzzPark(f *testing.F) {
	s := newSleeper(f)
	f.Add([]byte{0})
	f.Add([]byte{6, 0, 0, 3, 1, 2, 3, 255, 127, 2, 8, 8})
	f.Add(append([]byte{1, 1, 0, 200}, bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0, 0, 1}, 23)...))
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) == 0 {
			return
		}
		if _, ok := s.m.mod.Memory().Grow(uint32(input[0] % (sleeperPages - 1))); !ok {
			t.Fatal("it cannot grow")
		}
		memory := s.m.memory.bytes
		for in := input[1:]; len(in) > 3; {
			at := int(binary.LittleEndian.Uint16(in)) * 64 % len(memory)
			n := min(int(in[2]), len(in)-3)
			copy(memory[at:], in[3:3+n])
			in = in[3+n:]
		}
		s.m.globals[0].Set(uint64(len(input)))
		want, globals := bytes.Clone(memory), values(s.m)
		holes := []span{{int(input[0]) * 100, int(input[0])*100 + 333}, {int(input[0])*100 + 400, int(input[0])*100 + 400 + len(input)}}
		for _, h := range holes {
			for p := h.from; p < h.to; p++ {
				want[p] = original(s.m.image.bytes, p)
			}
		}
		state := s.m.park(nil, holes...)
		if len(state) > 32+3*len(input) {
			t.Errorf("%d bytes are kept of %d that were written", len(state), len(input))
		}
		s.asBefore(t)
		if err := s.m.restore(state); err != nil || !bytes.Equal(want, s.m.memory.bytes) {
			t.Fatalf("another memory after the sleep: %v", err)
		}
		for n, v := range values(s.m) {
			if n != s.m.program.fuel && v != globals[n] {
				t.Fatalf("global %d was %d and is %d", n, globals[n], v)
			}
		}
		s.asBefore(t)
	})
}
