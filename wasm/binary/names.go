package binary

import "unicode/utf8"

// maxName is what is kept of a function's name, in bytes. The engine writes it
// down for each call of a trap's trace.
const maxName = 1024

// shortened cuts a name, but not within a character.
func shortened(name string) string {
	if len(name) <= maxName {
		return name
	}
	n := maxName
	for !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n]
}

// appendNames copies the module's name and, moved, the functions' names, which
// is what traps print, and names what was added for bulk instructions. Names that cannot be read are no error.
func (m *module) appendNames() []byte {
	s := m.sections[secCustom]
	if s.b == nil {
		return nil
	}
	var functions, module []byte
	for s.more() {
		id := s.byte()
		sub := s.part(s.u32())
		switch id {
		case 0:
			module = append(module[:0], sub.b[sub.pos:sub.end]...)
			if !utf8.ValidString(sub.name()) {
				return nil
			}
		case 1:
			functions = functions[:0]
			n := sub.u32()
			functions = appendU32(functions, n+uint32(len(m.bulk)+len(m.table.order)))
			for ; n > 0 && sub.err == nil; n-- {
				functions = appendU32(functions, m.function(&sub))
				name := sub.name()
				if !utf8.ValidString(name) {
					return nil // the engine would refuse the module for it
				}
				functions = appendName(functions, shortened(name))
			}
			for k, op := range m.bulk {
				functions = appendName(appendU32(functions, m.bulkFunctions()+uint32(k)), op.name())
			}
			for k := range m.table.order {
				functions = appendName(appendU32(functions, m.tableFunctions()+uint32(k)), "call_indirect")
			}
		default:
			continue
		}
		if sub.finish(&s, "names"); s.err != nil {
			return nil
		}
	}
	if s.err != nil {
		return nil
	}
	dst := appendName(nil, "name")
	for id, body := range [][]byte{module, functions} {
		if body != nil {
			dst = appendU32(append(dst, byte(id)), uint32(len(body)))
			dst = append(dst, body...)
		}
	}
	return dst
}
