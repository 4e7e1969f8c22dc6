package binary

// Fuel is taken at jumps backwards. What a function runs between two of them is a
// way forward through its code, and may be as dear as the dearest. With cost(p)
// for the dearest way from the function's beginning forward to p, a jump from p
// back to q pays cost(p) - cost(q), and the function's beginning for the dearest
// way of all. That covers everything: on a way from q forward to p' there is
// at most cost(p') - cost(q) to run, or the dearest way to p' would be another.
//
// Compilers that cannot express their jumps as blocks put all code of a
// function into one loop that begins with a br_table, and jump by setting the
// table's index and going back to the loop's head; Go does so for all jumps.
// Most of them go forward in truth, and those are free, like any other. The table
// leads to every block, at a cost next to nothing, but where it is used it has
// been paid for like the head. So blocks that nothing else goes forward to, which
// are mostly bodies of loops, may be taken for as dear as what stands before
// them: a higher cost is always right, and the jump back to it pays less.

// unreached is the cost of a place that no way leads to.
const unreached = -1

// label is what a branch can go to.
type label struct {
	loop     bool
	params   bool      // the loop has parameters
	cost     int64     // of what the branch goes to, as far as it is known; of a loop's head for good
	before   int64     // cost of the block's beginning
	dispatch *dispatch // it is the loop, or one of the blocks, of this one
	slot     int       // which of the blocks
}

// dispatch is a loop that begins with nothing but blocks and a br_table by a
// local.
type dispatch struct {
	local   uint32
	targets []uint32 // of the br_table, the default last
	blocks  int      // where the labels of its blocks begin
	opened  int      // how many of them
	head    int64    // cost of where its br_table goes
	jumped  bool     // code has jumped by way of it so far
	ends    []int64  // what the blocks' ends cost, by their labels at the br_table; unreached: not there yet
}

// headCost is what a dispatch runs for each jump, in instructions.
const headCost = 2

// jumps follows a body, instruction by instruction.
type jumps struct {
	m      *module
	cost   int64 // of the instruction that comes
	left   int64 // of the last that did not go on to the next
	most   int64 // of all so far
	labels []label
	last   [2]instruction // the last instructions, the latest first
}

func (j *jumps) reset(m *module) {
	clear(j.labels)
	*j = jumps{m: m, labels: append(j.labels[:0], label{cost: unreached})}
}

// weight is what an instruction counts.
func (m *module) weight(in instruction) int64 {
	switch {
	case in.op == opBlock || in.op == opLoop || in.op == opEnd: // nothing is compiled for them
		return 0
	case in.memory:
		return memoryInstructions
	case in.op == opCallIndirect:
		return 1 + indirectCost
	case in.op == opCall && in.arg < m.imported:
		return 1 + callInstructions
	case in.op == opCall:
		return 1 + m.bodies[in.arg-m.imported].forCaller()
	}
	return 1
}

// pass goes past an instruction; r is at what follows.
func (j *jumps) pass(in instruction, r *reader) {
	if j.cost != unreached {
		j.cost += j.m.weight(in)
		j.most = max(j.most, j.cost)
	}
	switch in.op {
	case opBlock, opLoop, opIf:
		j.enter(in, r)
	case opElse:
		l := &j.labels[len(j.labels)-1]
		l.cost, j.cost = max(l.cost, j.cost), l.before
	case opEnd:
		j.leave()
	case opBr, opBrIf:
		j.forward(in, in.arg)
	case opBrTable:
		d := j.labels[len(j.labels)-1].dispatch
		if d != nil && d.head == unreached {
			d.head = j.cost // it is the dispatch's own
		} else {
			d = nil
		}
		for _, to := range branchTargets(*r, in) {
			if d == nil || j.labels[len(j.labels)-1-int(to)].dispatch != d {
				j.forward(in, to)
			}
		}
	}
	switch in.op {
	case opBr, opBrTable, opReturn, opUnreachable:
		if j.cost != unreached {
			j.left, j.cost = j.cost, unreached
		}
	}
	j.last[1], j.last[0] = j.last[0], in
}

// enter opens a block, a loop or an if.
func (j *jumps) enter(in instruction, r *reader) {
	l := label{loop: in.op == opLoop, cost: unreached, before: j.cost}
	switch d := j.labels[len(j.labels)-1].dispatch; {
	case l.loop:
		l.cost = j.cost
		l.params = in.block >= 0 && j.m.types[in.block].params > 0
		if l.dispatch = findDispatch(*r); l.dispatch != nil {
			l.dispatch.blocks = len(j.labels) + 1
		}
	case in.op == opIf:
		l.cost = j.cost // past it, if the condition is false
	case d != nil && d.opened < len(d.ends):
		d.opened++
		l.dispatch, l.slot = d, len(d.ends)-d.opened
	}
	j.labels = append(j.labels, l)
}

// leave closes the innermost block.
func (j *jumps) leave() {
	l := j.labels[len(j.labels)-1]
	if !l.loop {
		j.cost = max(j.cost, l.cost)
	}
	if d := l.dispatch; d != nil && !l.loop {
		if j.cost == unreached && d.head != unreached && d.jumped {
			j.cost = j.left
		}
		j.cost = max(j.cost, d.head)
		d.ends[l.slot] = max(j.cost, 0)
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
	d := &dispatch{local: in.arg, head: unreached, ends: make([]int64, blocks)}
	if in = r.next(); in.op != opBrTable || r.err != nil {
		return nil
	}
	for n := range d.ends {
		d.ends[n] = unreached
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

// target says where a branch to a label goes: forward to the end of a block, or
// back to a place that cost so much. That may be by way of a dispatch.
func (j *jumps) target(in instruction, to uint32) (forward *label, cost int64, dispatched bool) {
	l := &j.labels[len(j.labels)-1-int(to)]
	if !l.loop {
		return l, 0, false
	}
	d, set, value := l.dispatch, j.last[0], j.last[1]
	if d == nil || in.op != opBr || set.op != opLocalSet || set.arg != d.local || value.op != opI32Const {
		return nil, l.cost, false
	}
	slot := d.targets[min(uint64(value.arg), uint64(len(d.targets)-1))]
	switch {
	case uint64(slot) >= uint64(len(d.ends)):
		return nil, l.cost, false // the loop itself, or out of it
	case d.ends[slot] == unreached:
		return &j.labels[d.blocks+len(d.ends)-1-int(slot)], 0, true
	}
	return nil, d.ends[slot], true
}

// forward notes what it costs to get where a branch goes, if that is forward.
func (j *jumps) forward(in instruction, to uint32) {
	l, _, dispatched := j.target(in, to)
	switch {
	case l == nil || j.cost == unreached:
	case dispatched:
		l.dispatch.jumped = true
		l.cost = max(l.cost, j.cost+headCost)
	default:
		l.cost = max(l.cost, j.cost)
	}
}

// back says what a branch pays that comes next, and false if it cannot go
// backwards.
func (j *jumps) back(in instruction, r *reader) (instructions int64, ok bool) {
	pays := func(to uint32) {
		if l, cost, _ := j.target(in, to); l == nil {
			instructions, ok = max(instructions, j.cost+j.m.weight(in)+headCost-cost), true
		}
	}
	if in.op != opBrTable {
		pays(in.arg)
		return instructions, ok
	}
	for _, to := range branchTargets(*r, in) {
		pays(to)
	}
	return instructions, ok
}
