package wasm

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// unpacked returns what a packed state says.
func unpacked(t testing.TB, k packed) (state []byte) {
	t.Helper()
	if err := k.unpack(func(p parked) error { state = bytes.Clone(p); return nil }); err != nil {
		t.Fatal(err)
	}
	return state
}

// like returns a state that differs from another in some bytes.
func like(r *rand.Rand, state []byte) []byte {
	state = bytes.Clone(state)
	for range 8 {
		state[r.IntN(len(state))] = byte(r.Uint32())
	}
	return state
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestStatesThatAreAlikeBecomeSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var p packer
	typical := noise(r, 900)
	for n := range 100 {
		state := like(r, typical)
		k := p.pack(state)
		if !bytes.Equal(unpacked(t, k), state) {
			t.Fatalf("state %d is another", n)
		}
		if len(k.bytes) > len(state)/4 {
			t.Errorf("state %d takes %d bytes of %d", n, len(k.bytes), len(state))
		}
	}
	// When the typical state becomes another one, so does the dictionary; what
	// sleeps already is still understood.
	old := p.pack(typical)
	other := noise(r, 1200)
	for range 2 * patienceFor {
		p.pack(like(r, other))
	}
	if k := p.pack(other); len(k.bytes) > len(other)/4 {
		t.Errorf("a state that is typical by now takes %d bytes of %d", len(k.bytes), len(other))
	}
	if !bytes.Equal(unpacked(t, old), typical) {
		t.Error("a state of before is another")
	}
}

func TestStatesOfAllSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var p packer
	for _, size := range []int{0, 1, 2, 15, 16, 127, 128, 129, 1 << 10, 64 << 10, 64<<10 + 1, 300 << 10, 2 << 20} {
		for _, state := range [][]byte{make([]byte, size), noise(r, size)} {
			k := p.pack(state)
			if !bytes.Equal(unpacked(t, k), state) {
				t.Errorf("a state of %d bytes is another", size)
			}
			if len(k.bytes) > size {
				t.Errorf("a state of %d bytes takes %d", size, len(k.bytes))
			}
		}
	}
}

// A packed state is not the caller's buffer, and one that is damaged is an error.
func TestPackedStateIsItsOwn(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var p packer
	typical := noise(r, 500)
	p.pack(typical)
	for _, size := range []int{20, 500} {
		state := bytes.Clone(typical[:size])
		k := p.pack(state)
		want := bytes.Clone(state)
		clear(state)
		if !bytes.Equal(unpacked(t, k), want) {
			t.Errorf("a state of %d bytes changed with the buffer that it came from", size)
		}
	}
	k := p.pack(typical)
	k.bytes = append(bytes.Clone(k.bytes[:len(k.bytes)-1]), 0xff, 0xff)
	if err := k.unpack(func(parked) error { return nil }); err == nil {
		t.Error("a damaged state was taken")
	}
}

func TestPackAtTheSameTime(t *testing.T) {
	var p packer
	var all sync.WaitGroup
	for g := range uint64(8) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(g, 4))
			for n := range 300 {
				state := like(r, bytes.Repeat([]byte(fmt.Sprint("state ", g*uint64(n)%3)), 50))
				if k := p.pack(state); !bytes.Equal(unpacked(t, k), state) {
					t.Errorf("goroutine %d, state %d is another", g, n)
				}
			}
		})
	}
	all.Wait()
}

// FuzzPack packs the second half of the input after the first, which may be its
// dictionary.
func FuzzPack(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte("abcd"), 100))
	f.Add(append(bytes.Repeat([]byte{0}, 300), bytes.Repeat([]byte{1, 0, 0, 0}, 75)...))
	f.Fuzz(func(t *testing.T, input []byte) {
		var p packer
		for _, state := range [][]byte{input[:len(input)/2], input[len(input)/2:], input} {
			if k := p.pack(state); !bytes.Equal(unpacked(t, k), state) {
				t.Fatalf("%x is another", state)
			}
		}
	})
}
