package binary

import "slices"

// StackBudget is what the estimated frames of nested calls may add up to, in
// bytes.
const StackBudget = 16 << 20

// MaxTable is what the tables of a module can have together, in entries: each
// gets a maximum, for growing tables is not bounded by the engine, and their
// memory, 8 bytes an entry, not by the memory's cap.
const MaxTable = 1 << 20

// The weights. One unit of fuel stands for some ten nanoseconds of ordinary
// code at most, and for a few hundred of code that does nothing but wait for
// memory.
const (
	// perFuel instructions cost one unit more than the check itself.
	perFuel = 32
	// memoryInstructions is what a load or store counts: one would be true of
	// most, a hundred of one that misses every cache.
	memoryInstructions = 8
	// callInstructions is what a call counts, besides what the callee does.
	callInstructions = 32
	// maxCost is the number of instructions, those of what it calls included, up
	// to which a function leaves it to its callers to pay for them. It is also
	// what a call through a table counts, the callee of which is not known.
	maxCost = 256
	// bytesPerFuel and entriesPerFuel are shifts: what bulk instructions move
	// for one unit. It may be memory that has to be made first, page by page.
	bytesPerFuel   = 5
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
	// maxDepth is how much stack functions may take until one of them accounts
	// for it at its calls.
	maxDepth = 2048
)

// bounds is what a function costs, and where that is accounted for.
type bounds struct {
	cost  int64 // instructions of the dearest way forward, those of callees that take no fuel included
	fuel  bool  // it takes fuel for the cost when it is entered; if not, its callers do
	depth int64 // bytes of stack at most since the last call that took stack, its own frame included
	stack bool  // its calls take stack for the depth
	state visit
}

type visit uint8

const (
	unvisited visit = iota
	open            // it is on the path to the function that is being visited
	closed
)

// account works out the bounds of all functions.
//
// No recursion, and no tree of calls, may go on without an account. A cycle of
// calls has a call through a table in it, which takes stack and whose
// function takes fuel, or consists of direct calls. One of those leads back, in
// a walk through all functions, to one that is still open: it takes stack, and
// that function takes fuel. Elsewhere fuel and stack are taken only when what
// is not accounted for has become too much.
func (m *module) account() {
	type step struct {
		f    uint32
		next int // of its calls
	}
	var path []step
	order := make([]uint32, 0, len(m.bodies)) // callees first
	var j jumps
	for root := range m.bodies {
		if m.bodies[root].state != unvisited {
			continue
		}
		path = append(path, step{f: uint32(root)})
		m.bodies[root].state = open
		for len(path) > 0 {
			last := &path[len(path)-1]
			s := &m.bodies[last.f]
			if last.next == len(s.calls) {
				m.addCost(s, &j)
				s.state = closed
				order = append(order, last.f)
				path = path[:len(path)-1]
				continue
			}
			c := &s.calls[last.next]
			last.next++
			switch callee := &m.bodies[c.to]; callee.state {
			case unvisited:
				callee.state = open
				path = append(path, step{f: c.to})
			case open:
				c.closes, callee.fuel = true, true
			}
		}
	}
	for _, f := range slices.Backward(order) {
		m.addDepth(f)
	}
}

// addCost works out what a function costs, after its callees. A callee that is
// still open takes fuel.
func (m *module) addCost(s *summary, j *jumps) {
	j.reset(m)
	code := m.sections[secCode]
	r := reader{b: code.b, pos: s.code, end: s.end}
	for r.more() {
		j.pass(r.next(), &r)
	}
	s.cost = j.most
	s.fuel = s.fuel || s.indirect || s.cost > maxCost
}

// addDepth adds a function's frame to what its callers have told it, and tells
// its callees.
func (m *module) addDepth(f uint32) {
	s, t := &m.bodies[f], &m.types[m.functions[f]]
	s.depth += frameBase + framePerInstruction*int64(s.size) +
		framePerLocal*int64(t.params+t.results+int(s.locals))
	if s.indirect {
		s.depth += m.table.frame
	}
	s.stack = s.depth > maxDepth
	for _, c := range s.calls {
		if callee := &m.bodies[c.to]; !s.stack && !c.closes {
			callee.depth = max(callee.depth, s.depth)
		}
	}
}

// forCaller is what a call of the function counts where it is called.
func (b *bounds) forCaller() int64 {
	if b.fuel {
		return callInstructions
	}
	return callInstructions + b.cost
}

// indirectCost is what a call through a table counts.
const indirectCost = callInstructions + maxCost

// untouched says whether the function needs no checks at all.
func (s *summary) untouched() bool {
	return !s.fuel && !s.loops && !s.grows && !s.bulk &&
		!slices.ContainsFunc(s.calls, s.takesStack)
}

// takesStack says whether a call takes stack. A call through a table always does.
func (s *summary) takesStack(c callSite) bool { return s.stack || c.closes }

// fuelFor returns the fuel that so many instructions cost.
func fuelFor(instructions int64) int64 { return 1 + instructions/perFuel }

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
