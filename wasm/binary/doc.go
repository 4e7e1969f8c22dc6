// Package binary reads and rewrites WebAssembly modules in their binary form.
// Its one purpose so far is metering: [Meter] puts checks into a module that
// bound how long its code runs and how deeply it calls, because code that the
// engine has compiled cannot be stopped from outside.
//
// # What a metered module has more than before
//
//   - a mutable i64 global, exported as [FuelGlobal]. It falls at every
//     function entry and every loop header by a weight that grows with the code
//     that follows, and before every bulk instruction by a weight that grows
//     with its length. When it is below zero, the import is called;
//   - a mutable i64 global, not exported: the bytes of call stack that are left,
//     estimated. It falls at the entry of every function that calls others and
//     is put back on every way out. When it is below zero, the import is called;
//   - the import [TickModule].[TickName], () -> (). It looks at the clock and
//     refills the fuel, or ends the call. If the fuel is not below zero when it
//     is called, it was called because calls nest too deeply;
//   - a maximum for every table, [MaxTable].
//
// Everything else behaves as before. Custom sections other than names are left
// out: what they say of offsets in the code would be wrong.
//
// # What it costs
//
// Nearly all of it is the fuel at loop headers, some one to two nanoseconds
// each: 7 % of a Go filter's empty query, 20 % of a Go regexp search, 30 % of
// very small calls, 60 % of a Go loop that does next to nothing for each byte.
// The stack costs 1 to 5 %. The tests of package wasm have the benchmark.
//
// # How it is done
//
// Sections are read in order (module.go), with the positions of what holds a
// function index, because the new import moves all functions of the module up
// by one. Bodies are read twice: once to weigh them (scan.go), once to write
// them (body.go). The opcodes are those of WebAssembly 2.0 (opcode.go,
// instruction.go); an instruction that is not known is an error, never skipped, for a rewriter that
// does not know where an instruction ends is no bound for anything.
//
// Types are not checked here. The engine checks the rewritten module, and what
// it would have refused before is refused then.
package binary
