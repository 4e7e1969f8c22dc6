package wasm

import (
	"encoding/binary"
	"fmt"
)

// checkImportKinds looks at the import section before anything else does and
// refuses imports that are not functions: there is nothing to give for an
// imported memory, table or global. Other faults are left to the compiler,
// whose messages are better.
func checkImportKinds(code []byte) error {
	if len(code) < 8 || string(code[:4]) != "\x00asm" {
		return fmt.Errorf("not a WebAssembly module: it does not begin with the magic number")
	}
	if v := binary.LittleEndian.Uint32(code[4:]); v != 1 {
		return fmt.Errorf("not a core WebAssembly module: version %#x (components are not supported; build for wasip1, not wasip2)", v)
	}
	for r := (reader{code[8:]}); len(r.b) > 0; {
		id := r.take(1)
		size, ok := r.u32()
		body := r.take(size)
		if !ok || body == nil {
			return nil
		}
		if id[0] == 2 {
			return checkImportSection(reader{body})
		}
	}
	return nil
}

func checkImportSection(r reader) error {
	count, ok := r.u32()
	for ; ok && count > 0; count-- {
		module, name := r.name(), r.name()
		kind := r.take(1)
		if kind == nil {
			return nil
		}
		what := ""
		switch kind[0] {
		case 0:
			_, ok = r.u32()
			continue
		case 1:
			what = "table"
		case 2:
			what = "memory"
		case 3:
			what = "global"
		default:
			return nil
		}
		return &VerifyError{"import", string(module) + "." + string(name), "is a " + what + "; a plugin may import functions only"}
	}
	return nil
}

// reader takes a binary module apart; what is not there is nil.
type reader struct{ b []byte }

func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.b)) {
		r.b = nil
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) u32() (uint32, bool) {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > 1<<32-1 {
		r.b = nil
		return 0, false
	}
	r.b = r.b[n:]
	return uint32(v), true
}

func (r *reader) name() []byte {
	n, ok := r.u32()
	if !ok {
		return nil
	}
	return r.take(n)
}
