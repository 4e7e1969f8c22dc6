package wasm

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Both ways of asking the kernel, and what was written, say the same.
func TestPrivatePages(t *testing.T) {
	const pages, room = 64, 96
	memory := make([]byte, pages*pageSize)
	for n := range memory {
		memory[n] = byte(n >> 12)
	}
	im, err := freeze(memory, nil, room*uint64(pageSize))
	if err != nil {
		t.Fatal(err)
	}
	defer im.close()
	for seed := range uint64(20) {
		mapped, err := im.mapPrivate()
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(seed, 1))
		var want []int
		for page := range room {
			switch r.IntN(4) {
			case 0:
				mapped[page*int(pageSize)+r.IntN(int(pageSize))]++
				want = append(want, page)
			case 1: // looked at, which makes a page of the file present
				_ = mapped[page*int(pageSize) : (page+1)*int(pageSize)][r.IntN(int(pageSize))]
			}
		}
		for name, spans := range map[string][]span{"scan": privateSpans(nil, mapped), "read": readSpans(nil, mapped)} {
			var got []int
			for _, s := range spans {
				for p := s.from / int(pageSize); p < s.to/int(pageSize); p++ {
					got = append(got, p)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, seed %d: pages %v, written were %v", name, seed, got, want)
			}
		}
		if n := privatePages(mapped); n != int64(len(want)) {
			t.Errorf("%d private pages, written were %d", n, len(want))
		}
		if err := im.renew(mapped); err != nil {
			t.Fatal(err)
		}
		if n := privatePages(mapped); n != 0 {
			t.Errorf("%d private pages after a renewal", n)
		}
		unmap(mapped)
	}
}

func BenchmarkPrivateSpans(b *testing.B) {
	im, err := freeze(make([]byte, 4<<20), nil, 32<<20)
	if err != nil {
		b.Fatal(err)
	}
	defer im.close()
	mapped, err := im.mapPrivate()
	if err != nil {
		b.Fatal(err)
	}
	defer unmap(mapped)
	for _, page := range []int{3, 300, 301, 900} {
		mapped[page*int(pageSize)] = 1
	}
	var spans [64]span
	for name, ask := range map[string]func([]span, []byte) []span{"scan": privateSpans, "read": readSpans} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ask(spans[:0], mapped[:4<<20])
			}
		})
	}
}
