package wasm

import (
	"runtime"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// The engine's call stack grows by doubling and copying, up to 400 MB, before
// it complains itself. The meter's estimate must end a recursion long before,
// also if frames hold more than most do.
func TestRecursionTakesLittleMemory(t *testing.T) {
	var wide []byte
	const values = 2000 // that live while the function calls itself
	for n := range values {
		wide = append(wide, code(c32(int32(n*4)), opI32Load, 2, 0)...)
	}
	wide = append(wide, code(c32(0), c32(0), opCall, 4, 0xa7)...)
	for range values {
		wide = append(wide, opI32Add)
	}
	for name, body := range map[string][]byte{
		"small frames": code(opLocalGet, 0, opLocalGet, 1, opCall, 4),
		"wide frames":  append(wide, opI64ExtendU),
	} {
		t.Run(name, func(t *testing.T) {
			g := guest{omit: []string{abi.ExportClose}, hooks: map[string][]byte{abi.ExportQuery: body}}
			i, _ := open(t, g.build(), Definition{})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var h abi.Header
			_, err := i.Query(&h, nil)
			runtime.ReadMemStats(&after)
			wantFailure(t, i, err, FailureStack, "nested too deeply")
			if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 200 {
				t.Errorf("%d MiB were allocated", n)
			}
		})
	}
}
