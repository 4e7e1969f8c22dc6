package binary

import "strconv"

// What an instance can change, and so what makes one a clone of another: its
// memory, its mutable globals, its tables, and which of its data and element
// segments have been dropped. The host can set the first two. A module whose
// code touches the others is bound to its instance.

// bind notes why instances cannot be cloned; the first reason stays.
func (m *module) bind(reason string) {
	if m.bound == "" {
		m.bound = reason
	}
}

// bindFor notes what an instruction changes that cannot be put back.
func (m *module) bindFor(in instruction) {
	what := ""
	switch in.op {
	case opTableSet:
		what = "table.set, and tables"
	case opMisc:
		switch in.sub {
		case miscDataDrop:
			what = "data.drop, and data segments"
		case miscElemDrop:
			what = "elem.drop, and element segments"
		case miscTableInit:
			what = "table.init, and tables"
		case miscTableCopy:
			what = "table.copy, and tables"
		case miscTableGrow:
			what = "table.grow, and tables"
		case miscTableFill:
			what = "table.fill, and tables"
		}
	}
	if what != "" {
		m.bind("its code uses " + what + " cannot be put back as they were")
	}
}

// global is one of the module's, imported ones included.
type global struct {
	valueType byte
	mutable   bool
}

// readMemories looks at the limits.
func (m *module) readMemories(r *reader) {
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		limits(r)
		m.memories++
	}
}

func (m *module) readGlobals(r *reader) {
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		g := globalType(r)
		if g.mutable && !isNumber(g.valueType) {
			m.bind("it has a mutable global that holds a vector or a reference, which the host cannot set")
		}
		m.globals = append(m.globals, g)
		m.appendExpression(nil, r)
	}
}

// export is one entry of the export section.
type export struct {
	name  string
	kind  byte
	index uint32
}

// Kinds of imports and exports.
const (
	kindFunction = 0
	kindTable    = 1
	kindMemory   = 2
	kindGlobal   = 3
)

func (e export) append(dst []byte) []byte {
	return appendU32(append(appendName(dst, e.name), e.kind), e.index)
}

// startByHost says whether the host calls the start function.
func (m *module) startByHost() bool { return m.has(secStart) && m.bound == "" }

// addedExports returns what is exported besides the module's own exports.
func (m *module) addedExports() []export {
	var all []export
	for n, g := range m.globals {
		if g.mutable && m.bound == "" {
			all = append(all, export{globalExport + strconv.Itoa(n), kindGlobal, uint32(n)})
		}
	}
	all = append(all, export{FuelGlobal, kindGlobal, m.fuel}, export{StackGlobal, kindGlobal, m.stack})
	if m.startByHost() {
		all = append(all, export{startExport, kindFunction, m.startFunction()})
	}
	return all
}

// describe fills in what the host needs to make clones.
func (m *module) describe(out *Module) {
	if out.Bound = m.bound; m.bound != "" {
		return
	}
	for _, e := range m.addedExports() {
		switch {
		case e.kind == kindFunction:
			out.Start = e.name
		case uint64(e.index) < uint64(len(m.globals)):
			out.Globals = append(out.Globals, Global{e.name, m.globals[e.index].valueType})
		default:
			out.Globals = append(out.Globals, Global{e.name, typeI64})
		}
	}
	for _, d := range m.data {
		if d.active {
			out.Data = append(out.Data, d.Segment)
		}
	}
}
