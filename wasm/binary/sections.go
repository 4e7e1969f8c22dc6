package binary

import "strings"

// What each section becomes. A section that is not there is read as a count
// of zero where something must be added to it.

// vector reads the count of a section's entries and returns it with extra
// added, written; n is what it read.
func (m *module) vector(s *reader, extra uint32) (dst []byte, n uint32) {
	if s.b != nil {
		n = s.u32()
	}
	if n > 1<<32-1-extra {
		s.fail(s.pos, "too many entries")
		return nil, 0
	}
	return appendU32(make([]byte, 0, s.end-s.pos+16), n+extra), n
}

// copySection copies a section that stays as it is.
func copySection(s *reader) []byte {
	if s.b == nil {
		return nil
	}
	return s.rest([]byte{})
}

// rest copies what is left.
func (s *reader) rest(dst []byte) []byte {
	dst = append(dst, s.b[s.pos:s.end]...)
	s.pos = s.end
	return dst
}

func (m *module) appendTypes(s *reader) []byte {
	dst, _ := m.vector(s, 2+uint32(len(m.table.order)))
	dst = append(s.rest(dst), 0x60, 0, 0) // () -> ()
	dst = append(dst, 0x60, 3, typeI32, typeI32, typeI32, 0)
	return m.appendTableTypes(dst)
}

func (m *module) appendImports(s *reader) []byte {
	dst, _ := m.vector(s, 1)
	dst = s.rest(dst)
	dst = appendName(appendName(dst, TickModule), TickName)
	return appendU32(append(dst, 0), m.voidType)
}

func (m *module) appendTables(s *reader) []byte {
	if s.b == nil {
		return nil
	}
	dst, n := m.vector(s, 0)
	for most := MaxTable / max(n, 1); n > 0 && s.err == nil; n-- {
		dst = append(dst, m.tableType(s, most)...)
	}
	return dst
}

// appendFunctions adds the function that calls the start function, and those for
// bulk instructions. Were the start function exported itself, code could refer to
// it that could not before, and the engine would not look at its type.
func (m *module) appendFunctions(s *reader) []byte {
	if m.added() == 0 {
		return copySection(s)
	}
	dst, _ := m.vector(s, m.added())
	dst = s.rest(dst)
	if m.startByHost() {
		dst = appendU32(dst, m.voidType)
	}
	for range m.bulk {
		dst = appendU32(dst, m.bulkType)
	}
	for n := range m.table.order {
		dst = appendU32(dst, m.bulkType+1+uint32(n))
	}
	return dst
}

func (m *module) appendGlobals(s *reader) []byte {
	dst, n := m.vector(s, 2)
	for ; n > 0 && s.err == nil; n-- {
		at := s.pos
		globalType(s)
		dst = append(dst, s.b[at:s.pos]...)
		dst = m.appendExpression(dst, s)
	}
	dst = append(dst, typeI64, 1, opI64Const, 0, opEnd)
	dst = append(dst, typeI64, 1, opI64Const)
	return append(appendSigned(dst, StackBudget), opEnd)
}

func (m *module) appendExports(s *reader) []byte {
	added := m.addedExports()
	dst, n := m.vector(s, uint32(len(added)))
	for ; n > 0 && s.err == nil; n-- {
		at := s.pos
		name := s.name()
		if strings.HasPrefix(name, reservedPrefix) && !strings.HasPrefix(name, markerPrefix) {
			s.fail(at, "export %s: names that begin with %s belong to the host; give it another", name, reservedPrefix)
		}
		e := export{name: name, kind: s.byte(), index: s.u32()}
		switch {
		case s.err != nil:
		case e.kind > kindGlobal:
			s.fail(at, "unknown kind of export %d", e.kind)
		case e.kind == kindFunction:
			e.index = m.shift(s, at, e.index)
		case e.kind == kindGlobal && uint64(e.index) >= uint64(len(m.globals)):
			s.fail(at, "export %s: global %d does not exist", name, e.index)
		}
		dst = e.append(dst)
	}
	for _, e := range added {
		dst = e.append(dst)
	}
	return dst
}

// appendStart leaves the start function in place if the host does not call it.
func (m *module) appendStart(s *reader) []byte {
	s.pos = s.end
	if s.b == nil || m.startByHost() {
		return nil
	}
	return appendU32(nil, m.start)
}

// appendElements copies the element section; its segments come in eight forms,
// by three bits of a flag.
func (m *module) appendElements(s *reader) []byte {
	if s.b == nil {
		return nil
	}
	if m.table.direct {
		s.pos = s.end
		return m.tableElement()
	}
	dst, n := m.vector(s, 0)
	for ; n > 0 && s.err == nil; n-- {
		at := s.pos
		flag := s.u32()
		if flag > 7 {
			s.fail(at, "unknown kind of element segment %d", flag)
		}
		dst = appendU32(dst, flag)
		passive, explicit, expressions := flag&1 != 0, flag&2 != 0, flag&4 != 0
		if !passive {
			if explicit {
				dst = appendU32(dst, s.u32()) // table
			}
			dst = m.appendExpression(dst, s)
		}
		if passive || explicit {
			kind := s.byte()
			if s.err == nil && (expressions && !isRefType(kind) || !expressions && kind != 0) {
				s.fail(s.pos-1, "unknown kind of element %#02x", kind)
			}
			dst = append(dst, kind)
		}
		items := s.u32()
		dst = appendU32(dst, items)
		for ; items > 0 && s.err == nil; items-- {
			if expressions {
				dst = m.appendExpression(dst, s)
			} else {
				dst = appendU32(dst, m.function(s))
			}
		}
	}
	return dst
}

// appendExpression copies a constant expression.
func (m *module) appendExpression(dst []byte, s *reader) []byte {
	for s.err == nil {
		in := s.next()
		switch in.op {
		case opRefFunc:
			dst = appendU32(append(dst, in.op), m.shift(s, in.start, in.arg))
			m.table.fixed = false // an element that is declared
			continue
		case opGlobalGet:
			m.checkGlobal(s, in)
		case opEnd, opI32Const, opI64Const, 0x43, 0x44, 0xd0:
		case opVector:
			if in.sub == 12 {
				break
			}
			fallthrough
		default:
			s.fail(in.start, "opcode %#02x is not constant", in.op)
		}
		dst = append(dst, s.b[in.start:in.end]...)
		if in.op == opEnd {
			break
		}
	}
	return dst
}

// appendCode writes the bodies, after readCode has looked at them all.
func (m *module) appendCode(s *reader) []byte {
	if s.b == nil && m.added() == 0 {
		return nil
	}
	dst, _ := m.vector(s, m.added())
	w := rewriter{m: m}
	m.origins.base = m.sections[secCode].pos
	for n := range m.functions {
		body := s.part(s.u32())
		dst = w.body(dst, &body, n)
		if body.finish(s, "a function body"); s.err != nil {
			return nil
		}
	}
	m.origins.end(len(dst))
	add := func(body []byte) { dst = append(appendU32(dst, uint32(len(body))), body...) }
	if m.startByHost() {
		add(append(appendU32([]byte{0, opCall}, m.start), opEnd))
	}
	for _, op := range m.bulk {
		add(m.bulkBody(op))
	}
	for _, c := range m.table.order {
		add(m.tableBody(c))
	}
	return dst
}
