package metadata

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// SectionName is the name of the custom section.
const SectionName = "penstock.plugins"

// MaxSize bounds the section's content in bytes.
const MaxSize = 256 << 10

// header is how a core WebAssembly module begins: magic number and version 1.
const header = "\x00asm\x01\x00\x00\x00"

var (
	errNoModule = errors.New("not a core WebAssembly module")
	errCut      = errors.New("a section is longer than the file")
	errTwice    = fmt.Errorf("there is more than one section %q", SectionName)
)

// Read returns what the module says of itself; nil if it says nothing. Anything
// else that may be wrong with the module is left to who loads it.
func Read(module []byte) (*Module, error) {
	content, err := Section(module)
	if content == nil || err != nil {
		return nil, err
	}
	return Decode(content)
}

// Section returns the content of the section, a part of module; nil if it is not
// there, or if the bytes are no module.
func Section(module []byte) (content []byte, err error) {
	found := 0
	err = each(module, func(_, body []byte, ours bool) {
		if ours {
			content = body
			found++
		}
	})
	switch {
	case found > 1:
		return nil, errTwice
	case err != nil:
		return nil, nil // whatever it is, it cannot be loaded
	}
	return content, nil
}

// Replace returns a copy of the module whose section has the content instead of
// what it had. It stands at the end. Nil content takes the section away.
func Replace(module, content []byte) ([]byte, error) {
	out := make([]byte, 0, len(module)+len(content)+64)
	out = append(out, header...)
	err := each(module, func(whole, _ []byte, ours bool) {
		if !ours {
			out = append(out, whole...)
		}
	})
	if err != nil || content == nil {
		return out, err
	}
	name := append(binary.AppendUvarint(nil, uint64(len(SectionName))), SectionName...)
	out = append(out, 0)
	out = binary.AppendUvarint(out, uint64(len(name)+len(content)))
	out = append(out, name...)
	return append(out, content...), nil
}

// each calls f for every section: with all of its bytes, and with what it
// contains if it is ours.
func each(module []byte, f func(whole, body []byte, ours bool)) error {
	if len(module) < len(header) || string(module[:len(header)]) != header {
		return errNoModule
	}
	for rest := module[len(header):]; len(rest) > 0; {
		id := rest[0]
		body, after, ok := prefixed(rest[1:])
		if !ok {
			return errCut
		}
		whole := rest[:len(rest)-len(after)]
		content, ours := body, false
		if id == 0 {
			var name []byte
			if name, content, ok = prefixed(body); !ok {
				return errCut
			}
			ours = string(name) == SectionName
		}
		f(whole, content, ours)
		rest = after
	}
	return nil
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
