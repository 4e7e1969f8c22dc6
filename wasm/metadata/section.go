package metadata

import (
	"encoding/binary"
	"fmt"

	wasmbinary "github.com/penstock-db/penstock/wasm/binary"
)

// SectionName is the name of the custom section.
const SectionName = "penstock.plugins"

// MaxSize bounds the section's content in bytes.
const MaxSize = 256 << 10

var errTwice = fmt.Errorf("there is more than one section %q", SectionName)

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
	for s, err := range wasmbinary.Sections(module) {
		if err != nil {
			break // whatever it is, it cannot be loaded
		}
		if s.Name == SectionName {
			content = s.Body
			found++
		}
	}
	if found > 1 {
		return nil, errTwice
	}
	return content, nil
}

// Replace returns a copy of the module whose section has the content instead of
// what it had. It stands at the end. Nil content takes the section away.
func Replace(module, content []byte) ([]byte, error) {
	out := make([]byte, 0, len(module)+len(content)+64)
	out = append(out, module[:min(8, len(module))]...) // magic number and version
	for s, err := range wasmbinary.Sections(module) {
		if err != nil {
			return nil, err
		}
		if s.Name != SectionName {
			out = append(out, s.Whole...)
		}
	}
	if content == nil {
		return out, nil
	}
	name := append(binary.AppendUvarint(nil, uint64(len(SectionName))), SectionName...)
	out = append(out, 0)
	out = binary.AppendUvarint(out, uint64(len(name)+len(content)))
	out = append(out, name...)
	return append(out, content...), nil
}
