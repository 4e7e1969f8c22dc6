package binary

import (
	"bytes"
	"slices"
)

// assembly is a module written by hand.
type assembly struct {
	types   [][]byte // see signature
	imports [][]byte
	tables  [][]byte
	globals [][]byte
	exports [][]byte
	start   []byte
	elems   [][]byte
	funcs   []function
	data    [][]byte
	names   map[uint32]string // of functions
	memory  bool
	extra   []byte // after the sections
}

type function struct {
	typ    int
	locals []byte // declarations, with their count; nil: none
	code   []byte // without the last end
	export string
}

func signature(params, results string) []byte {
	value := map[rune]byte{'i': 0x7f, 'I': 0x7e, 'f': 0x7d, 'F': 0x7c, 'v': 0x7b, 'r': 0x70, 'x': 0x6f}
	list := func(s string) []byte {
		out := appendU32(nil, uint32(len(s)))
		for _, c := range s {
			out = append(out, value[c])
		}
		return out
	}
	return slices.Concat([]byte{0x60}, list(params), list(results))
}

func list(entries [][]byte) []byte {
	return append(appendU32(nil, uint32(len(entries))), bytes.Join(entries, nil)...)
}

func sectionOf(id byte, body []byte) []byte {
	return append(appendU32([]byte{id}, uint32(len(body))), body...)
}

// build returns the module. Sections that would be empty are left out.
func (a assembly) build() []byte {
	var funcs, bodies [][]byte
	exports := slices.Clone(a.exports)
	for n, f := range a.funcs {
		funcs = append(funcs, appendU32(nil, uint32(f.typ)))
		locals := f.locals
		if locals == nil {
			locals = []byte{0}
		}
		body := slices.Concat(locals, f.code, []byte{opEnd})
		bodies = append(bodies, append(appendU32(nil, uint32(len(body))), body...))
		if f.export != "" {
			exports = append(exports, appendU32(append(appendName(nil, f.export), 0), uint32(len(a.imports)+n)))
		}
	}
	out := []byte("\x00asm\x01\x00\x00\x00")
	add := func(id byte, entries [][]byte) {
		if len(entries) > 0 {
			out = append(out, sectionOf(id, list(entries))...)
		}
	}
	add(secType, a.types)
	add(secImport, a.imports)
	add(secFunction, funcs)
	add(secTable, a.tables)
	if a.memory {
		add(secMemory, [][]byte{{0, 1}})
		exports = append(exports, append(appendName(nil, "memory"), 2, 0))
	}
	add(secGlobal, a.globals)
	add(secExport, exports)
	if a.start != nil {
		out = append(out, sectionOf(secStart, a.start)...)
	}
	add(secElement, a.elems)
	if len(a.data) > 0 {
		out = append(out, sectionOf(secDataCount, appendU32(nil, uint32(len(a.data))))...)
	}
	add(secCode, bodies)
	add(secData, a.data)
	if a.names != nil {
		var entries [][]byte
		for n := range uint32(1000) {
			if s, ok := a.names[n]; ok {
				entries = append(entries, appendName(appendU32(nil, n), s))
			}
		}
		out = append(out, sectionOf(secCustom, append(appendName(nil, "name"), sectionOf(1, list(entries))...))...)
	}
	return append(out, a.extra...)
}

// code joins opcodes, as ints, and what helpers made.
func code(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			out = append(out, byte(p))
		case []byte:
			out = append(out, p...)
		default:
			panic("neither int nor []byte")
		}
	}
	return out
}

func i32(v int64) []byte { return appendSigned([]byte{0x41}, v) }
func i64(v int64) []byte { return appendSigned([]byte{0x42}, v) }

// one is a module with one exported function, run.
func one(params, results string, body ...any) assembly {
	return assembly{
		types:  [][]byte{signature(params, results)},
		funcs:  []function{{export: "run", code: code(body...)}},
		memory: true,
	}
}
