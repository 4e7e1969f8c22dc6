package binary

// Calls through a table. In the engine, a table's entry is a pointer to a
// structure that says which code to call and for which instance, so each
// instance has a structure for every function in its tables. A Go module has
// thousands of those, and they are most of what a clone costs: of the time to
// make it, of its memory, and of the processor's caches, since no two sessions
// share them.
//
// A table that nothing can change does not need to be there. A call through it
// becomes the call of a function that is added, one for each type, with the
// index as a parameter more: a br_table with a direct call for each function
// of that type. The table stays, with its size and one function in it, for the
// calls that trap.

// table is the module's only one.
type table struct {
	count   int               // of tables
	size    uint32            // entries that it begins with
	fixed   bool              // nothing but calls uses it, and what is in it is known
	entries []uint32          // what is in it: function and one more, 0 is nothing
	base    uint32            // index of the first that is not 0
	direct  bool              // calls through it become calls of the added functions
	calls   map[uint32]uint32 // which added function, by the type
	order   []uint32          // the type of each added function
	frame   int64             // bytes of stack that an added function takes at most
}

// maxTableCode is how many instructions and labels the added functions may have
// together, about.
const maxTableCode = 100_000

// readTables counts them. Imported ones bind the module anyway.
func (m *module) readTables(r *reader) {
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		m.table.count++
		m.table.fixed = r.byte() == typeFunction && m.table.count == 1
		m.table.size, _, _ = limits(r)
	}
	m.table.fixed = m.table.fixed && m.table.size <= MaxTable
}

// readExports looks whether the table is exported.
func (m *module) readExports(r *reader) {
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		r.name()
		if kind := r.byte(); kind == kindTable {
			m.table.fixed = false
		}
		r.u32()
	}
}

// readElements takes down what goes into the table.
func (m *module) readElements(r *reader) {
	var all []uint32
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		if flag := r.u32(); flag != 0 || !m.table.fixed {
			m.table.fixed = false // another form, which compilers do not use for it
			break
		}
		in := r.next()
		if in.op != opI32Const || r.byte() != opEnd {
			m.table.fixed = false // a place that is not for us to work out
			break
		}
		items := r.u32()
		if uint64(in.arg)+uint64(items) > uint64(m.table.size) || items > uint32(r.end-r.pos) {
			m.table.fixed = false // a trap, when it is instantiated
			break
		}
		for ; items > 0 && r.err == nil; items-- {
			for uint32(len(all)) <= in.arg {
				all = append(all, 0)
			}
			f := r.u32()
			m.shift(r, r.pos, f)
			all[in.arg] = f + 1
			in.arg++
		}
	}
	if !m.table.fixed {
		r.pos = r.end // for the section's writer
		return
	}
	for len(all) > 0 && all[0] == 0 {
		all = all[1:]
		m.table.base++
	}
	m.table.entries = all
}

// decideTable says whether calls through the table become direct, when all code is known.
func (m *module) decideTable() {
	t := &m.table
	t.direct = t.fixed && m.bound == "" && len(t.entries) <= maxNesting && m.tableCode() <= maxTableCode
	if !t.direct {
		t.calls, t.order = nil, nil
	}
	for _, c := range t.order {
		// What it is given and what it hands on, vectors as large as they are.
		t.frame = max(t.frame, frameBase+2*framePerLocal*int64(1+2*(m.types[c].params+m.types[c].results)))
	}
}

// tableCode is the size of the added functions, were they added.
func (m *module) tableCode() (size int) {
	calls := map[uint32]int{}
	for _, e := range m.table.entries {
		if e != 0 {
			calls[m.typeOf(e-1).same]++
		}
	}
	for _, c := range m.table.order {
		size += len(m.table.entries) + (3+m.types[c].params)*(1+calls[m.types[c].same])
	}
	return size
}

