package binary

// dataSegment is one of the module's data segments.
type dataSegment struct {
	Segment
	at     int // where it begins in the module
	active bool
	used   bool   // by memory.init
	index  uint32 // what it becomes, if it is used
	init   uint32 // see bulkFunction
}

func (m *module) readData(r *reader) {
	n := r.u32()
	m.data = make([]dataSegment, 0, min(uint64(n), uint64(r.end-r.pos)/2)) // a Go guest has very many
	for ; n > 0 && r.err == nil; n-- {
		d := dataSegment{at: r.pos}
		switch flag := r.u32(); flag {
		case 1: // passive
		case 2:
			if memory := r.u32(); memory != 0 {
				r.fail(d.at, "data segment %d: memory %d does not exist", len(m.data), memory)
			}
			fallthrough
		case 0:
			d.active = true
			d.Offset = m.readOffset(r)
		default:
			r.fail(d.at, "unknown kind of data segment %d", flag)
		}
		d.Bytes = r.take(r.u32())
		m.data = append(m.data, d)
	}
}

// readOffset reads where an active segment goes.
func (m *module) readOffset(r *reader) uint32 {
	at := r.pos
	if r.byte() == opI32Const {
		if v := r.signed(32); r.byte() == opEnd {
			return uint32(v)
		}
	}
	if r.err != nil {
		return 0
	}
	// Anything else is not for us to work out.
	r.pos = at
	if in := r.next(); in.op != opGlobalGet {
		r.fail(at, "the offset of a data segment is not an i32")
	}
	r.pos = at
	m.appendExpression(nil, r)
	m.bind("where its data goes depends on a global")
	return 0
}

// useData notes that code copies from a data segment.
func (m *module) useData(r *reader, in instruction) {
	switch {
	case !m.has(secDataCount):
		r.fail(in.start, "data segments are used in code and there is no data count section")
	case uint64(in.arg) >= uint64(len(m.data)):
		r.fail(in.start, "data segment %d does not exist", in.arg)
	default:
		m.data[in.arg].used = true
	}
}

// numberData decides which data segments the rewritten module still has, once
// the code is known.
func (m *module) numberData() {
	for n := range m.data {
		if d := &m.data[n]; d.used || m.bound != "" {
			d.index = m.dataKept
			m.dataKept++
		}
	}
}

func (m *module) appendDataCount(s *reader) []byte {
	s.pos = s.end
	if s.b == nil || m.dataKept == 0 {
		return nil
	}
	return appendU32(nil, m.dataKept)
}

// appendData leaves out what the host writes and what no code uses: the engine
// keeps something for each segment in every instance. An active segment that
// code does use becomes an empty one, for an active segment has been dropped by
// the time that code runs.
func (m *module) appendData(s *reader) []byte {
	if m.bound != "" {
		return copySection(s)
	}
	s.pos = s.end
	if m.dataKept == 0 {
		return nil
	}
	dst := appendU32(nil, m.dataKept)
	for _, d := range m.data {
		switch {
		case !d.used:
		case d.active:
			dst = append(dst, 1, 0)
		default:
			dst = appendU32(append(dst, 1), uint32(len(d.Bytes)))
			dst = append(dst, d.Bytes...)
		}
	}
	return dst
}
