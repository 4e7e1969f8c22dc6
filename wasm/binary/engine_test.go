package binary

import (
	"context"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// engine runs metered modules, and others.
type engine struct {
	r     wazero.Runtime
	ticks int
	most  int // ticks after which a call is ended
}

var (
	errFuel  = errors.New("fuel used up")
	errStack = errors.New("stack used up")
)

const testQuantum = 1000

func newEngine(t testing.TB, cfg wazero.RuntimeConfig) *engine {
	e := &engine{most: 1000, r: wazero.NewRuntimeWithConfig(t.Context(), cfg.WithCoreFeatures(api.CoreFeaturesV2).WithMemoryLimitPages(256))}
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
	if e.ticks++; e.ticks > e.most {
		panic(errFuel)
	}
	fuel.Set(testQuantum)
}

func (e *engine) instantiate(t testing.TB, code []byte) api.Module {
	t.Helper()
	m, err := e.r.InstantiateWithConfig(t.Context(), code, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(context.Background()) })
	return m
}

// metered meters and instantiates.
func (e *engine) metered(t testing.TB, a assembly) api.Module {
	t.Helper()
	return e.instantiate(t, meter(t, a.build()))
}

func meter(t testing.TB, code []byte) []byte {
	t.Helper()
	out, err := Meter(code)
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
