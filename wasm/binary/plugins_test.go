package binary

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// buildPlugins builds the module of Penstock's own plugins.
func buildPlugins(t testing.TB) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "builtin.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", file, "../../plugins/builtin")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestPlugins(t *testing.T) {
	e := newEngine(t, wazero.NewRuntimeConfigInterpreter())
	code := buildPlugins(t)
	out := rewriteModule(t, code).Code
	if limit := len(code) * 5 / 4; len(out) > limit {
		t.Errorf("%d bytes became %d", len(code), len(out))
	}
	before, after := compile(t, e, code), compile(t, e, out)
	want, got := functions(before), functions(after)
	want[TickModule+"."+TickName+"()()"] = true
	if !maps.Equal(got, want) {
		t.Errorf("functions were\n%v\nand are\n%v", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
	}
	if !reflect.DeepEqual(memories(before), memories(after)) {
		t.Errorf("memories were %v and are %v", memories(before), memories(after))
	}
}

func compile(t *testing.T, e *engine, code []byte) wazero.CompiledModule {
	t.Helper()
	c, err := e.r.CompileModule(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(t.Context()) })
	return c
}

// functions describes imports and exports with their types and names.
func functions(c wazero.CompiledModule) map[string]bool {
	all := make(map[string]bool)
	describe := func(name string, d api.FunctionDefinition) {
		s := name + "("
		for _, p := range d.ParamTypes() {
			s += api.ValueTypeName(p) + " "
		}
		s += ")("
		for _, p := range d.ResultTypes() {
			s += api.ValueTypeName(p) + " "
		}
		all[s+")"] = true
	}
	for _, d := range c.ImportedFunctions() {
		module, name, _ := d.Import()
		describe(module+"."+name, d)
	}
	for name, d := range c.ExportedFunctions() {
		describe(name+"="+d.Name(), d)
	}
	return all
}

func memories(c wazero.CompiledModule) map[string]uint32 {
	all := make(map[string]uint32)
	for name, m := range c.ExportedMemories() {
		all[name] = m.Min()
	}
	return all
}

func BenchmarkRewrite(b *testing.B) {
	code := buildPlugins(b)
	b.SetBytes(int64(len(code)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Rewrite(code); err != nil {
			b.Fatal(err)
		}
	}
}
