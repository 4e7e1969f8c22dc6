// Package wasm runs plugins: it loads WebAssembly modules, checks that they
// speak Penstock's plugin ABI (package abi), and calls them under limits. It
// knows nothing of MySQL; what a plugin may ask about its session is asked of
// the [Session] that the engine passes in.
//
// # From a file to a verdict
//
//	Runtime   the WebAssembly engine, one a process, with its compilation cache
//	Module    one verified and compiled .wasm file; shared by content
//	Template  one definition (a plugin with its options): ps_init has run, the descriptor is valid
//	Instance  one session's plugin: the hooks are called on it
//
// [Runtime.Load] checks names and exact signatures before any code of the
// module runs. [Module.Template] runs ps_init once, validates what it declares
// and freezes the result. [Template.Open] makes a session's instance of it.
//
// # Machines
//
// Starting an ordinary Go plugin takes milliseconds and megabytes, which no
// proxy can pay for each session. So an Instance is a light thing that holds a
// machine (code, memory, globals: the engine's instance) only while it works:
//
//	freeze    the started template's memory becomes a sealed memfd, its globals a list (image_linux.go)
//	clone     a machine whose memory maps that file copy-on-write; no code runs (machine.go)
//	recycle   changed pages and globals are set back: a used machine is as new (machine.go)
//	pool      machines without work wait for the next session (pool.go)
//	park      of an idle instance only the bytes that differ are kept (park.go, pages_linux.go)
//
// Where a module or a system cannot ([Template.Plain] says why), an Instance has
// a machine of its own that has started the plugin, behind the same methods.
//
// # One call
//
// A hook is one crossing: the header and the payload are written into the
// guest's own memory (its window), one export is called, and its i64 answer is
// checked. Nothing is allocated, locked or logged on the way. The instance
// itself is the context that is passed through the engine, which is how an
// import finds the instance that called it.
//
// # Failure
//
// A guest that traps, exits, overruns its time or memory, or answers nonsense
// costs its own instance and nothing more: the call returns a [*Failure], and
// so does every later call on that instance. Bad pointers given to imports are
// answered with an errno.
//
// # Ownership
//
// A Runtime, Module, Template, [KV], [Metrics] and [Sinks] can be used by any
// goroutine. An Instance belongs to its session's goroutine, including its
// Close.
package wasm
