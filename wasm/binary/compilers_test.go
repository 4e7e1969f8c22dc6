package binary

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// What compilers make of C, Rust, AssemblyScript and Go does the same when it
// is rewritten, in one instance and going from clone to clone. The sources are
// in testdata/compilers, and build.sh, which builds all but the Go one.
func TestCompilers(t *testing.T) {
	e := newEngine(t, wazero.NewRuntimeConfigCompiler())
	e.most = 1 << 40
	wasi_snapshot_preview1.MustInstantiate(t.Context(), e.r)
	files, err := filepath.Glob("testdata/compilers/*.wasm")
	if err != nil || len(files) != 4 {
		t.Fatal(files, err)
	}
	for _, file := range append(files, buildGuest(t)) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".wasm"), func(t *testing.T) {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out := rewriteModule(t, code)
			if out.Bound != "" {
				t.Fatalf("it is bound: %s", out.Bound)
			}
			plain := initialize(t, e.instantiate(t, code))
			m, err := e.start(t, out)
			if err != nil {
				t.Fatal(err)
			}
			clone := e.clone(t, out, initialize(t, m))
			for n := range uint64(30) {
				want := call(t, plain, n)
				if got := call(t, m, n); got != want {
					t.Fatalf("run(%d) was %s, is %s", n, want, got)
				}
				next := e.clone(t, out, clone)
				clone.Close(t.Context())
				clone = next
				if got := call(t, clone, n); got != want {
					t.Fatalf("run(%d) was %s, is %s in a clone", n, want, got)
				}
				if m.ExportedFunction("_initialize") != nil {
					continue // there are times in a Go guest's memory
				}
				mem, _ := plain.Memory().Read(0, plain.Memory().Size())
				if other, _ := clone.Memory().Read(0, clone.Memory().Size()); string(mem) != string(other) {
					t.Fatalf("after run(%d) a clone's memory is another", n)
				}
			}
			t.Logf("%d bytes became %d, with %d globals; %d segments; start %q",
				len(code), len(out.Code), len(out.Globals), len(out.Data), out.Start)
		})
	}
}

// initialize does what a Go guest needs first.
func initialize(t *testing.T, m api.Module) api.Module {
	t.Helper()
	if f := m.ExportedFunction("_initialize"); f != nil {
		if _, err := f.Call(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func call(t *testing.T, m api.Module, n uint64) string {
	t.Helper()
	got, err := m.ExportedFunction("run").Call(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%#x", got)
}

func buildGuest(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "guest-go.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", file, "./testdata/compilers/go")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}
