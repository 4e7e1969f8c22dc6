package wasm

import (
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// BenchmarkInstance measures how instances of an ordinary Go filter come and
// go. Compare its results with each other: plain is what every instance would
// cost without clones.
func BenchmarkInstance(b *testing.B) {
	code := buildGoGuest(b)
	r := goRuntime(b)
	s := &session{}
	cloned := templateOn(b, r, code, Definition{})
	var h abi.Header
	payload := make([]byte, 200)
	ask := func(b *testing.B, i *Instance) {
		if _, err := i.Query(&h, payload); err != nil {
			b.Fatal(err)
		}
	}
	open := func(b *testing.B, t *Template) *Instance {
		i, err := t.Open(b.Context(), abi.OpenNew, s, nil)
		if err != nil {
			b.Fatal(err)
		}
		return i
	}
	b.Run("plain", func(b *testing.B) {
		t := templateOn(b, r, code, Definition{})
		t.pool.leave()
		t.pool = nil
		for b.Loop() {
			i := open(b, t)
			ask(b, i)
			i.Close(abi.CloseSessionEnd)
		}
	})
	b.Run("clone", func(b *testing.B) {
		for b.Loop() {
			m, err := cloned.pool.make()
			if err != nil {
				b.Fatal(err)
			}
			m.close()
		}
	})
	b.Run("recycled", func(b *testing.B) {
		for b.Loop() {
			i := open(b, cloned)
			i.Close(abi.CloseSessionEnd)
		}
	})
	b.Run("recycled+query", func(b *testing.B) {
		for b.Loop() {
			i := open(b, cloned)
			ask(b, i)
			i.Close(abi.CloseSessionEnd)
		}
	})
	b.Run("park", func(b *testing.B) {
		i := open(b, cloned)
		defer i.Close(abi.CloseSessionEnd)
		for range 50 {
			ask(b, i)
		}
		for b.Loop() {
			if !i.Park() {
				b.Fatal("cannot park")
			}
			b.StopTimer()
			ask(b, i)
			b.StartTimer()
		}
		b.ReportMetric(float64(i.Memory()), "B/running")
		i.Park()
		b.ReportMetric(float64(i.Memory()), "B/parked")
	})
	b.Run("wake", func(b *testing.B) {
		i := open(b, cloned)
		defer i.Close(abi.CloseSessionEnd)
		for range 50 {
			ask(b, i)
		}
		for b.Loop() {
			b.StopTimer()
			if !i.Park() {
				b.Fatal("cannot park")
			}
			b.StartTimer()
			if err := i.ready(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("wake+query", func(b *testing.B) {
		i := open(b, cloned)
		defer i.Close(abi.CloseSessionEnd)
		for b.Loop() {
			b.StopTimer()
			i.Park()
			b.StartTimer()
			ask(b, i)
		}
	})
}
