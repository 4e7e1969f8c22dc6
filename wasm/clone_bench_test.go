package wasm

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// passing is an ordinary Go filter, made with the SDK, whose Query answers Pass
// and looks at nothing.
func passing() Definition {
	return Definition{Plugin: "maxrows", Options: []byte(`{}`),
		Services: Services{KV: NewKV(KVLimits{}), Metrics: NewMetrics(), Sinks: &Sinks{}}}
}

func buildPassing(b *testing.B) []byte {
	b.Helper()
	file := filepath.Join(goGuest.dir, "builtin.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", file, "../plugins/builtin")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return code
}

// BenchmarkInstance measures how instances of an ordinary Go filter come and
// go. Compare its results with each other: plain is what every instance would
// cost without clones, fresh what a clone costs that finds no free machine,
// recycled what one costs that does.
func BenchmarkInstance(b *testing.B) {
	code := buildPassing(b)
	r := goRuntime(b)
	s := &session{}
	cloned := templateOn(b, r, code, passing())
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
		t := templateOn(b, r, code, passing())
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
	// What lies between two sleeps is not timed. The benchmark's own timer
	// would stop the world each time.
	sleeper := func(b *testing.B) *Instance {
		i := open(b, cloned)
		b.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
		for range 50 {
			ask(b, i)
		}
		return i
	}
	park := func(b *testing.B, i *Instance) {
		if !i.Park() {
			b.Fatal("cannot park")
		}
	}
	b.Run("park", func(b *testing.B) {
		i := sleeper(b)
		var timed time.Duration
		for b.Loop() {
			begun := time.Now()
			park(b, i)
			timed += time.Since(begun)
			ask(b, i)
		}
		b.ReportMetric(float64(timed)/float64(b.N), "ns/op")
		b.ReportMetric(float64(i.Memory()), "B/running")
		park(b, i)
		b.ReportMetric(float64(i.Memory()), "B/parked")
	})
	for name, wake := range map[string]func(*testing.B, *Instance){
		"wake": func(b *testing.B, i *Instance) {
			if err := i.ready(); err != nil {
				b.Fatal(err)
			}
		},
		"wake+query": ask,
	} {
		b.Run(name, func(b *testing.B) {
			i := sleeper(b)
			var timed time.Duration
			for b.Loop() {
				park(b, i)
				begun := time.Now()
				wake(b, i)
				timed += time.Since(begun)
			}
			b.ReportMetric(float64(timed)/float64(b.N), "ns/op")
		})
	}
}

// plainTemplate is a template whose instances are started one by one.
func plainTemplate(b *testing.B, r *Runtime, code []byte) *Template {
	t := templateOn(b, r, code, passing())
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
	code := buildPassing(b)
	r := goRuntime(b)
	for _, c := range []struct {
		name     string
		template *Template
		count    int
	}{
		{"plain", plainTemplate(b, r, code), 20},
		{"clone", templateOn(b, r, code, passing()), 500},
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
