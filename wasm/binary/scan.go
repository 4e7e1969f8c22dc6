package binary

// The weights. One unit of fuel stands for some ten nanoseconds of ordinary
// code at most, and for some hundred of code that does nothing but wait for
// memory.
const (
	// perFuel instructions cost one unit more than the check itself. A Go guest
	// goes through its function's outermost loop for every jump backwards,
	// whatever the size of the function, so weighing every instruction would
	// charge it for much that it does not run.
	perFuel = 32
	// memoryInstructions is what a load or store counts: ten times as much would
	// be true of one that misses every cache, one of most.
	memoryInstructions = 8
	// callInstructions is what a call counts, besides the callee's own checks,
	// so that small functions need none.
	callInstructions = 32
	// smallFunction is the number of instructions up to which a function that
	// neither loops nor calls is left as it is.
	smallFunction = 64
	// bytesPerFuel and entriesPerFuel are shifts: what bulk instructions move
	// for one unit.
	bytesPerFuel   = 7
	entriesPerFuel = 4
	// growFuel is what growing memory costs, done or refused.
	growFuel = 256
)

// The estimate of a call frame, in bytes: what the engine keeps on its stack
// is the return address, saved registers, parameters and results, and the
// values that do not fit into registers, which are at most as many as locals
// and instructions but mostly far fewer.
const (
	frameBase           = 64
	framePerLocal       = 8
	framePerInstruction = 1
)

// Bounds of one function. The engine compiles whatever it is given, and what it
// takes grows with the square of some of these: a module of five kilobytes could
// keep it busy for minutes, one of two hundred make it ask for twenty gigabytes.
// What compilers make has about a tenth of this at most.
const (
	maxLocals  = 50_000
	maxNesting = 10_000
	maxLoops   = 100       // in each other
	maxLabels  = 65_520    // of one br_table
	maxJoins   = 2_000_000 // blocks times locals: values that the engine may have to join
	maxCarried = 20_000    // loops in each other times locals: values that they carry round
)

// summary is what the first reading of a body found.
type summary struct {
	code   int      // where the first instruction is
	locals uint32   // without parameters
	outer  uint32   // weight of the instructions outside all loops
	loops  []uint32 // of those of each loop, without the loops in it, in order
	size   uint32   // instructions in all; a call counts more

	calls     bool
	bulk      bool // it needs a local for lengths
	grows     bool
	loopFirst bool // it enters a loop before it does anything that could be much
}

// scanner reads bodies for the first time.
type scanner struct {
	summary
	loops []uint32 // of all bodies so far
	open  []int32  // for each open block the innermost loop, -1 if none
	depth []int32  // for each loop of the body how many it is in
}

