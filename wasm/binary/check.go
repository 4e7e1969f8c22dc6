package binary

// The checks. What the global and the comparison cost is next to nothing; what
// costs is where the way on after a call of the import meets the way of those
// that need not call it. The engine keeps what comes after in the same places for
// both, and since a call takes most registers away, that means memory. So the
// two ways do not meet where that can be: after the call the function is begun
// anew, there is a jump of its own, or nothing.

// maxAnew is how many parameters a function may have to begin anew: it hands them
// all on.
const maxAnew = 16

// payAtEntry takes fuel for the function itself, whose index and number of
// parameters are given. If the import has to be called nothing has happened yet,
// and the function calls itself to begin again, with fuel that is enough this
// time. Such frames are one for a quantum at most, too few to account for.
func (w *rewriter) payAtEntry(self, params uint32) {
	cost := fuelFor(w.s.cost)
	w.take(w.m.fuel, cost)
	if cost > MinQuantum || params > maxAnew {
		w.tickIfNegative()
		return
	}
	w.ifNegative()
	w.get(opCall, w.m.tick)
	for n := range params {
		w.get(opLocalGet, n)
	}
	w.get(opCall, self)
	w.out = append(w.out, opReturn, opEnd)
}

// jumpBack takes fuel before a jump backwards, and says whether it has written
// the jump as well. The call of the import has a jump of its own where that can
// be.
func (w *rewriter) jumpBack(in instruction, instructions int64) (written bool) {
	to := &w.jumps.labels[len(w.jumps.labels)-1-int(in.arg)]
	conditional := in.op == opBrIf && !to.params
	if conditional {
		w.out = append(w.out, opIf, 0x40)
		in.arg++
	}
	w.take(w.m.fuel, fuelFor(instructions))
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

// takeStack is what goes before a call, giveStackBack after it. The import does
// not return when there is no stack left: it finds that there is fuel, for
// wherever fuel is taken it is also refilled.
func (w *rewriter) takeStack() {
	w.take(w.m.stack, w.s.depth)
	w.ifNegative()
	w.get(opCall, w.m.tick)
	w.out = append(w.out, opUnreachable, opEnd)
}

func (w *rewriter) giveStackBack() { w.add(w.m.stack, w.s.depth) }

// take takes from a global and leaves its new value on the stack.
func (w *rewriter) take(global uint32, n int64) {
	w.get(opGlobalGet, global)
	w.subtract(n)
	w.set(global)
}

// takeFuelForLength takes fuel by the i32 that is uppermost on the stack, which
// stays there below the fuel.
func (w *rewriter) takeFuelForLength(shift int64) {
	w.get(opLocalTee, w.length)
	w.get(opGlobalGet, w.m.fuel)
	w.get(opLocalGet, w.length)
	w.out = append(w.out, opI64ExtendU)
	w.out = append(appendSigned(append(w.out, opI64Const), shift), opI64ShrU, opI64Sub)
	w.subtract(1)
	w.set(w.m.fuel)
}

// set sets a global and leaves its value on the stack.
func (w *rewriter) set(global uint32) {
	w.get(opLocalTee, w.scratch)
	w.get(opGlobalSet, global)
	w.get(opLocalGet, w.scratch)
}

// add adds to a global.
func (w *rewriter) add(global uint32, n int64) {
	w.get(opGlobalGet, global)
	w.out = append(appendSigned(append(w.out, opI64Const), n), opI64Add)
	w.get(opGlobalSet, global)
}

// tickIfNegative calls the import if the i64 on the stack is below zero.
func (w *rewriter) tickIfNegative() {
	w.ifNegative()
	w.get(opCall, w.m.tick)
	w.out = append(w.out, opEnd)
}

func (w *rewriter) ifNegative() { w.out = append(w.out, opI64Const, 0, opI64LtS, opIf, 0x40) }

// get writes an opcode with an index.
func (w *rewriter) get(op byte, index uint32) { w.out = appendU32(append(w.out, op), index) }

func (w *rewriter) subtract(n int64) {
	w.out = append(appendSigned(append(w.out, opI64Const), n), opI64Sub)
}
