package wasm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Crossing is one call over the boundary between the host and a guest. A tracer
// ([Config].Trace) is told of it twice: when it begins, and, with Done, when it ends.
// It and all that it refers to are valid during the tracer's call only.
type Crossing struct {
	Import bool     // the guest called the host
	Name   string   // of the export; of an import with its module: penstock_v1.log
	Args   []uint64 // i32s are in the low half
	Done   bool
	Result uint64 // if Done and Err is nil, and the function returns something
	Err    error  // how the call ended instead of returning

	instance *Instance
}

// Instance returns the instance that calls or is called.
func (c *Crossing) Instance() *Instance { return c.instance }

// Memory returns the guest's memory as it is now. It must not be changed.
func (c *Crossing) Memory() []byte { return c.instance.memory.bytes }

// Read returns n bytes of the guest's memory, false if they are not all inside.
func (c *Crossing) Read(ptr, n uint32) ([]byte, bool) { return c.instance.memory.view(ptr, n) }

// Func returns the function as the ABI declares it; false for WASI's and for
// imports that this ABI does not have.
func (c *Crossing) Func() (abi.Func, bool) {
	list, name := abi.Exports, c.Name
	if c.Import {
		var ours bool
		if name, ours = strings.CutPrefix(name, abi.Module+"."); !ours {
			return abi.Func{}, false
		}
		list = abi.Imports
	}
	n := slices.IndexFunc(list, func(f abi.Func) bool { return f.Name == name })
	if n < 0 {
		return abi.Func{}, false
	}
	return list[n], true
}

// tracedExport tells a tracer of an export's calls.
type tracedExport struct {
	api.Function
	trace  func(*Crossing)
	name   string
	params int
}

// CallWithStack implements api.Function.
func (f tracedExport) CallWithStack(ctx context.Context, stack []uint64) error {
	c := Crossing{Name: f.name, Args: slices.Clone(stack[:f.params]), instance: caller(ctx)}
	f.trace(&c)
	c.Err = f.Function.CallWithStack(ctx, stack)
	c.Done = true
	if c.Err == nil && len(stack) > 0 {
		c.Result = stack[0]
	}
	f.trace(&c)
	return c.Err
}

// traced returns the export as it has to be called: itself, unless somebody
// wants to be told.
func (p *program) traced(f api.Function, name string) api.Function {
	if p.runtime.trace == nil || f == nil {
		return f
	}
	return tracedExport{f, p.runtime.trace, name, len(f.Definition().ParamTypes())}
}

// tracedImport does the same for an import.
func (p *program) tracedImport(call hostFunc, key importKey, params int) hostFunc {
	trace := p.runtime.trace
	if trace == nil {
		return call
	}
	return func(i *Instance, stack []uint64) {
		c := Crossing{Import: true, Name: key.module + "." + key.name, Args: slices.Clone(stack[:params]), instance: i}
		trace(&c)
		c.Done = true
		defer func() {
			// Imports that end the guest's call, proc_exit and those that find its time
			// used up, panic.
			cause := recover()
			switch {
			case cause != nil:
				c.Err = fmt.Errorf("%v", cause)
			case len(stack) > 0:
				c.Result = stack[0]
			}
			trace(&c)
			if cause != nil {
				panic(cause)
			}
		}()
		call(i, stack)
	}
}
