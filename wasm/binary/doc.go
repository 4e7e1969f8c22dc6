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
//   - a mutable i64 global, exported as [FuelGlobal]. It falls at every jump
//     backwards, at the entry of functions that are dear or part of a cycle of
//     calls, and before every bulk instruction, by what may run until the next
//     time. When it is below zero, the import is called;
//   - functions that fill and copy memory in pieces, and take fuel for each
//     (bulk.go). They are called instead of the instructions, each of which could
//     move a whole memory and could not be stopped;
//   - another one, exported as [StackGlobal]: the bytes of call stack that are
//     left, estimated. It falls before calls through tables, calls that close a
//     cycle, and calls of functions that are deep already, and is put back after
//     them. When it is below zero, the import is called;
//   - the import [TickModule].[TickName], () -> (). It looks at the clock and
//     refills the fuel, or ends the call. If the fuel is not below zero when it
//     is called, it was called because calls nest too deeply, and ends the call;
//   - a maximum for every table, [MaxTable] for all of them together.
//
// Functions that would keep the engine's compiler busy for minutes are refused.
//
// Code that runs for ever must jump backwards or call for ever. A jump backwards
// pays for the dearest way from its target to itself (jump.go), which is what
// may run once more because of it; for the first time the function's entry has
// paid, or its callers if it is cheap. Calls that nest for ever go through a
// table or close a cycle (meter.go), and there is only so much stack; calls that
// do not nest deeply may still be very many, but their cost adds up to that of a
// function that pays at its entry. TestFuelCoversWork lets random programs count
// their own instructions.
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
// What the engine keeps for a table's functions in each instance is most of what a
// clone of a Go module costs, though, and so a table that nothing changes is
// replaced by code: a call through it becomes the call of a function that is added
// and branches to a direct call (table.go).
//
// A module whose code changes tables, drops segments, or has globals that a
// host cannot set cannot be cloned. It is metered only, and [Module.Bound] says
// why.
//
// Everything else behaves as before. Export names that begin with penstock_
// belong to the host, except for those that say which version of the ABI a
// plugin speaks. Custom sections other than names are left out: what they say of
// offsets in the code would be wrong. If debug information was among them, the
// rewriter notes where the code has come from ([Module.Origins]), and makes the
// engine tell the offsets of traps.
//
// # What the meter costs
//
// BenchmarkMetering of package wasm runs the same work by turns as compiled and
// rewritten, BenchmarkCost here without what the host does for an event. Medians
// of five processes on 2026-11-25, 2 cores, shared, with
//
//	go test ./wasm -run xxx -bench Metering -benchtime 300ms
//
//	                                                  more   before
//	a Go filter's query event                          1 %      1 %
//	a Go regexp search of 4 KB                         1 %     16 %
//	many small recursive Go calls                     16 %     14 %
//	a Go loop that does next to nothing for each byte 14 %     49 %
//
// Before means with checks whose ways meet (check.go), and jumps that pay for
// all that stands between them and their targets. One build's figures repeat
// mostly, but what an unlucky place of the code costs is more than the meter: over
// eight layouts of the same code the regexp search costs from 0 to 13 % more, 4 % on
// average, and in one process of ten or so it costs 20 to 40 % more, for as long as
// the process lives; why is not known.
//
// # How it is done
//
// The sections that others depend on are read first (rewrite.go, module.go,
// state.go, data.go), function bodies among them (scan.go), and what they cost
// is worked out from who calls whom (meter.go). Then every section is written
// (sections.go), with the indexes of functions moved up by one, for the import,
// and bodies with their checks (body.go, jump.go). The opcodes are those
// of WebAssembly 2.0 (opcode.go, instruction.go); an instruction that is not
// known is an error, never skipped, for a rewriter that does not know where an
// instruction ends is no bound for anything.
//
// An instance that has trapped must be thrown away: nobody has given back the
// stack that its calls took.
//
// Types are not checked here. The engine checks the rewritten module, and what
// it would have refused before is refused then. What it could not see any more,
// because it is gone or because something added has taken the index, is checked
// here.
package binary
