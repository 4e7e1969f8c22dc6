package binary

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// specDir is where the engine's module keeps the WebAssembly project's own
// tests, translated to JSON and binary modules.
func specDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatal("where is wazero's source?", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest")
}

// The WebAssembly project's tests, in two worlds: one of the modules as they
// are, one of rewritten modules. Whatever a test does, both worlds must answer
// alike. Modules that are not bound run a third time, as clones: each call is
// made in a clone of the instance that the call before has left.
func TestSpec(t *testing.T) {
	dir := specDir(t)
	var sum specCount
	for _, version := range []string{"v1", "v2"} {
		scripts, err := filepath.Glob(filepath.Join(dir, version, "testdata", "*.json"))
		if err != nil || len(scripts) == 0 {
			t.Fatalf("no tests in %s: %v", dir, err)
		}
		for _, script := range scripts {
			t.Run(version+"/"+strings.TrimSuffix(filepath.Base(script), ".json"), func(t *testing.T) {
				runSpec(t, dir, script, &sum)
			})
		}
	}
	t.Logf("%+v", sum)
	if sum.modules < 2000 || sum.calls < 60_000 || sum.cloned < 9000 || sum.refused < 4000 {
		t.Error("that is less than there should be")
	}
}

type specCount struct{ modules, bound, calls, cloned, refused, ours int }

// specCommand is one step of a test.
type specCommand struct {
	Type       string
	Line       int
	Name       string
	Filename   string
	As         string
	ModuleType string `json:"module_type"`
	Action     struct {
		Type, Field, Module string
		Args                []specValue
	}
}

type specValue struct {
	Type     string
	LaneType string `json:"lane_type"`
	Value    any
}

// world is an engine with the modules of one test in it.
type world struct {
	*engine
	named map[string]*specInstance
	last  *specInstance
}

// specInstance is an instance of a module and, if it can be cloned and nobody
// else refers to it, the last of its clones.
type specInstance struct {
	api.Module
	code  *Module
	clone api.Module
}

