package binary

// Fuel is taken at jumps backwards. Between two of them each instruction of a
// function runs at most once, and what runs again after a jump stands between
// its target and the jump itself: that is what a jump pays for.
//
// Compilers that cannot express their jumps as blocks put all code of a
// function into one loop that begins with a br_table, and jump by setting the
// table's index and going back to the loop's head; Go does so for all jumps.
// Most of them go forward in truth, and those are free, like any other.

// label is what a branch can go to.
type label struct {
	loop     bool
	params   bool      // the loop has parameters
	count    uint64    // instructions before it, if it is a loop
	dispatch *dispatch // it is the loop, or one of the blocks, of this one
	slot     int       // which of the blocks
}

// dispatch is a loop that begins with nothing but blocks and a br_table by a
// local.
type dispatch struct {
	local   uint32
	targets []uint32 // of the br_table, the default last
	opened  int      // blocks
	ends    []int64  // instructions before each block's end; -1: not there yet. By their labels at the br_table
}

// jumps follows a body as it is written.
type jumps struct {
	count  uint64 // instructions so far, weighed as for a function's cost
	labels []label
	last   [2]instruction // the last instructions, the latest first
}

func (j *jumps) reset() {
	clear(j.labels)
	*j = jumps{labels: append(j.labels[:0], label{})}
}

// enter opens a block, a loop or an if; r is at what follows.
func (j *jumps) enter(in instruction, r *reader, m *module) {
	l := label{loop: in.op == opLoop, count: j.count}
	if l.loop {
		l.params = in.block >= 0 && m.types[in.block].params > 0
		l.dispatch = findDispatch(*r)
	} else if d := j.labels[len(j.labels)-1].dispatch; d != nil && d.opened < len(d.ends) {
		d.opened++
		l.dispatch, l.slot = d, len(d.ends)-d.opened
	}
	j.labels = append(j.labels, l)
}

// leave closes the innermost block.
func (j *jumps) leave() {
	l := j.labels[len(j.labels)-1]
	if l.dispatch != nil && !l.loop {
		l.dispatch.ends[l.slot] = int64(j.count)
	}
	j.labels = j.labels[:len(j.labels)-1]
}

// findDispatch returns what the loop is whose code r is at the beginning of,
// nil if it is an ordinary one.
func findDispatch(r reader) *dispatch {
	blocks := 0
	in := r.next()
	for ; in.op == opBlock && in.block == noResult; in = r.next() {
		blocks++
	}
	if blocks == 0 || in.op != opLocalGet {
		return nil
	}
	d := &dispatch{local: in.arg, ends: make([]int64, blocks)}
	if in = r.next(); in.op != opBrTable || r.err != nil {
		return nil
	}
	for n := range d.ends {
		d.ends[n] = -1
	}
	d.targets = branchTargets(r, in)
	return d
}

// branchTargets returns the labels of a br_table, the default last.
func branchTargets(r reader, in instruction) []uint32 {
	r.pos = in.start + 1
	targets := make([]uint32, 0, in.end-in.start)
	for n := uint64(r.u32()) + 1; n > 0 && r.err == nil; n-- {
		targets = append(targets, r.u32())
	}
	return targets
}

// back says what a branch goes back over, and false if it cannot go backwards.
func (j *jumps) back(in instruction, r *reader) (instructions uint64, ok bool) {
	if in.op != opBrTable {
		return j.backTo(in, in.arg)
	}
	for _, to := range branchTargets(*r, in) {
		if n, back := j.backTo(in, to); back {
			instructions, ok = max(instructions, n), true
		}
	}
	return instructions, ok
}

func (j *jumps) backTo(in instruction, to uint32) (uint64, bool) {
	l := &j.labels[len(j.labels)-1-int(to)]
	if !l.loop {
		return 0, false
	}
	d, set, value := l.dispatch, j.last[0], j.last[1]
	if d == nil || in.op != opBr || set.op != opLocalSet || set.arg != d.local || value.op != opI32Const {
		return j.count - l.count, true
	}
	slot := d.targets[min(uint64(value.arg), uint64(len(d.targets)-1))]
	if uint64(slot) >= uint64(len(d.ends)) {
		return j.count - l.count, true // the loop itself, or out of it
	}
	if d.ends[slot] < 0 {
		return 0, false
	}
	return j.count - uint64(d.ends[slot]), true
}

// passed counts an instruction.
func (j *jumps) passed(in instruction, m *module) {
	j.count++
	switch {
	case in.memory:
		j.count += memoryInstructions - 1
	case in.op == opCallIndirect:
		j.count += indirectCost
	case in.op == opCall && in.arg < m.imported:
		j.count += callInstructions
	case in.op == opCall:
		j.count += m.bodies[in.arg-m.imported].forCaller()
	}
	j.last[1], j.last[0] = j.last[0], in
}
