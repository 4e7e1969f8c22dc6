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

// body appends the rewritten body of a function, the n-th of the module's own,
// with its size, to dst. r holds the body without its size.
func (w *rewriter) body(dst []byte, r *reader, n int) []byte {
	s, t := &w.m.bodies[n], &w.m.types[w.m.functions[n]]
	w.s = s
	w.out = w.out[:0]
	w.m.origins.note(0, r.pos)
	if s.untouched() {
		w.copyUntouched(r)
	} else {
		w.locals(r, uint32(t.params))
		w.m.origins.note(len(w.out), r.pos)
		if s.fuel {
			w.payAtEntry(w.m.imported+1+uint32(n), uint32(t.params))
		}
		w.instructions(r)
	}
	dst = appendU32(dst, uint32(len(w.out)))
	w.m.origins.place(len(dst))
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
		w.out = append(w.out, 1, typeI32)
	}
}

// instructions copies the code, with checks, up to and with its last end.
func (w *rewriter) instructions(r *reader) {
	w.jumps.reset(w.m)
	calls := w.s.calls
	for r.more() {
		in := r.next()
		w.m.origins.note(len(w.out), in.start)
		stack := false // the instruction is a call that takes stack
		switch in.op {
		case opBr, opBrIf, opBrTable:
			if n, ok := w.jumps.back(in, r); ok && w.jumpBack(in, n) {
				w.jumps.pass(in, r)
				continue
			}
		case opCall:
			if in.arg >= w.m.imported {
				stack, calls = w.s.takesStack(calls[0]), calls[1:]
			}
		case opCallIndirect:
			stack = true
		case opMemoryGrow:
			w.take(w.m.fuel, growFuel)
			w.tickIfNegative()
		case opMisc:
			if shift, ok := bulkShift(in.sub); ok && w.m.bulkFunction(in) == nil {
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
		w.jumps.pass(in, r)
	}
}

// instruction copies one, with its index moved if it is one that moves.
func (w *rewriter) instruction(r *reader, in instruction) {
	w.m.origins.note(len(w.out), in.start)
	switch {
	case in.op == opCall || in.op == opRefFunc:
		w.get(in.op, w.m.shift(r, in.start, in.arg))
	case in.op == opMisc && w.m.bulkFunction(in) != nil:
		w.get(opCall, w.m.bulkFunctions()+*w.m.bulkFunction(in)-1)
	case in.op == opCallIndirect && w.m.table.direct:
		w.get(opCall, w.m.tableFunctions()+w.m.table.calls[w.m.types[in.arg].same])
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