func newWorld(t *testing.T, dir string) *world {
	w := &world{engine: newEngine(t, wazero.NewRuntimeConfigCompiler()), named: map[string]*specInstance{}}
	w.most = 1 << 40
	code, err := os.ReadFile(filepath.Join(dir, "testdata", "spectest.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.r.InstantiateWithConfig(t.Context(), code, wazero.NewModuleConfig().WithName("spectest")); err != nil {
		t.Fatal(err)
	}
	return w
}

func runSpec(t *testing.T, dir, script string, sum *specCount) {
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	var test struct{ Commands []specCommand }
	if err := json.Unmarshal(text, &test); err != nil {
		t.Fatal(err)
	}
	plain, rewritten := newWorld(t, dir), newWorld(t, dir)
	for n, c := range test.Commands {
		at := fmt.Sprintf("line %d: %s", c.Line, c.Type)
		var code []byte
		if c.Filename != "" && c.ModuleType != "text" {
			if code, err = os.ReadFile(filepath.Join(filepath.Dir(script), c.Filename)); err != nil {
				t.Fatal(err)
			}
		}
		switch c.Type {
		case "module":
			if next := n + 1; next < len(test.Commands) && test.Commands[next].Type == "register" {
				c.As = test.Commands[next].As
			}
			fallthrough
		case "assert_unlinkable", "assert_uninstantiable", "assert_invalid", "assert_malformed":
			if code == nil {
				continue // text
			}
			out, refusal := Rewrite(code)
			if refusal != nil && strings.Contains(refusal.Error(), "at most") {
				sum.ours++ // our own limits
				continue
			}
			first, was := plain.instantiate(t, c, &Module{Code: code})
			var second *specInstance
			is := refusal
			if refusal == nil {
				second, is = rewritten.instantiate(t, c, out)
			}
			if (was == nil) != (is == nil) {
				t.Errorf("%s %s: was %v, is %v", at, c.Filename, was, is)
			}
			if is != nil {
				sum.refused++
				continue
			}
			sum.modules++
			if out.Bound != "" {
				sum.bound++
			} else if c.As == "" && c.Name == "" {
				second.clone = rewritten.clone(t, out, second)
			}
			plain.add(c, first)
			rewritten.add(c, second)
		case "action", "assert_return", "assert_trap":
			sum.calls++
			was, is := plain.act(t, c), rewritten.act(t, c)
			if was != is {
				t.Errorf("%s %s: was %s, is %s", at, c.Action.Field, was, is)
			}
			if i := rewritten.find(c); i.clone != nil && c.Action.Type == "invoke" {
				sum.cloned++
				last := i.clone
				i.clone = rewritten.clone(t, i.code, last)
				last.Close(t.Context())
				if got := invoke(t, i.clone, c); got != was {
					t.Errorf("%s %s: was %s, is %s in a clone", at, c.Action.Field, was, got)
				}
			}
		case "assert_exhaustion":
			// The engine would give up too, after hundreds of megabytes.
			if got := rewritten.act(t, c); !strings.HasPrefix(got, errStack.Error()) {
				t.Errorf("%s: %s", at, got)
			}
		case "register":
		default:
			t.Errorf("%s is not known here", at)
		}
	}
}

// instantiate makes an instance as a host does, with a name if others import
// from it.
func (w *world) instantiate(t *testing.T, c specCommand, code *Module) (*specInstance, error) {
	m, err := w.instance(t, code, c.As)
	if err != nil {
		return nil, err
	}
	return &specInstance{Module: m, code: code}, w.begin(t, code, m)
}

func (w *world) add(c specCommand, i *specInstance) {
	w.last = i
	if c.Name != "" {
		w.named[c.Name] = i
	}
}

func (w *world) find(c specCommand) *specInstance {
	if c.Action.Module != "" {
		return w.named[c.Action.Module]
	}
	return w.last
}

// act does what a command says and describes what came of it.
func (w *world) act(t *testing.T, c specCommand) string {
	i := w.find(c)
	if c.Action.Type == "get" {
		return i.ExportedGlobal(c.Action.Field).String()
	}
	return invoke(t, i, c)
}

func invoke(t *testing.T, m api.Module, c specCommand) string {
	f := m.ExportedFunction(c.Action.Field)
	results, err := f.Call(t.Context(), specArgs(t, c)...)
	if err != nil {
		// A host would throw the instance away: nobody has given the stack back.
		if stack, ok := m.ExportedGlobal(StackGlobal).(api.MutableGlobal); ok {
			stack.Set(StackBudget)
		}
		return trapOf(err)
	}
	left := fmt.Sprint(len(results))
	n := 0
	for _, typ := range f.Definition().ResultTypes() {
		v := results[n]
		n++
		switch {
		case typ == 0x7b:
			left += fmt.Sprintf(" %x/%x", v, results[n])
			n++
		case typ == api.ValueTypeF32 && math.IsNaN(float64(api.DecodeF32(v))), typ == api.ValueTypeF64 && math.IsNaN(api.DecodeF64(v)):
			left += " NaN" // their bits are the engine's choice
		case typ == 0x70: // an address
			left += fmt.Sprintf(" function %v", v != 0)
		default:
			left += fmt.Sprintf(" %x", v)
		}
	}
	return left
}

// specArgs returns a command's arguments as the engine takes them.
func specArgs(t *testing.T, c specCommand) (args []uint64) {
	for _, a := range c.Action.Args {
		if a.Type != "v128" {
			args = append(args, specNumber(t, a.Type, a.Value))
			continue
		}
		var v [2]uint64
		bits, _ := strconv.Atoi(a.LaneType[1:])
		for n, lane := range a.Value.([]any) {
			v[n*bits/64] |= specNumber(t, a.LaneType, lane) << (n * bits % 64)
		}
		args = append(args, v[0], v[1])
	}
	return args
}

func specNumber(t *testing.T, typ string, value any) uint64 {
	text, _ := value.(string)
	switch {
	case text == "null" || text == "":
		return 0
	case text == "nan:canonical" || text == "nan:arithmetic":
		if typ == "f32" {
			return 0x7fc00000
		}
		return 0x7ff8 << 48
	}
	v, err := strconv.ParseUint(text, 10, 64)
	if negative, bad := strconv.ParseInt(text, 10, 64); err != nil && bad == nil {
		v, err = uint64(negative), nil
		if strings.HasSuffix(typ, "32") {
			v = uint64(uint32(v))
		}
	}
	if err != nil {
		t.Fatalf("%s %q: %v", typ, text, err)
	}
	if typ == "externref" {
		v++ // the engine takes 0 for null
	}
	return v
}
