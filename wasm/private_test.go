package wasm

import (
	"bytes"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// What a template's instances hold together is the sum of what each holds,
// whatever becomes of them.
func TestPrivateOfATemplate(t *testing.T) {
	for name, cfg := range map[string]Config{"clones": {}, "plain": {Rewrite: asIs}} {
		t.Run(name, func(t *testing.T) {
			tpl := templateOn(t, newRuntimeOf(t, cfg), scribbler(40), Definition{Limits: Limits{Memory: 80 * abi.PageSize}})
			var instances []*Instance
			check := func(when string) {
				t.Helper()
				var sum int64
				for _, i := range instances {
					sum += i.Memory()
				}
				if got := tpl.Private(); got != sum {
					t.Errorf("%s: %d bytes together, %d one by one", when, got, sum)
				}
			}
			open := func() *Instance {
				t.Helper()
				i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
				instances = append(instances, i)
				return i
			}
			if got := tpl.Private(); got != 0 {
				t.Errorf("nobody holds %d bytes", got)
			}
			a, b, c := open(), open(), open()
			check("opened")
			before := tpl.Private()
			scribble(t, a, 'w', 100_000, bytes.Repeat([]byte{7}, 5000))
			scribble(t, b, 'g', 3, nil)
			scribble(t, b, 'w', 42*abi.PageSize, []byte{1})
			if got := tpl.Private(); name == "clones" && got < before+2*int64(pageSize) {
				t.Errorf("%d bytes before something was written, %d after it", before, got)
			}
			check("written")
			if slept := a.Park() && c.Park(); slept != (name == "clones") {
				t.Fatalf("slept: %v", slept)
			}
			check("asleep")
			scribble(t, a, 's', 1, nil)
			check("awake again")
			c.Close(abi.CloseSessionEnd)
			b.Close(abi.CloseSessionEnd)
			check("closed")
			var h abi.Header
			if _, err := a.Query(&h, []byte{'w', 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 1}); err == nil {
				t.Fatal("writing outside of the memory works")
			}
			a.Close(abi.CloseSessionEnd)
			if got := tpl.Private(); got != 0 {
				t.Errorf("all are gone and hold %d bytes", got)
			}
		})
	}
}

func BenchmarkPrivateOfATemplate(b *testing.B) {
	tpl := templateOn(b, newRuntime(b), scribbler(2), Definition{})
	for range 1000 {
		i, err := tpl.Open(b.Context(), abi.OpenNew, &session{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
	}
	for b.Loop() {
		tpl.Private()
	}
}
