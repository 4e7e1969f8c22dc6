package wasm

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// BenchmarkRunaway measures how long after the end of its time budget a guest is
// stopped that would run for ever.
func BenchmarkRunaway(b *testing.B) {
	const budget = 10 * time.Millisecond
	endless := func(pages uint32, body ...any) []byte {
		return guest{pages: pages, hooks: map[string][]byte{abi.ExportQuery: code(opLoop, 0x40, code(body...), opBr, 0, opEnd, opUnreachable)}}.build()
	}
	const pages = DefaultMemory / abi.PageSize
	half := c32(pages / 2 * abi.PageSize)
	for _, c := range []struct {
		name    string
		module  []byte
		payload string
	}{
		{"go", buildGoGuest(b), "l"},
		{"tight", endless(0), ""},
		{"fill", endless(pages, c32(0), c32(1), c32(pages*abi.PageSize), 0xfc, 11, 0), ""},
		{"copy", endless(pages, c32(0), half, half, 0xfc, 10, 0, 0), ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			t := templateOn(b, goRuntime(b), c.module, Definition{Limits: Limits{Call: budget}})
			var over []time.Duration
			for b.Loop() {
				var h abi.Header
				i, err := t.Open(b.Context(), abi.OpenNew, &session{}, nil)
				if err != nil {
					b.Fatal(err)
				}
				begun := time.Now()
				_, err = i.Query(&h, []byte(c.payload))
				over = append(over, time.Since(begun)-budget)
				var f *Failure
				if !errors.As(err, &f) || f.Kind != FailureTimeout {
					b.Fatalf("it ended with %v", err)
				}
				i.Close(abi.CloseSessionEnd)
			}
			slices.Sort(over)
			b.ReportMetric(over[len(over)/2].Seconds()*1e3, "p50-over-ms")
			b.ReportMetric(over[len(over)-1].Seconds()*1e3, "max-over-ms")
		})
	}
}
