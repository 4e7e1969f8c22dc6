package binary

import (
	"encoding/binary"
	"iter"
)

// header is how a core WebAssembly module begins: magic number and version 1.
const header = "\x00asm\x01\x00\x00\x00"

// Section is one section of a module. Its bytes are the module's.
type Section struct {
	ID    byte
	Name  string // of a custom section, whose ID is 0
	Body  []byte // what it contains, without the name
	Whole []byte // all of it, ID and size included
}

// Sections takes a module apart without looking at what its sections contain.
// It ends with an [*Error] where that cannot be done.
func Sections(module []byte) iter.Seq2[Section, error] {
	return func(yield func(Section, error) bool) {
		if len(module) < len(header) || string(module[:len(header)]) != header {
			yield(Section{}, &Error{0, "not a core WebAssembly module"})
			return
		}
		for rest := module[len(header):]; len(rest) > 0; {
			s := Section{ID: rest[0]}
			body, after, ok := prefixed(rest[1:])
			if ok && s.ID == 0 {
				var name []byte
				name, s.Body, ok = prefixed(body)
				s.Name = string(name)
			} else {
				s.Body = body
			}
			if !ok {
				yield(Section{}, &Error{len(module) - len(rest), "a section is longer than what it is in"})
				return
			}
			s.Whole = rest[: len(rest)-len(after) : len(rest)-len(after)]
			if !yield(s, nil) {
				return
			}
			rest = after
		}
	}
}

// prefixed splits off bytes that their number stands before.
func prefixed(b []byte) (bytes, rest []byte, ok bool) {
	n, used := binary.Uvarint(b[:min(len(b), 5)])
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	b = b[used:]
	return b[:n:n], b[n:], true
}
