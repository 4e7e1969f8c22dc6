package binary

import (
	"fmt"
	"unicode/utf8"
)

// Sections, in the order in which they must come.
const (
	secCustom    = 0
	secType      = 1
	secImport    = 2
	secFunction  = 3
	secTable     = 4
	secMemory    = 5
	secGlobal    = 6
	secExport    = 7
	secStart     = 8
	secElement   = 9
	secCode      = 10
	secData      = 11
	secDataCount = 12
)

var sectionOrder = [...]byte{secType, secImport, secFunction, secTable, secMemory, secGlobal,
	secExport, secStart, secElement, secDataCount, secCode, secData}

// funcType is a function's type.
type funcType struct {
	params, results int
	encoded         string // the lists of both
	same            uint32 // index of the first type with these lists
}

// module is what was found in a module, and what the rewriter adds.
type module struct {
	sections  [13]reader // what is in each section; the zero reader if it is not there
	types     []funcType
	imported  uint32   // functions
	imports   []uint32 // type of each of them
	functions []uint32 // type of each function that is not imported
	bodies    []summary
	memories  int
	globals   []global // before the added ones
	dataCount uint32
	data      []dataSegment
	dataKept  uint32 // how many data segments the rewritten module has
	start     uint32 // new index of the start function
	bound     string // why instances cannot be cloned, if so
	bulk      []bulkOp
	fill      uint32 // see bulkFunction
	copy      uint32 // likewise
	table     table
	origins   origins

	voidType uint32 // index of the added type, () -> ()
	bulkType uint32 // index of the added type, (i32, i32, i32) -> ()
	tick     uint32 // function index of the import
	fuel     uint32 // global index
	stack    uint32 // global index
}

// functionCount is the number of functions, the imported ones included.
func (m *module) functionCount() uint64 { return uint64(m.imported) + uint64(len(m.functions)) }

// shift returns the new index of a function: the import comes after the
// imports and before the module's own functions. at is where the index stands
// in what r reads.
func (m *module) shift(r *reader, at int, f uint32) uint32 {
	if r.err == nil && uint64(f) >= m.functionCount() {
		r.fail(at, "function %d does not exist", f)
	}
	return m.moved(f)
}

// moved is shift for a function that is known to exist.
func (m *module) moved(f uint32) uint32 {
	if f >= m.imported {
		return f + 1
	}
	return f
}

// startFunction is the index of the first function that is added at the end: the
// one for the start function, if there is one. Those for bulk instructions come
// next, those for calls through the table last.
func (m *module) startFunction() uint32 { return uint32(m.functionCount()) + 1 }

func (m *module) bulkFunctions() uint32 {
	if m.startByHost() {
		return m.startFunction() + 1
	}
	return m.startFunction()
}

func (m *module) tableFunctions() uint32 { return m.bulkFunctions() + uint32(len(m.bulk)) }

// added returns how many functions are added at the end.
func (m *module) added() uint32 {
	return m.tableFunctions() + uint32(len(m.table.order)) - m.startFunction()
}

// function reads the index of a function and returns the new one.
func (m *module) function(r *reader) uint32 {
	at := r.pos
	return m.shift(r, at, r.u32())
}

// split finds the sections.
func (m *module) split(r *reader) {
	rank := func(id byte) int {
		for n, s := range sectionOrder {
			if s == id {
				return n
			}
		}
		return -1
	}
	last := -1
	for r.more() {
		at := r.pos
		id := r.byte()
		body := r.part(r.u32())
		switch n := rank(id); {
		case r.err != nil:
			r.err = &Error{at, fmt.Sprintf("section %d: %s", id, r.err.Problem)}
		case id == secCustom:
			name := body.name()
			if body.err == nil && !utf8.ValidString(name) {
				body.fail(at, "the name of a custom section is not UTF-8")
			}
			switch name {
			case "name":
				m.sections[secCustom] = body
			case ".debug_info":
				m.origins.on = true
			}
			r.err = body.err
		case n < 0:
			r.fail(at, "unknown section %d", id)
		case n <= last:
			r.fail(at, "section %d is not in order", id)
		default:
			last = n
			m.sections[id] = body
		}
	}
}

// has says whether the section is there.
func (m *module) has(id byte) bool { return m.sections[id].b != nil }

// readTypes reads the type section and adds what the rewriter needs.
func (m *module) readTypes(r *reader) {
	known := map[string]uint32{}
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		if c := r.byte(); r.err == nil && c != 0x60 {
			r.fail(r.pos-1, "unknown kind of type %#02x", c)
		}
		params, results := m.valueTypes(r), m.valueTypes(r)
		t := funcType{params: len(params), results: len(results), same: uint32(len(m.types))}
		encoded := append(appendU32(nil, uint32(t.params)), params...)
		t.encoded = string(append(appendU32(encoded, uint32(t.results)), results...))
		if first, ok := known[t.encoded]; ok {
			t.same = first
		} else {
			known[t.encoded] = t.same
		}
		m.types = append(m.types, t)
	}
}

// valueTypes returns a list of them.
func (m *module) valueTypes(r *reader) []byte {
	at := r.pos
	list := r.take(r.u32())
	for _, t := range list {
		if !isValueType(t) {
			r.fail(at, "unknown value type %#02x", t)
		}
	}
	return list
}

// readImports counts the imports and refuses the meter's own.
func (m *module) readImports(r *reader) {
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		at := r.pos
		from, name := r.name(), r.name()
		if from == TickModule {
			r.fail(at, "import %s.%s: a module may not import from %s, it belongs to the meter", from, name, from)
		}
		switch kind := r.byte(); kind {
		case 0:
			m.imports = append(m.imports, m.typeIndex(r))
			m.imported++
		case 1:
			m.tableType(r, MaxTable)
			m.bind("it imports a table")
		case 2:
			limits(r)
			m.bind("it imports its memory")
		case 3:
			g := globalType(r)
			if g.mutable {
				m.bind("it imports a mutable global")
			}
			m.globals = append(m.globals, g)
		default:
			r.fail(r.pos-1, "unknown kind of import %d", kind)
		}
	}
}

func (m *module) readFunctions(r *reader) {
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		m.functions = append(m.functions, m.typeIndex(r))
	}
}

// readCode looks at all bodies.
func (m *module) readCode(r *reader) {
	var sc scanner
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		body := r.part(r.u32())
		if len(m.bodies) == len(m.functions) {
			r.fail(r.pos, "there are %d functions and more bodies", len(m.functions))
			return
		}
		m.bodies = append(m.bodies, sc.scan(&body, m, &m.types[m.functions[len(m.bodies)]]))
		body.finish(r, "a function body")
	}
}

// typeIndex reads the index of a type. Indexes are checked wherever one that
// was out of range could mean something that the rewriter adds.
func (m *module) typeIndex(r *reader) uint32 {
	at := r.pos
	t := r.u32()
	if r.err == nil && uint64(t) >= uint64(len(m.types)) {
		r.fail(at, "type %d does not exist", t)
	}
	return t
}
