package process

import (
	"math"
	"os"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLoad(t *testing.T) {
	var h history
	if h.load(2) != (Load{}) {
		t.Errorf("before the first sample: %+v", h.load(2))
	}
	start := time.Unix(1000, 0)
	// An idle hour and a half, then a minute of one busy processor of two, of
	// which the last second has both busy.
	cpu := time.Duration(0)
	second := func(n int, took time.Duration) {
		cpu += took
		h.add(sample{start.Add(time.Duration(n) * time.Second), cpu})
	}
	for n := range 5400 {
		second(n, 0)
	}
	if got := h.load(2); got != (Load{}) {
		t.Errorf("idle: %+v", got)
	}
	for n := 5400; n < 5459; n++ {
		second(n, time.Second)
	}
	second(5459, 2*time.Second)
	got := h.load(2)
	want := Load{Second: 100, Minute: 100 * 61 / 120., Hour: 100 * 61 / 7200.}
	if math.Abs(got.Second-want.Second) > 1e-9 || math.Abs(got.Minute-want.Minute) > 1e-9 || math.Abs(got.Hour-want.Hour) > want.Hour/50 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(h.seconds) != kept || len(h.minutes) != kept {
		t.Errorf("%d seconds and %d minutes are kept", len(h.seconds), len(h.minutes))
	}
}

func TestFigures(t *testing.T) {
	w := Watch()
	defer w.Close()
	before := w.Figures()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 10 {
		f.ReadAt(make([]byte, 10), 0)
	}
	after := w.Figures()
	if after.Descriptors != before.Descriptors+1 {
		t.Errorf("%d descriptors, then %d with one more", before.Descriptors, after.Descriptors)
	}
	if after.Reads < before.Reads+10 || after.Writes < 0 {
		t.Errorf("reads %d, then %d after ten; writes %d", before.Reads, after.Reads, after.Writes)
	}
	if after.Threads != runtime.GOMAXPROCS(0) || after.Goroutines < 2 || after.Heap <= 0 || after.Resident < after.Heap || after.QueueTime < 0 {
		t.Errorf("figures %+v", after)
	}
}

func TestLoadIsMeasured(t *testing.T) {
	w := &Watcher{}
	now := time.Now()
	w.sample(now)
	for spent := cpuTime(); cpuTime()-spent < 20*time.Millisecond; { // work
	}
	w.sample(now.Add(time.Second))
	least := 100 * .020 / float64(runtime.GOMAXPROCS(0))
	if got := w.Figures().Load; got.Second < least || got.Minute < least || got.Hour < least {
		t.Errorf("load %+v, at least %g", got, least)
	}
}

func TestMachine(t *testing.T) {
	m := ThisMachine()
	if m.Cores < 1 || m.CoresAvailable < 1 || m.CoresAvailable > m.Cores || m.CoresVirtual <= 0 || m.CoresVirtual > float64(m.CoresAvailable) {
		t.Errorf("cores: %+v", m)
	}
	if m.Memory < 1<<20 || m.MemoryAvailable < 1<<20 || m.MemoryAvailable > m.Memory {
		t.Errorf("memory: %+v", m)
	}
	name, err := os.Hostname()
	if o := ThisOS(); err != nil || o.Name != "Linux" || o.Node != name || o.Release == "" || o.Version == "" || o.Machine == "" {
		t.Errorf("os: %+v", o)
	}
}

func TestCPUQuota(t *testing.T) {
	for text, want := range map[string]float64{"150000 100000": 1.5, "max 100000": 0, "": 0, "1 0": 0, "x": 0} {
		if got, ok := cpuQuota(text); got != want || ok != (want != 0) {
			t.Errorf("%q: %g, %v", text, got, ok)
		}
	}
}
