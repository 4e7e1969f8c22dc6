package binary

// rewriter rewrites bodies. It is used for all functions of a module.
type rewriter struct {
	m       *module
	out     []byte
	s       *summary
	saved   uint32 // local, i64: the stack that was left before the call
	scratch uint32 // local, i64: a global's new value
	length  uint32 // local, i32: the length of a bulk instruction
}

// body appends the rewritten body of a function of type t, with its size, to
// dst. r holds the body without its size, s what is known of it.
func (w *rewriter) body(dst []byte, r *reader, t *funcType, s *summary) []byte {
	w.s = s
	w.out = w.out[:0]
	if w.s.harmless() {
		w.copyHarmless(r)
	} else {
		w.locals(r, uint32(t.params))
		w.enter(t)
		w.instructions(r)
		if w.s.calls {
			// This is also where every return and branch to the function's
			// label arrives: the last end has closed the block around it all.
			w.get(opLocalGet, w.saved)
			w.get(opGlobalSet, w.m.stack)
			w.out = append(w.out, opEnd)
		}
	}
	dst = appendU32(dst, uint32(len(w.out)))
	return append(dst, w.out...)
}

// copyHarmless copies a body that needs nothing but function indexes.
func (w *rewriter) copyHarmless(r *reader) {
	w.out = append(w.out, r.b[r.pos:w.s.code]...)
	r.pos = w.s.code
	for r.more() {
		w.instruction(r, r.next())
	}
}

// locals copies the declarations and adds the rewriter's own.
func (w *rewriter) locals(r *reader, params uint32) {
	groups := r.u32() + 1
	if w.s.bulk {
		groups++
	}
	w.out = appendU32(w.out, groups)
	w.out = append(w.out, r.b[r.pos:w.s.code]...)
	r.pos = w.s.code
	next := params + w.s.locals
	w.saved, w.scratch, w.length = next, next+1, next+2
	w.out = append(w.out, 2, 0x7e) // two of i64
	if w.s.bulk {
		w.out = append(w.out, 1, 0x7f) // one of i32
	}
}

// enter writes what is before the function's own code.
func (w *rewriter) enter(t *funcType) {
	check := false
	if w.s.calls {
		w.get(opGlobalGet, w.m.stack)
		w.get(opLocalTee, w.saved)
		w.subtract(w.s.frame(t))
		w.get(opLocalTee, w.scratch)
		w.get(opGlobalSet, w.m.stack)
		w.get(opLocalGet, w.scratch)
		check = true
	}
	if w.s.entry() {
		w.takeFuel(fuelFor(w.s.outer))
		if check {
			w.out = append(w.out, opI64Or) // one branch for both
		}
		check = true
	}
	if check {
		w.tickIfNegative()
	}
	if w.s.calls {
		w.out = append(w.out, opBlock)
		w.out = appendSigned(w.out, t.block)
	}
}

// instructions copies the code, with checks, up to and with its last end.
func (w *rewriter) instructions(r *reader) {
	depth, loop := uint32(0), 0
	for r.more() {
		in := r.next()
		switch in.op {
		case opEnd:
			depth--
		case opBlock, opIf:
			depth++
		case opReturn:
			if w.s.calls {
				w.get(opBr, depth)
				continue
			}
		case opLoop:
			depth++
			w.instruction(r, in)
			w.takeFuel(fuelFor(w.s.loops[loop]))
			w.tickIfNegative()
			loop++
			continue
		case opMemoryGrow:
			w.takeFuel(growFuel)
			w.tickIfNegative()
		case opMisc:
			if shift, ok := bulkShift(in.sub); ok {
				w.takeFuelForLength(shift)
				w.tickIfNegative()
			}
		}
		w.instruction(r, in)
	}
}

// instruction copies one, with its index moved if it is one that moves.
func (w *rewriter) instruction(r *reader, in instruction) {
	switch {
	case in.op == opCall || in.op == opRefFunc:
		w.get(in.op, w.m.shift(r, in.start, in.arg))
	case in.op == opMisc && (in.sub == miscMemoryInit || in.sub == miscDataDrop):
		w.out = append(w.out, opMisc, byte(in.sub))
		w.out = appendU32(w.out, w.m.data[in.arg].index)
		if in.sub == miscMemoryInit {
			w.out = append(w.out, 0) // the memory
		}
	default:
		w.out = append(w.out, r.b[in.start:in.end]...)
	}
}

// get writes an opcode with an index.
func (w *rewriter) get(op byte, index uint32) { w.out = appendU32(append(w.out, op), index) }

func (w *rewriter) subtract(n int64) {
	w.out = append(appendSigned(append(w.out, opI64Const), n), opI64Sub)
}

// takeFuel leaves the new fuel on the stack.
func (w *rewriter) takeFuel(n int64) {
	w.get(opGlobalGet, w.m.fuel)
	w.subtract(n)
	w.setFuel()
}

// takeFuelForLength does so by the i32 that is uppermost on the stack, which
// stays there below the fuel.
func (w *rewriter) takeFuelForLength(shift int64) {
	w.get(opLocalTee, w.length)
	w.get(opGlobalGet, w.m.fuel)
	w.get(opLocalGet, w.length)
	w.out = append(w.out, opI64ExtendU)
	w.out = append(appendSigned(append(w.out, opI64Const), shift), opI64ShrU, opI64Sub)
	w.subtract(1)
	w.setFuel()
}

func (w *rewriter) setFuel() {
	w.get(opLocalTee, w.scratch)
	w.get(opGlobalSet, w.m.fuel)
	w.get(opLocalGet, w.scratch)
}

// tickIfNegative calls the import if the i64 on the stack is below zero.
func (w *rewriter) tickIfNegative() {
	w.out = append(w.out, opI64Const, 0, opI64LtS, opIf, 0x40)
	w.get(opCall, w.m.tick)
	w.out = append(w.out, opEnd)
}
