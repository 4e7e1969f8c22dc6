package wasm

import (
	"context"

	"github.com/tetratelabs/wazero/api"

	"github.com/penstock-db/penstock/wasm/binary"
)

// Rewriter makes a module ready to be run: metered, so that guest code cannot
// run for ever and calls cannot nest without bound, and ready to be cloned.
// [binary.Rewrite] is the real one and says what it does.
type Rewriter func(code []byte) (*binary.Module, error)

// quantum is the fuel that a guest gets between two looks at the deadline, in
// which the garbage collector cannot stop the world: some tens of microseconds
// of ordinary code, and a few milliseconds of the worst that a guest can do,
// which is to wait for memory that is in no cache with every instruction. It is
// not less than [binary.MinQuantum].
const quantum = 20_000

// debtCost is what a unit of fuel that a guest owes may cost it, in nanoseconds:
// it is about to move memory or part of a table, which is paid in advance.
const debtCost = 64

// keptStack is how much call stack, as the meter estimates it, a machine may
// have needed for its stacks to be kept for the next instance.
const keptStack = 256 << 10

// tick is called by metered code when its fuel or its stack has run out. It is
// the only place where the Go scheduler can interrupt a guest.
func tick(ctx context.Context, mod api.Module, _ []uint64) {
	i := caller(ctx)
	if i.fuel == nil {
		i.fuel = mod.ExportedGlobal(binary.FuelGlobal).(api.MutableGlobal)
		i.stackLeft = mod.ExportedGlobal(binary.StackGlobal).(api.MutableGlobal)
	}
	left := int64(i.fuel.Get())
	if left >= 0 {
		panic(errCallDepth)
	}
	i.deep = i.deep || int64(i.stackLeft.Get()) < binary.StackBudget-keptStack
	i.checkDeadline()
	i.counts -= left * debtCost
	i.fuel.Set(quantum)
}

// caller returns the instance that is calling an import: it is itself the
// context that it calls its module with.
func caller(ctx context.Context) *Instance { return ctx.(*Instance) }
