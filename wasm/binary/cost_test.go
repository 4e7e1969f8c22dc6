package binary

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/penstock-db/penstock/wasm/abi"
)

// BenchmarkCost measures what the meter costs: rounds of the same work, by
// turns in a guest as it was compiled and in its rewritten self, in one process.
// It reports the medians of a round, divided by its calls, and how much more the
// second is. What the host does for an event besides calling is left out.
func BenchmarkCost(b *testing.B) {
	e := newEngine(b, wazero.NewRuntimeConfigCompiler())
	e.most, e.quantum = 1<<40, 100_000
	wasi_snapshot_preview1.MustInstantiate(b.Context(), e.r)
	file := filepath.Join(b.TempDir(), "goguest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", file, "../testdata/goguest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	var windows [2][]byte
	var queries [2]api.Function
	for n, m := range e.pair(b, file) {
		windows[n], queries[n] = goGuestQuery(b, m)
	}
	cGuest := e.pair(b, "testdata/compilers/guest-c.wasm")
	sql := strings.Repeat("UPDATE t SET note = 'nothing to see', credit = 1 WHERE id = 7; ", 64)
	for _, work := range []struct {
		name, payload string
		calls         int // in a round
	}{
		{"query", strings.Repeat("q", 200), 2000},
		{"regexp", "r" + sql, 1},
		{"bytes", "b" + sql, 20},
		{"calls", "c", 1},
	} {
		b.Run(work.name, func(b *testing.B) {
			var f [2]func()
			for n := range f {
				copy(windows[n], work.payload)
				stack := make([]uint64, 2)
				f[n] = func() {
					for range work.calls {
						stack[0], stack[1] = uint64(len(work.payload)), 0
						if err := queries[n].CallWithStack(context.Background(), stack); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
			compare(b, work.calls, f)
		})
	}
	b.Run("c", func(b *testing.B) {
		var f [2]func()
		for n, m := range cGuest {
			run := m.ExportedFunction("run")
			f[n] = func() {
				stack := []uint64{7}
				if err := run.CallWithStack(context.Background(), stack); err != nil {
					b.Fatal(err)
				}
			}
		}
		compare(b, 1, f)
	})
}

// compare runs both by turns and reports.
func compare(b *testing.B, calls int, f [2]func()) {
	var took [2][]time.Duration
	for b.Loop() {
		for n := range f {
			begin := time.Now()
			f[n]()
			took[n] = append(took[n], time.Since(begin))
		}
	}
	var median [2]float64
	for n := range took {
		slices.Sort(took[n])
		median[n] = float64(took[n][len(took[n])/2].Nanoseconds()) / float64(calls)
	}
	b.ReportMetric(0, "ns/op") // is of both
	b.ReportMetric(median[0], "plain-ns")
	b.ReportMetric(median[1], "metered-ns")
	b.ReportMetric(100*(median[1]/median[0]-1), "%-more")
	b.ReportMetric(100*(float64(took[1][len(took[1])/20])/float64(took[0][len(took[0])/20])-1), "%-more-at-best")
}

// pair starts a module as it is and rewritten.
func (e *engine) pair(b *testing.B, file string) (pair [2]api.Module) {
	b.Helper()
	code, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	out := rewriteModule(b, code)
	e.provide(b, code)
	pair[0] = e.instantiate(b, code)
	if pair[1], err = e.start(b, out); err != nil {
		b.Fatal(err)
	}
	return pair
}

// provide answers a plugin's imports with an error.
func (e *engine) provide(b *testing.B, code []byte) {
	c, err := e.r.CompileModule(b.Context(), code)
	if err != nil {
		b.Fatal(err)
	}
	host := e.r.NewHostModuleBuilder(abi.Module)
	for _, d := range c.ImportedFunctions() {
		if module, name, _ := d.Import(); module == abi.Module {
			host.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) {
				stack[0] = uint64(uint32(0xfffffffc)) // unsupported
			}), d.ParamTypes(), d.ResultTypes()).Export(name)
		}
	}
	if _, err := host.Instantiate(b.Context()); err != nil && !strings.Contains(err.Error(), "already") {
		b.Fatal(err)
	}
}

// goGuestQuery initialises a Go plugin and returns its window and its hook.
func goGuestQuery(b *testing.B, m api.Module) (window []byte, query api.Function) {
	b.Helper()
	if _, err := m.ExportedFunction("_initialize").Call(b.Context()); err != nil {
		b.Fatal(err)
	}
	at, err := m.ExportedFunction("ps_init").Call(b.Context(), 0, 0)
	if err != nil {
		b.Fatal(err)
	}
	mem, _ := m.Memory().Read(0, m.Memory().Size())
	window = mem[binary.LittleEndian.Uint32(mem[at[0]+abi.DescWindow:]):]
	return window, m.ExportedFunction("ps_query")
}
