package binary

// rewriter rewrites bodies. It is used for all functions of a module.
type rewriter struct {
	m       *module
	out     []byte
	s       *summary
	jumps   jumps
	scratch uint32 // local, i64: a global's new value
	length  uint32 // local, i32: the length of a bulk instruction
}

// body appends the rewritten body of a function of type t, with its size, to
// dst. r holds the body without its size, s what is known of it.
func (w *rewriter) body(dst []byte, r *reader, t *funcType, s *summary) []byte {
	w.s = s
	w.out = w.out[:0]
	if s.untouched() {
		w.copyUntouched(r)
	} else {
		w.locals(r, uint32(t.params))
		if s.fuel {
			w.takeFuel(fuelFor(s.cost))
			w.tickIfNegative()
		}
		w.instructions(r)
	}
	dst = appendU32(dst, uint32(len(w.out)))
	return append(dst, w.out...)
}

// copyUntouched copies a body that needs nothing but function indexes.
func (w *rewriter) copyUntouched(r *reader) {
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
	w.scratch, w.length = next, next+1
	w.out = append(w.out, 1, typeI64)
	if w.s.bulk {
		w.out = append(w.out, 1, 0x7f) // one of i32
	}
}

// instructions copies the code, with checks, up to and with its last end.
func (w *rewriter) instructions(r *reader) {
	w.jumps.reset()
	calls := w.s.calls
	for r.more() {
		in := r.next()
		stack := false // the instruction is a call that takes stack
		switch in.op {
		case opBlock, opLoop, opIf:
			w.jumps.enter(in, r, w.m)
		case opEnd:
			w.jumps.leave()
		case opBr, opBrIf, opBrTable:
			if n, ok := w.jumps.back(in, r); ok && w.jumpBack(in, n) {
				w.jumps.passed(in, w.m)
				continue
			}
		case opCall:
			if in.arg >= w.m.imported {
				stack, calls = w.s.takesStack(calls[0]), calls[1:]
			}
		case opCallIndirect:
			stack = true
		case opMemoryGrow:
			w.takeFuel(growFuel)
			w.tickIfNegative()
		case opMisc:
			if shift, ok := bulkShift(in.sub); ok {
				w.takeFuelForLength(shift)
				w.tickIfNegative()
			}
		}
		if stack {
			w.takeStack()
		}
		w.instruction(r, in)
		if stack {
			w.giveStackBack()
		}
		w.jumps.passed(in, w.m)
	}
}

// takeStack is what goes before a call, giveStackBack after it.
func (w *rewriter) takeStack() {
	w.get(opGlobalGet, w.m.stack)
	w.subtract(w.s.depth)
	w.get(opLocalTee, w.scratch)
	w.get(opGlobalSet, w.m.stack)
	w.get(opLocalGet, w.scratch)
	w.tickIfNegative()
}

func (w *rewriter) giveStackBack() {
	w.get(opGlobalGet, w.m.stack)
	w.out = append(appendSigned(append(w.out, opI64Const), w.s.depth), opI64Add)
	w.get(opGlobalSet, w.m.stack)
}

// jumpBack takes fuel before a jump backwards, and says whether it has written
// the jump as well. The call of the import has a jump of its own where that can
// be: then the engine need not save and restore anything for it, on the way of all
// the jumps that do not call it.
func (w *rewriter) jumpBack(in instruction, instructions uint64) (written bool) {
	to := &w.jumps.labels[len(w.jumps.labels)-1-int(in.arg)]
	conditional := in.op == opBrIf && !to.params
	if conditional {
		w.out = append(w.out, opIf, 0x40)
		in.arg++
	}
	w.takeFuel(fuelFor(instructions))
	if in.op != opBr && !conditional {
		w.tickIfNegative()
		return false
	}
	w.out = append(w.out, opI64Const, 0, opI64GeS)
	w.get(opBrIf, in.arg)
	w.get(opCall, w.m.tick)
	if conditional {
		w.get(opBr, in.arg)
		w.out = append(w.out, opEnd)
	}
	return conditional
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
