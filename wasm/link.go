package wasm

import (
	"context"
	"fmt"
	"runtime"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/binary"
)

// The modules that a plugin may import functions from.
const (
	wasiModule  = "wasi_snapshot_preview1"
	meterModule = binary.TickModule
)

var compileWorkers = runtime.GOMAXPROCS(0)

// hostFunc serves one import. The stack holds the parameters; its first slot
// takes the result. It is never called while the instance is not running.
type hostFunc func(i *Instance, stack []uint64)

// hostImport is an import that the host knows.
type hostImport struct {
	params, results []api.ValueType
	call            hostFunc
}

// lookupImport returns the import for a key, nil if it is one that a later
// minor version may have (it is answered UNSUPPORTED or ENOSYS), or an error if
// nobody provides that module.
func lookupImport(key importKey) (*hostImport, error) {
	switch key.module {
	case abi.Module:
		return pluginImports[key.name], nil
	case wasiModule:
		return wasiImports[key.name], nil
	case meterModule:
		// The meter has put it in: a module that imports it itself is refused.
		if key.name == binary.TickName {
			return &hostImport{}, nil
		}
	}
	problem := fmt.Sprintf("cannot be provided: a plugin may import from %s and %s only", abi.Module, wasiModule)
	if key.module == "env" && (key.name == "abort" || key.name == "trace" || key.name == "seed") {
		problem += "; AssemblyScript: extend the SDK's asconfig.json, which puts functions of the plugin's own there"
	}
	return nil, &VerifyError{"import", key.module + "." + key.name, problem}
}

// link builds the host modules that hold exactly what the program imports.
// They are made for each program because imports that this host does not know
// must be there too, with the signature that the program gives them.
func (p *program) link(ctx context.Context, wanted map[importKey]api.FunctionDefinition) error {
	builders := make(map[string]wazero.HostModuleBuilder)
	for key, d := range wanted {
		b := builders[key.module]
		if b == nil {
			b = p.runtime.wazero.NewHostModuleBuilder(key.module)
			builders[key.module] = b
		}
		known, err := lookupImport(key)
		if err != nil {
			return err
		}
		if key.module == meterModule {
			b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(tick), nil, nil).Export(key.name)
			continue
		}
		call := unsupported
		if known != nil {
			call = known.call
		} else if key.module == wasiModule {
			call = noSys
		}
		b.NewFunctionBuilder().WithGoFunction(adapt(p.tracedImport(call, key, len(d.ParamTypes()))), d.ParamTypes(), d.ResultTypes()).Export(key.name)
	}
	p.imports = make(map[string]api.Module)
	for name, b := range builders {
		c, err := b.Compile(ctx)
		if err != nil {
			return fmt.Errorf("build host module %s: %w", name, err)
		}
		p.hosts = append(p.hosts, c)
		m, err := p.runtime.wazero.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			return fmt.Errorf("build host module %s: %w", name, err)
		}
		p.imports[name] = m
	}
	return nil
}

// adapt makes a raw stack function of f. The context that wazero hands through
// is the calling instance itself.
func adapt(f hostFunc) api.GoFunc {
	return func(ctx context.Context, stack []uint64) {
		i := caller(ctx)
		// Loops are metered, but a loop of expensive imports would do a lot
		// between two ticks of the meter.
		if i.work += callWork; i.work >= maxWork {
			i.checkDeadline()
		}
		f(i, stack)
	}
}

// Work is counted in bytes: imports that get long pointers or answer at length
// look at the deadline more often than others.
const (
	callWork = 512 // what a call costs besides
	maxWork  = 64 * callWork
)

// handles says that an import is about to go through n bytes, at so many
// nanoseconds each at most.
func (i *Instance) handles(n int, cost int64) {
	i.work += n
	i.counts += int64(n) * cost
}

// Costs for handles.
const (
	copying = 1
	lexing  = 16
)

// resolver returns the context value by which wazero finds p's imports.
func (p *program) resolver(ctx context.Context) context.Context {
	return experimental.WithImportResolver(ctx, func(name string) api.Module {
		if m, ok := p.imports[name]; ok {
			return m
		}
		return nil
	})
}

// result sets a host function's i32 result.
func result(stack []uint64, v int32) { stack[0] = uint64(uint32(v)) }

func unsupported(_ *Instance, stack []uint64) { result(stack, int32(abi.Unsupported)) }
