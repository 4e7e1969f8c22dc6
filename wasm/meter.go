package wasm

import (
	"context"
	"time"
)

// Meter rewrites a module so that guest code cannot run for ever: every loop
// and function entry takes from the exported mutable i64 global
// [FuelGlobal], calls the imported penstock_meter.tick () -> () when it is
// below zero, and traps when calls nest too deeply. A guest cannot be stopped
// from outside without it, except at a high price per call.
type Meter func(code []byte) ([]byte, error)

// FuelGlobal is the name under which a metered module exports its fuel.
const FuelGlobal = "penstock_fuel"

// quantum is the fuel that a guest gets between two looks at the deadline:
// some tenths of a millisecond.
const quantum = 100_000

// invoke calls the export's function with the parameters that are in i.stack.
func (i *Instance) invoke(k hook) error {
	if i.template.program.runtime.meter != nil {
		return i.functions[k].CallWithStack(i, i.stack[:])
	}
	ctx, cancel := i.watched()
	defer cancel()
	return i.functions[k].CallWithStack(ctx, i.stack[:])
}

// watched returns a context that is done at the deadline, for guests that are
// not metered.
func (i *Instance) watched() (context.Context, context.CancelFunc) {
	return context.WithTimeout(i, time.Duration(i.deadline-Now()))
}

// callerKey asks a context for the instance that it was made from.
type callerKey struct{}

// caller returns the instance that is calling an import: the context is the
// instance itself, or in unmetered calls derived from it.
func caller(ctx context.Context) *Instance {
	if i, ok := ctx.(*Instance); ok {
		return i
	}
	return ctx.Value(callerKey{}).(*Instance)
}
