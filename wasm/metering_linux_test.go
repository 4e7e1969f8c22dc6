package wasm

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/penstock-db/penstock/wasm/abi"
)

// BenchmarkMetering measures what it costs that a guest can be stopped: the same
// module as it was compiled and as it was rewritten, in turns, so that
// whatever else the machine does meets both. What counts is the processor time
// of the thread; the cost is the median over the pairs.
func BenchmarkMetering(b *testing.B) {
	statement := strings.Repeat("UPDATE t SET note = 'nothing to see', credit = 1 WHERE id = 7; ", 64)
	for _, work := range []struct {
		name    string
		module  []byte
		def     Definition
		payload string
		calls   int // in one turn
	}{
		{"event", buildPassing(b), passing(), "\x03" + statement[:200], 5000},
		{"regexp", buildGoGuest(b), Definition{}, "r" + statement, 1},
		{"bytes", buildGoGuest(b), Definition{}, "b" + statement, 100},
		{"calls", buildGoGuest(b), Definition{}, "c", 2},
	} {
		b.Run(work.name, func(b *testing.B) {
			open := func(rw Rewriter) *Instance {
				t := templateOn(b, newRuntimeOf(b, Config{Rewrite: rw}), work.module, work.def)
				if t.pool != nil { // both in memory of the same kind
					t.pool.leave()
					t.pool = nil
				}
				i, err := t.Open(b.Context(), abi.OpenNew, &session{quiet: true}, nil)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
				return i
			}
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			metered, unmetered := open(nil), open(asIs)
			var h abi.Header
			payload := []byte(work.payload)
			turn := func(i *Instance) float64 {
				begun := processorTime(b)
				for range work.calls {
					if _, err := i.Query(&h, payload); err != nil {
						b.Fatal(err)
					}
				}
				return float64(processorTime(b)-begun) / float64(work.calls)
			}
			turn(metered)
			turn(unmetered)
			var with, without, ratios []float64
			for b.Loop() {
				var m, u float64
				if len(ratios)%2 == 0 { // who goes first must not matter
					m, u = turn(metered), turn(unmetered)
				} else {
					u, m = turn(unmetered), turn(metered)
				}
				with, without, ratios = append(with, m), append(without, u), append(ratios, m/u)
			}
			b.ReportMetric(middle(with), "ns/metered")
			b.ReportMetric(middle(without), "ns/unmetered")
			b.ReportMetric((middle(ratios)-1)*100, "%-cost")
		})
	}
}

// processorTime returns the nanoseconds that this thread has run.
func processorTime(b *testing.B) int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return t.Nano()
}

func middle(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
