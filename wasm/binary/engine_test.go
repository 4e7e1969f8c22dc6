package binary

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// engine runs metered modules, and others.
type engine struct {
	r       wazero.Runtime
	code    map[*Module]wazero.CompiledModule
	quantum int64
	onTick  func() // called before anything else
	ticks   int
	most    int // ticks after which a call is ended
}

var (
	errFuel  = errors.New("fuel used up")
	errStack = errors.New("stack used up")
)

const testQuantum = MinQuantum

func newEngine(t testing.TB, cfg wazero.RuntimeConfig) *engine {
	e := &engine{most: 1000, quantum: testQuantum, code: map[*Module]wazero.CompiledModule{}, r: wazero.NewRuntimeWithConfig(t.Context(), cfg.WithCoreFeatures(api.CoreFeaturesV2).WithMemoryLimitPages(256))}
	t.Cleanup(func() { e.r.Close(context.Background()) })
	_, err := e.r.NewHostModuleBuilder(TickModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(e.tick), nil, nil).Export(TickName).Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.r.NewHostModuleBuilder("env").NewFunctionBuilder().
		WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) { s[0] = uint64(uint32(s[0]) * 3) }),
			[]api.ValueType{api.ValueTypeI32}, []api.ValueType{api.ValueTypeI32}).Export("triple").Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *engine) tick(_ context.Context, m api.Module, _ []uint64) {
	fuel := m.ExportedGlobal(FuelGlobal).(api.MutableGlobal)
	if int64(fuel.Get()) >= 0 {
		panic(errStack)
	}
	if e.onTick != nil {
		e.onTick()
	}
	if e.ticks++; e.ticks > e.most {
		panic(errFuel)
	}
	fuel.Set(uint64(e.quantum))
}

func (e *engine) instantiate(t testing.TB, code []byte) api.Module {
	t.Helper()
	m, err := e.r.InstantiateWithConfig(t.Context(), code, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(context.Background()) })
	return m
}

// start makes an instance of a rewritten module as its host does.
func (e *engine) start(t testing.TB, code *Module) (api.Module, error) {
	t.Helper()
	m, err := e.instance(t, code, "")
	if err != nil {
		return nil, err
	}
	return m, e.begin(t, code, m)
}

// instance compiles a module once and makes a fresh instance of it.
func (e *engine) instance(t testing.TB, code *Module, name string) (api.Module, error) {
	c, ok := e.code[code]
	if !ok {
		var err error
		if c, err = e.r.CompileModule(t.Context(), code.Code); err != nil {
			return nil, err
		}
		e.code[code] = c
	}
	return e.r.InstantiateModule(t.Context(), c, wazero.NewModuleConfig().WithName(name).WithStartFunctions())
}

// begin does for a fresh instance what the host does.
func (e *engine) begin(t testing.TB, code *Module, m api.Module) (err error) {
	for n, d := range code.Data {
		if !m.Memory().Write(d.Offset, d.Bytes) {
			return fmt.Errorf("data[%d]: out of bounds memory access", n)
		}
	}
	if code.Start != "" {
		_, err = m.ExportedFunction(code.Start).Call(t.Context())
	}
	return err
}

// clone makes another instance and gives it what one has changed.
func (e *engine) clone(t testing.TB, code *Module, of api.Module) api.Module {
	t.Helper()
	m, err := e.instance(t, code, "")
	if err != nil {
		t.Fatal(err)
	}
	frozen, _ := of.Memory().Read(0, of.Memory().Size())
	if _, ok := m.Memory().Grow((of.Memory().Size() - m.Memory().Size()) >> 16); !ok || !m.Memory().Write(0, frozen) {
		t.Fatal("cannot copy the memory")
	}
	for _, g := range code.Globals {
		from, to := of.ExportedGlobal(g.Export), m.ExportedGlobal(g.Export).(api.MutableGlobal)
		if from.Type() != g.Type {
			t.Fatalf("global %s has type %#x, not %#x", g.Export, from.Type(), g.Type)
		}
		to.Set(from.Get())
	}
	return m
}

// rewritten rewrites and starts.
func (e *engine) rewritten(t testing.TB, a assembly) api.Module {
	t.Helper()
	m, err := e.start(t, rewriteModule(t, a.build()))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func rewriteModule(t testing.TB, code []byte) *Module {
	t.Helper()
	out, err := Rewrite(code)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// both runs a test with both of wazero's engines.
func both(t *testing.T, f func(t *testing.T, e *engine)) {
	t.Run("compiler", func(t *testing.T) { f(t, newEngine(t, wazero.NewRuntimeConfigCompiler())) })
	t.Run("interpreter", func(t *testing.T) { f(t, newEngine(t, wazero.NewRuntimeConfigInterpreter())) })
}