// scan reads a whole body of a function of type t, which is what r holds.
//
// It refuses indexes of globals, locals, types and labels that do not exist.
// The engine would, but what the rewriter adds takes these very indexes: a
// guest could reach for its own fuel.
func (s *scanner) scan(r *reader, m *module, t *funcType) summary {
	s.summary, s.open, s.depth = summary{}, s.open[:0], s.depth[:0]
	first := int32(len(s.loops))
	s.skipLocals(r)
	s.code = r.pos
	inner := int32(-1)
	s.open = append(s.open, inner)
	straight := true // nothing but plain instructions so far
	blocks, deepest := uint64(0), uint64(0)
	for len(s.open) > 0 && r.err == nil {
		in := r.next()
		count := uint32(1)
		switch in.op {
		case opBlock, opLoop, opIf:
			if in.block >= int64(len(m.types)) {
				r.fail(in.start, "type %d does not exist", in.block)
			}
		case opBr, opBrIf, opBrTable:
			if uint64(in.arg) >= uint64(len(s.open)) {
				r.fail(in.start, "label %d does not exist", in.arg)
			}
		case opCallIndirect:
			if uint64(in.arg) >= uint64(len(m.types)) {
				r.fail(in.start, "type %d does not exist", in.arg)
			}
		case opLocalGet, opLocalSet, opLocalTee:
			if uint64(in.arg) >= uint64(t.params)+uint64(s.locals) {
				r.fail(in.start, "local %d does not exist", in.arg)
			}
		case opGlobalGet, opGlobalSet:
			m.checkGlobal(r, in)
		}
		switch in.op {
		case opLoop:
			s.loopFirst = s.loopFirst || straight
			straight = false
			s.loops = append(s.loops, 0)
			outside := int32(0)
			if inner >= 0 {
				outside = s.depth[inner-first] + 1
			}
			s.depth = append(s.depth, outside)
			deepest = max(deepest, uint64(outside)+1)
			inner = int32(len(s.loops)) - 1
			s.open = append(s.open, inner)
			blocks++
		case opBlock, opIf:
			straight = false
			s.open = append(s.open, inner)
			blocks++
		case opEnd:
			s.open = s.open[:len(s.open)-1]
			if n := len(s.open); n > 0 {
				inner = s.open[n-1]
			}
		case opBr, opBrIf, opBrTable, opReturn, opUnreachable:
			straight = false
		case opCall, opCallIndirect:
			straight, s.calls = false, true
			count += callInstructions
		case opMemoryGrow:
			s.grows = true
		case opMisc:
			if _, ok := bulkShift(in.sub); ok {
				s.bulk = true
			}
			if in.sub == miscMemoryInit || in.sub == miscDataDrop {
				m.useData(r, in)
			}
			m.bindFor(in)
		case opTableSet:
			m.bindFor(in)
		}
		s.size += count
		if in.memory {
			count = memoryInstructions
		}
		if inner >= 0 {
			s.loops[inner] += count
		} else {
			s.outer += count
		}
		if len(s.open) > maxNesting {
			r.fail(in.start, "more than %d blocks in each other", maxNesting)
		}
	}
	if r.err == nil && r.pos != r.end {
		r.fail(r.pos, "code after the end of a function")
	}
	switch locals := uint64(t.params) + uint64(s.locals); {
	case deepest > maxLoops:
		r.fail(s.code, "%d loops in each other; at most %d are accepted", deepest, maxLoops)
	case deepest*locals > maxCarried:
		r.fail(s.code, "%d loops in each other in a function with %d locals; at most %d values can go round", deepest, locals, maxCarried)
	case blocks*locals > maxJoins:
		r.fail(s.code, "a function with %d blocks and %d locals; their product may be %d", blocks, locals, maxJoins)
	}
	s.summary.loops = s.loops[first:len(s.loops):len(s.loops)]
	return s.summary
}

func (m *module) checkGlobal(r *reader, in instruction) {
	if uint64(in.arg) >= uint64(len(m.globals)) {
		r.fail(in.start, "global %d does not exist", in.arg)
	}
}

// skipLocals counts the declared locals.
func (s *scanner) skipLocals(r *reader) {
	at := r.pos
	var sum uint64
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		sum += uint64(r.u32())
		if t := r.byte(); r.err == nil && !isValueType(t) {
			r.fail(r.pos-1, "unknown value type %#02x", t)
		}
	}
	if sum > maxLocals {
		r.fail(at, "a function with %d locals; at most %d are accepted", sum, maxLocals)
	}
	s.locals = uint32(sum)
}

// harmless says whether the function needs no checks at all.
func (s *summary) harmless() bool {
	return !s.calls && !s.bulk && !s.grows && len(s.loops) == 0 && s.outer <= smallFunction
}

// entry says whether fuel is taken at the function's entry; otherwise a loop is
// entered at once, which takes it.
func (s *summary) entry() bool { return !s.loopFirst || s.outer > smallFunction }

// frame estimates the bytes of call stack that the function takes.
func (s *summary) frame(t *funcType) int64 {
	return frameBase + framePerLocal*int64(uint32(t.params)+uint32(len(t.results))+s.locals) + framePerInstruction*int64(s.size)
}

// fuelFor returns the fuel that so many instructions cost.
func fuelFor(instructions uint32) int64 { return 1 + int64(instructions/perFuel) }

// bulkShift says of an opcode after opMisc how to get from its length, which is
// the uppermost operand, to its fuel.
func bulkShift(sub uint32) (shift int64, ok bool) {
	switch sub {
	case miscMemoryInit, miscMemoryCopy, miscMemoryFill:
		return bytesPerFuel, true
	case miscTableInit, miscTableCopy, miscTableGrow, miscTableFill:
		return entriesPerFuel, true
	}
	return 0, false
}
