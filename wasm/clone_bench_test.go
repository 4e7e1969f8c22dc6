package wasm

import (
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// BenchmarkInstance measures how instances of an ordinary Go filter come and
// go. Compare its results with each other: plain is what every instance would
// cost without clones, fresh what a clone costs that finds no free machine,
// recycled what one costs that does.
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
		t := plainTemplate(b, r, code)
		for b.Loop() {
			i := open(b, t)
			i.Close(abi.CloseSessionEnd)
		}
	})
	b.Run("fresh", func(b *testing.B) {
		t := templateOn(b, r, code, Definition{})
		for _, m := range t.pool.free {
			m.close()
		}
		t.pool.free = nil
		for b.Loop() {
			i := open(b, t)
			i.failed = &Failure{} // whose machine is not kept
			i.Close(abi.CloseSessionEnd)
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

// plainTemplate is a template whose instances are started one by one.
func plainTemplate(b *testing.B, r *Runtime, code []byte) *Template {
	t := templateOn(b, r, code, Definition{})
	if t.pool != nil {
		t.pool.leave()
		t.pool = nil
	}
	return t
}

// BenchmarkMemory measures what an instance of an ordinary Go filter takes
// after it was opened and asked 50 times, as the system counts it: memory of the
// process that it shares with nobody. That is more than [Instance.Memory], by what
// the engine keeps for an instance.
func BenchmarkMemory(b *testing.B) {
	code := buildGoGuest(b)
	r := goRuntime(b)
	for _, c := range []struct {
		name     string
		template *Template
		count    int
	}{
		{"plain", plainTemplate(b, r, code), 20},
		{"clone", templateOn(b, r, code, Definition{}), 500},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := &session{}
			var h abi.Header
			payload := make([]byte, 200)
			var each int64
			for b.Loop() {
				before := privateMemory(b)
				all := make([]*Instance, c.count)
				for n := range all {
					i, err := c.template.Open(b.Context(), abi.OpenNew, s, nil)
					if err != nil {
						b.Fatal(err)
					}
					for range 50 {
						if _, err := i.Query(&h, payload); err != nil {
							b.Fatal(err)
						}
					}
					all[n] = i
				}
				if each == 0 { // later rounds find memory that the heap has kept
					each = (privateMemory(b) - before) / int64(c.count)
				}
				for _, i := range all {
					i.Close(abi.CloseSessionEnd)
				}
			}
			b.ReportMetric(float64(each), "B/instance")
		})
	}
}

var privateLine = regexp.MustCompile(`(?m)^Private_(?:Clean|Dirty):\s+(\d+) kB$`)

// privateMemory returns the bytes of this process that it shares with nobody,
// garbage excepted.
func privateMemory(b *testing.B) int64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		b.Skip(err)
	}
	total := int64(0)
	for _, m := range privateLine.FindAllSubmatch(text, -1) {
		n, err := strconv.ParseInt(string(m[1]), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		total += n << 10
	}
	return total
}