// callTable notes a call through a table.
func (m *module) callTable(in instruction) {
	if in.sub != 0 {
		m.table.fixed = false // there is another, or the engine refuses it
	}
	key := m.types[in.arg].same
	if _, ok := m.table.calls[key]; ok {
		return
	}
	if m.table.calls == nil {
		m.table.calls = map[uint32]uint32{}
	}
	m.table.calls[key] = uint32(len(m.table.order))
	m.table.order = append(m.table.order, in.arg)
}

// typeOf returns a function's type.
func (m *module) typeOf(f uint32) *funcType {
	if f < m.imported {
		return &m.types[m.imports[f]]
	}
	return &m.types[m.functions[f-m.imported]]
}

// appendTableTypes writes the added functions' types: an i32 after the parameters.
func (m *module) appendTableTypes(dst []byte) []byte {
	for _, c := range m.table.order {
		t := &m.types[c]
		r := reader{b: []byte(t.encoded), end: len(t.encoded)}
		params := r.take(r.u32())
		dst = append(appendU32(append(dst, 0x60), uint32(len(params))+1), params...)
		dst = append(append(dst, typeI32), t.encoded[r.pos:]...)
	}
	return dst
}

// tableBody returns the body of the function for calls of a type: a block for
// each function of that type, one for entries of another, one for those that
// are empty or not there.
func (m *module) tableBody(c uint32) []byte {
	t := &m.types[c]
	var functions []uint32 // their blocks, the innermost first
	labels := make([]uint32, len(m.table.entries))
	label := map[uint32]uint32{}
	for n, e := range m.table.entries {
		if e == 0 || m.typeOf(e-1).same != t.same {
			continue
		}
		if _, ok := label[e]; !ok {
			label[e] = uint32(len(functions))
			functions = append(functions, e-1)
		}
		labels[n] = label[e]
	}
	mismatch := uint32(len(functions))
	empty := mismatch + 1
	for n, e := range m.table.entries {
		if e == 0 {
			labels[n] = empty
		} else if _, ok := label[e]; !ok {
			labels[n] = mismatch
		}
	}

	w := rewriter{m: m, out: []byte{0}}
	for range empty + 1 {
		w.out = append(w.out, opBlock, 0x40)
	}
	w.get(opLocalGet, uint32(t.params))
	if m.table.base > 0 {
		w.constant(m.table.base)
		w.out = append(w.out, opI32Sub)
	}
	w.get(opBrTable, uint32(len(labels)))
	for _, l := range append(labels, empty) {
		w.out = appendU32(w.out, l)
	}
	for _, f := range functions {
		w.out = append(w.out, opEnd)
		for p := range t.params {
			w.get(opLocalGet, uint32(p))
		}
		w.get(opCall, m.moved(f))
		w.out = append(w.out, opReturn)
	}
	w.out = append(w.out, opEnd)
	w.trap(m.table.base, m.table.otherType(m))
	w.out = append(w.out, opEnd)
	w.trap(1<<32-1, m.voidType)
	w.out = append(w.out, opEnd)
	return w.out
}

// otherType is one that the only function left in the table does not have.
func (t *table) otherType(m *module) uint32 {
	if len(t.entries) > 0 && m.typeOf(t.entries[0]-1).encoded == "\x00\x00" {
		return m.bulkType
	}
	return m.voidType
}

// trap writes a call through the table that traps.
func (w *rewriter) trap(index, t uint32) {
	if t == w.m.bulkType {
		for range 3 {
			w.constant(0)
		}
	}
	w.constant(index)
	w.get(opCallIndirect, t)
	w.out = append(w.out, 0, opUnreachable)
}

func (w *rewriter) constant(n uint32) {
	w.out = appendSigned(append(w.out, opI32Const), int64(int32(n)))
}

// tableElement is what stays in the table: something to be of the wrong type.
func (m *module) tableElement() []byte {
	if len(m.table.entries) == 0 || len(m.table.order) == 0 {
		return nil
	}
	w := rewriter{m: m, out: []byte{1, 0}}
	w.constant(m.table.base)
	w.out = append(w.out, opEnd, 1)
	return appendU32(w.out, m.moved(m.table.entries[0]-1))
}
