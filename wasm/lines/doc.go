// Package lines says which line of which source file a piece of a WebAssembly
// module's code comes from, and which functions were inlined there. It reads what
// compilers write with -g: DWARF 2 to 5, of which it knows as much as that takes.
//
// Nothing that is in the sections can do harm. They are a stranger's: a table of
// lines may promise 2^60 files, entries may refer to each other in circles, a
// thousand ranges may be the same million. What cannot be read is not known; every
// number that is read counts, and reading ends when that is too much; nothing is
// allocated for what is promised, only for what is found. That is also why it does
// not use debug/dwarf, which trusts what it reads: RATIONALE.md.
//
// Nothing is kept either but the module's own bytes. A [Table] is opened when a
// module is loaded, which looks at the names of its sections, and is read when
// the first trap happens, if ever.
package lines
