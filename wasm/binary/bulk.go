package binary

// pieceBytes is what one bulk instruction moves at once: some hundredths of a
// millisecond, also if each page that is written has to be made first.
const pieceBytes = 64 << 10

// Instructions that fill or copy memory are replaced by calls of functions that
// are added to the module. They do the same in pieces and take fuel for each,
// so that one that moves a whole memory can be stopped like a loop that does.

// bulkOp is an instruction that is replaced.
type bulkOp struct {
	sub  uint32 // the opcode after opMisc
	data uint32 // the data segment of a memory.init
}

// name is the instruction's name.
func (op bulkOp) name() string {
	switch op.sub {
	case miscMemoryFill:
		return "memory.fill"
	case miscMemoryCopy:
		return "memory.copy"
	}
	return "memory.init"
}

// addBulk makes sure that there is a function for an instruction, if it is to
// be replaced.
func (m *module) addBulk(in instruction) (replaced bool) {
	f := m.bulkFunction(in)
	if f == nil {
		return false
	}
	if *f == 0 {
		m.bulk = append(m.bulk, bulkOp{in.sub, in.arg})
		*f = uint32(len(m.bulk))
	}
	return true
}

// bulkFunction returns where it is noted by which of the added functions, counted
// from one, an instruction is replaced, and nil if it stays: it is another one,
// or can never move more than a piece.
func (m *module) bulkFunction(in instruction) *uint32 {
	switch {
	case in.sub == miscMemoryFill:
		return &m.fill
	case in.sub == miscMemoryCopy:
		return &m.copy
	case in.sub == miscMemoryInit && uint64(in.arg) < uint64(len(m.data)) && len(m.data[in.arg].Bytes) > pieceBytes:
		return &m.data[in.arg].init
	}
	return nil
}

// bulkBody returns the body of an added function. Its parameters are the
// instruction's operands: to, from (or the byte to fill with), left.
//
//	if left > piece and neither to+left nor from+left is beyond 32 bits {
//		the instruction, for 0 bytes, at both ends   // traps before anything is written
//		if it copies, and to <= from {
//			do { pay; the instruction, for a piece; move to, from, left } while left > piece
//		} else {
//			do { left -= piece; pay; the instruction, for a piece at left } while left > piece
//		}
//	}
//	pay; the instruction, for what is left
func (m *module) bulkBody(op bulkOp) []byte {
	w := rewriter{m: m, length: 2, scratch: 3}
	put := func(parts ...[]byte) {
		for _, p := range parts {
			w.out = append(w.out, p...)
		}
	}
	to, from, left := []byte{opLocalGet, 0}, []byte{opLocalGet, 1}, []byte{opLocalGet, 2}
	piece := appendSigned([]byte{opI32Const}, pieceBytes)
	plus, minus := []byte{opI32Add}, []byte{opI32Sub}
	put([]byte{1, 1, typeI64}, []byte{opBlock, 0x40})

	put(left, piece, []byte{opI32LeU, opBrIf, 0})
	put(to, left, plus, to, []byte{opI32LtU, opBrIf, 0})
	instruction, end := []byte{opMisc, byte(op.sub), 0}, from
	if op.sub != miscMemoryFill {
		put(from, left, plus, from, []byte{opI32LtU, opBrIf, 0})
		end = append(append(append([]byte(nil), from...), left...), plus...)
	}
	switch op.sub {
	case miscMemoryCopy:
		instruction = append(instruction, 0)
	case miscMemoryInit:
		instruction = append(appendU32(instruction[:2], m.data[op.data].index), 0)
	}
	put(to, left, plus, end, []byte{opI32Const, 0}, instruction)

	pay := func() {
		w.take(m.fuel, 1+pieceBytes>>bytesPerFuel)
		w.tickIfNegative()
	}
	again := func() { put(left, piece, []byte{opI32GtU, opBrIf, 0, opEnd}) }
	if op.sub == miscMemoryCopy {
		put(to, from, []byte{opI32LeU, opIf, 0x40, opLoop, 0x40})
		pay()
		put(to, from, piece, instruction)
		put(to, piece, plus, []byte{opLocalSet, 0})
		put(from, piece, plus, []byte{opLocalSet, 1})
		put(left, piece, minus, []byte{opLocalSet, 2})
		again()
		put([]byte{opBr, 1, opEnd})
	}
	put([]byte{opLoop, 0x40})
	put(left, piece, minus, []byte{opLocalSet, 2})
	pay()
	put(to, left, plus, end, piece, instruction)
	again()
	put([]byte{opEnd}, to, from, left)
	w.takeFuelForLength(bytesPerFuel)
	w.tickIfNegative()
	put(instruction, []byte{opEnd})
	return w.out
}
