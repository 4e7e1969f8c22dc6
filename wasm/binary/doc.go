// Package binary rewrites WebAssembly modules in their binary form, for two
// purposes. Code that the engine has compiled cannot be stopped from outside,
// so it must stop itself: the module is metered. And what a plugin works out
// when it starts is to be there for every session without working it out again:
// instances can be cloned. [Rewrite] does both in one go, so that one compiled
// module serves a template and all of its clones.
//
// # The meter
//
// A rewritten module has
//
//   - a mutable i64 global, exported as [FuelGlobal]. It falls at every
//     function entry and every loop header by a weight that grows with the code
//     that follows, and before every bulk instruction by a weight that grows
//     with its length. When it is below zero, the import is called;
//   - another one, exported as [StackGlobal]: the bytes of call stack that are
//     left, estimated. It falls at the entry of every function that calls others and
//     is put back on every way out. When it is below zero, the import is called;
//   - the import [TickModule].[TickName], () -> (). It looks at the clock and
//     refills the fuel, or ends the call. If the fuel is not below zero when it
//     is called, it was called because calls nest too deeply;
//   - a maximum for every table, [MaxTable] for all of them together.
//
// Functions that would keep the engine's compiler busy for minutes are refused.
//
// # Clones
//
// What an instance can change is its memory, its mutable globals, its tables,
// and which of its data and element segments have been dropped; the engine
// keeps nothing else of a guest between calls. A host can set memory and
// exported globals. So
//
//   - every mutable global of the module is exported too, as penstock_global_
//     and its index ([Module.Globals]);
//   - active data segments are gone, and the host writes them ([Module.Data]):
//     instantiating must leave memory alone, which may already be somebody's
//     frozen one. Segments that no memory.init names are left out altogether,
//     because the engine keeps a slice header for each of them in every
//     instance, and a Go module has twenty thousand. The others move up. An
//     active one that is named becomes an empty passive one: by the time that
//     code runs, an active segment counts as dropped;
//   - the start function is not called by the engine but by the host, through an
//     added function ([Module.Start]), because instantiating must not run code.
//
// A host makes a template of an instance of the rewritten module by writing the
// data, calling the start function, and whatever initialises the plugin. A
// clone is another instance whose memory and globals are set to those of
// the template. Tables come out right by themselves, unless code changes them:
// the engine fills them from the element segments of each instance.
//
// A module whose code changes tables, drops segments, or has globals that a
// host cannot set cannot be cloned. It is metered only, and [Module.Bound] says
// why.
//
// Everything else behaves as before. Export names that begin with penstock_
// belong to the host, except for those that say which version of the ABI a
// plugin speaks. Custom sections other than names are left out: what they say of
// offsets in the code would be wrong.
//
// # What the meter costs
//
// Nearly all of it is the fuel at loop headers, some one to two nanoseconds
// each: 7 % of a Go filter's empty query, 20 % of a Go regexp search, 30 % of
// very small calls, 60 % of a Go loop that does next to nothing for each byte.
// The stack costs 1 to 5 %. The tests of package wasm have the benchmark.
//
// # How it is done
//
// The sections that others depend on are read first (rewrite.go, module.go,
// state.go, data.go), function bodies among them to weigh them (scan.go). Then
// every section is written (sections.go), with the indexes of functions moved up
// by one, for the import, and bodies with their checks (body.go). The opcodes are those
// of WebAssembly 2.0 (opcode.go, instruction.go); an instruction that is not
// known is an error, never skipped, for a rewriter that does not know where an
// instruction ends is no bound for anything.
//
// Types are not checked here. The engine checks the rewritten module, and what
// it would have refused before is refused then. What it could not see any more,
// because it is gone or because something added has taken the index, is checked
// here.
package binary
