package binary

// instruction is one instruction of a body.
type instruction struct {
	start, end int    // its bytes
	op         byte   // its first byte
	sub        uint32 // the opcode after a prefix; the table of a call
	arg        uint32 // the index, if it has one; of two the first; of labels the greatest; or an i32
	block      int64  // the block type
	memory     bool   // it loads or stores
}

// next reads one instruction.
func (r *reader) next() instruction {
	in := instruction{start: r.pos}
	in.op = r.byte()
	s := core[in.op]
	if s == prefix {
		in.sub = r.u32()
		table := &misc
		if in.op == opVector {
			table = &vector
			// The engine reads one byte here and takes the second, which is
			// always 1, for a nop. Another way of writing the same number
			// would be read differently.
			if n := r.pos - in.start - 1; n > 2 || n == 2 && in.sub < 0x80 {
				r.fail(in.start, "vector opcode %#x is written in an unusual way", in.sub)
			}
		}
		s = unknown
		if in.sub < 256 {
			s = table[in.sub]
		}
		if s == unknown {
			r.fail(in.start, "unknown opcode %#02x %#x", in.op, in.sub)
		}
	}
	switch s {
	case unknown:
		r.fail(in.start, "unknown opcode %#02x", in.op)
	case blockType:
		in.block = r.signed(33)
		if t := in.block; t < -64 || t < 0 && t != noResult && !isValueType(byte(t)&0x7f) {
			r.fail(in.start, "unknown block type %d", t)
		}
	case index:
		in.arg = r.u32()
	case twoIndexes:
		in.arg = r.u32()
		if second := r.u32(); in.op == opCallIndirect {
			in.sub = second
		}
	case labels:
		n := r.u32()
		if n > maxLabels {
			r.fail(in.start, "br_table with %d labels; at most %d are accepted", n, maxLabels)
		}
		for ; n > 0 && r.err == nil; n-- {
			in.arg = max(in.arg, r.u32())
		}
		in.arg = max(in.arg, r.u32())
	case types:
		for _, t := range r.take(r.u32()) {
			if !isValueType(t) {
				r.fail(in.start, "unknown value type %#02x", t)
			}
		}
	case memArg, memLane:
		in.memory = true
		r.u32()
		r.u32()
		if s == memLane {
			r.byte()
		}
	case zero, twoZeros, indexZero:
		if s == indexZero {
			in.arg = r.u32()
		}
		if r.byte() != 0 || s == twoZeros && r.byte() != 0 {
			r.fail(in.start, "a memory other than the first")
		}
	case signed32:
		in.arg = uint32(r.signed(32))
	case signed64:
		r.signed(64)
	case bytes4:
		r.take(4)
	case bytes8:
		r.take(8)
	case bytes16:
		r.take(16)
	case lane:
		r.byte()
	case refType:
		if t := r.byte(); !isRefType(t) {
			r.fail(in.start, "unknown reference type %#02x", t)
		}
	}
	in.end = r.pos
	return in
}
