package binary

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

// summary is what is known of a body before it is written.
type summary struct {
	code     int        // where the first instruction is
	end      int        // where the code ends
	locals   uint32     // without parameters
	size     uint32     // instructions
	calls    []callSite // of the module's functions, without the imported ones, in the order of the code
	indirect bool       // it calls through tables
	loops    bool
	grows    bool
	bulk     bool // it needs a local for lengths

	bounds // what the calls of all functions make of it
}

// callSite is a place where a function is called.
type callSite struct {
	to     uint32 // index in module.functions
	closes bool   // a cycle of calls
}

// scanner reads bodies for the first time.
type scanner struct {
	summary
	calls []callSite // of all bodies so far
	open  []bool     // for each open block whether it is a loop
}

// scan reads a whole body of a function of type t, which is what r holds.
//
// It refuses indexes of globals, locals, types and labels that do not exist.
// The engine would, but what the rewriter adds takes these very indexes: a
// guest could reach for its own fuel.
func (s *scanner) scan(r *reader, m *module, t *funcType) summary {
	s.summary, s.open = summary{}, append(s.open[:0], false)
	first := len(s.calls)
	s.skipLocals(r)
	s.code, s.end = r.pos, r.end
	var blocks, loops, deepest uint64
	for len(s.open) > 0 && r.err == nil {
		in := r.next()
		s.size++
		switch in.op {
		case opBlock, opLoop, opIf:
			if in.block >= int64(len(m.types)) {
				r.fail(in.start, "type %d does not exist", in.block)
			}
			if s.open = append(s.open, in.op == opLoop); len(s.open) > maxNesting {
				r.fail(in.start, "more than %d blocks in each other", maxNesting)
			}
			blocks++
			if in.op == opLoop {
				s.loops = true
				loops++
				deepest = max(deepest, loops)
			}
		case opEnd:
			if s.open[len(s.open)-1] {
				loops--
			}
			s.open = s.open[:len(s.open)-1]
		case opBr, opBrIf, opBrTable:
			if uint64(in.arg) >= uint64(len(s.open)) {
				r.fail(in.start, "label %d does not exist", in.arg)
			}
		case opCall:
			s.call(r, m, in)
		case opCallIndirect:
			if uint64(in.arg) >= uint64(len(m.types)) {
				r.fail(in.start, "type %d does not exist", in.arg)
			}
			if r.err == nil {
				m.callTable(in)
			}
			s.indirect = true
		case opTableGet, opRefFunc:
			m.table.fixed = false
		case opLocalGet, opLocalSet, opLocalTee:
			if uint64(in.arg) >= uint64(t.params)+uint64(s.locals) {
				r.fail(in.start, "local %d does not exist", in.arg)
			}
		case opGlobalGet, opGlobalSet:
			m.checkGlobal(r, in)
		case opMemoryGrow:
			s.grows = true
		case opMisc:
			if in.sub == miscMemoryInit || in.sub == miscDataDrop {
				m.useData(r, in)
			}
			if _, ok := bulkShift(in.sub); ok && !m.addBulk(in) {
				s.bulk = true
			}
			m.bindFor(in)
		case opTableSet:
			m.bindFor(in)
		}
	}
	if r.err == nil && r.pos != r.end {
		r.fail(r.pos, "code after the end of a function")
	}
	s.checkSize(r, t, blocks, deepest)
	s.summary.calls = s.calls[first:len(s.calls):len(s.calls)]
	return s.summary
}

// checkSize refuses a function that would take the engine too long to compile.
func (s *scanner) checkSize(r *reader, t *funcType, blocks, loops uint64) {
	switch locals := uint64(t.params) + uint64(s.locals); {
	case loops > maxLoops:
		r.fail(s.code, "%d loops in each other; at most %d are accepted", loops, maxLoops)
	case loops*locals > maxCarried:
		r.fail(s.code, "%d loops in each other in a function with %d locals; at most %d values can go round", loops, locals, maxCarried)
	case blocks*locals > maxJoins:
		r.fail(s.code, "a function with %d blocks and %d locals; their product may be %d", blocks, locals, maxJoins)
	}
}

func (s *scanner) call(r *reader, m *module, in instruction) {
	switch {
	case uint64(in.arg) >= m.functionCount():
		r.fail(in.start, "function %d does not exist", in.arg)
	case in.arg >= m.imported:
		s.calls = append(s.calls, callSite{to: in.arg - m.imported})
	}
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
