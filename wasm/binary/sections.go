package binary

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

// rest copies what is left.
func (s *reader) rest(dst []byte) []byte {
	dst = append(dst, s.b[s.pos:s.end]...)
	s.pos = s.end
	return dst
}

func (m *module) appendTypes(s *reader) []byte {
	dst, _ := m.vector(s, m.added)
	return append(s.rest(dst), m.newTypes...)
}

func (m *module) appendImports(s *reader) []byte {
	dst, _ := m.vector(s, 1)
	dst = s.rest(dst)
	dst = appendName(appendName(dst, TickModule), TickName)
	return appendU32(append(dst, 0), m.tickType)
}

func (m *module) appendTables(s *reader) []byte {
	if s.b == nil {
		return nil
	}
	dst, n := m.vector(s, 0)
	for ; n > 0 && s.err == nil; n-- {
		dst = append(dst, m.tableType(s)...)
	}
	return dst
}

// appendMemories copies the memories after looking at them: the engine makes
// room for as many as are promised.
func (m *module) appendMemories(s *reader) []byte {
	if s.b == nil {
		return nil
	}
	at := s.pos
	for n := s.u32(); n > 0 && s.err == nil; n-- {
		limits(s)
	}
	return s.b[at:s.pos]
}

func (m *module) appendGlobals(s *reader) []byte {
	dst, n := m.vector(s, 2)
	for ; n > 0 && s.err == nil; n-- {
		at := s.pos
		globalType(s)
		dst = append(dst, s.b[at:s.pos]...)
		dst = m.appendExpression(dst, s)
	}
	dst = append(dst, 0x7e, 1, opI64Const, 0, opEnd)
	dst = append(dst, 0x7e, 1, opI64Const)
	return append(appendSigned(dst, StackBudget), opEnd)
}

func (m *module) appendExports(s *reader) []byte {
	dst, n := m.vector(s, 1)
	for ; n > 0 && s.err == nil; n-- {
		at := s.pos
		name := s.name()
		if name == FuelGlobal {
			s.fail(at, "export %s: the name belongs to the meter", name)
		}
		kind, index := s.byte(), s.u32()
		switch {
		case s.err != nil:
		case kind > 3:
			s.fail(at, "unknown kind of export %d", kind)
		case kind == 0:
			index = m.shift(index)
		case kind == 3 && index >= m.globals:
			s.fail(at, "export %s: global %d does not exist", name, index)
		}
		dst = appendU32(append(appendName(dst, name), kind), index)
	}
	return appendU32(append(appendName(dst, FuelGlobal), 3), m.fuel)
}

// appendElements copies the element section; its segments come in eight forms,
// by three bits of a flag.
func (m *module) appendElements(s *reader) []byte {
	if s.b == nil {
		return nil
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
				dst = appendU32(dst, m.shift(s.u32()))
			}
		}
	}
	return dst
}

// appendData copies the data after looking at all segments.
func (m *module) appendData(s *reader) []byte {
	if s.b == nil {
		return nil
	}
	dst, n := m.vector(s, 0)
	for ; n > 0 && s.err == nil; n-- {
		at := s.pos
		flag := s.u32()
		dst = appendU32(dst, flag)
		switch flag {
		case 1: // passive
		case 2:
			dst = appendU32(dst, s.u32()) // memory
			fallthrough
		case 0:
			dst = m.appendExpression(dst, s)
		default:
			s.fail(at, "unknown kind of data segment %d", flag)
		}
		bytes := s.take(s.u32())
		dst = appendU32(dst, uint32(len(bytes)))
		dst = append(dst, bytes...)
	}
	return dst
}

// appendExpression copies a constant expression.
func (m *module) appendExpression(dst []byte, s *reader) []byte {
	for s.err == nil {
		in := s.next()
		switch in.op {
		case opRefFunc:
			dst = appendU32(append(dst, in.op), m.shift(in.arg))
			continue
		case opGlobalGet:
			m.checkGlobal(s, in)
		case opEnd, 0x41, opI64Const, 0x43, 0x44, 0xd0:
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

func (m *module) appendCode(s *reader) []byte {
	if s.b == nil {
		if len(m.functions) > 0 {
			s.fail(0, "there are %d functions and no code section", len(m.functions))
		}
		return nil
	}
	at := s.pos
	n := s.u32()
	if s.err == nil && uint64(n) != uint64(len(m.functions)) {
		s.fail(at, "there are %d functions and %d bodies", len(m.functions), n)
		return nil
	}
	dst := appendU32(make([]byte, 0, (s.end-s.pos)*3/2), n)
	w := rewriter{m: m}
	for _, t := range m.functions {
		body := s.part(s.u32())
		dst = w.body(dst, &body, &m.types[t])
		if body.finish(s, "a function body"); s.err != nil {
			return nil
		}
	}
	return dst
}
