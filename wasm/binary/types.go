package binary

// limits reads a minimum and, if there is one, a maximum.
func limits(r *reader) (low, high uint32, bounded bool) {
	at := r.pos
	switch flag := r.byte(); flag {
	case 0:
		return r.u32(), 0, false
	case 1:
		return r.u32(), r.u32(), true
	default:
		r.fail(at, "unknown kind of limits %#02x", flag)
	}
	return 0, 0, false
}

// tableType reads one and returns it with its maximum set, where each may have
// at most so many entries.
func (m *module) tableType(r *reader, most uint32) []byte {
	at := r.pos
	t := r.byte()
	if r.err == nil && !isRefType(t) {
		r.fail(at, "unknown reference type %#02x", t)
	}
	low, high, bounded := limits(r)
	if low > most {
		r.fail(at, "a table of %d entries; at most %d are accepted", low, most)
	}
	if !bounded || high > most {
		high = most
	}
	return appendU32(appendU32([]byte{t, 1}, low), high)
}

func globalType(r *reader) (g global) {
	at := r.pos
	if g.valueType = r.byte(); r.err == nil && !isValueType(g.valueType) {
		r.fail(at, "unknown value type %#02x", g.valueType)
	}
	c := r.byte()
	if c > 1 {
		r.fail(at, "unknown mutability %d", c)
	}
	g.mutable = c == 1
	return g
}
