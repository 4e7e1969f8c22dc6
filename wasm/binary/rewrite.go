package binary

import "encoding/binary"

// Names of what a rewritten module has in addition. A module may not export a
// name that begins with reservedPrefix itself, unless with markerPrefix.
const (
	// FuelGlobal is the name under which it exports its fuel, a mutable i64.
	// It begins at zero, so that the first check calls the import.
	FuelGlobal = "penstock_fuel"
	// StackGlobal is the name under which it exports what is left of its stack,
	// a mutable i64 that begins at StackBudget. A call that has trapped does not
	// give its stack back: its instance is of no more use.
	StackGlobal = "penstock_stack"
	// TickModule and TickName name the function that it imports, () -> (). It
	// returns only if it finds the fuel below zero, and then leaves it at
	// MinQuantum or more.
	TickModule = "penstock_meter"
	TickName   = "tick"

	// MinQuantum is the least that the fuel is refilled with.
	MinQuantum = 1000

	startExport    = "penstock_start"
	globalExport   = "penstock_global_" // and its index in the module as it was
	reservedPrefix = "penstock_"
	markerPrefix   = "penstock_v" // plugins say so which version of the ABI they speak
)

// Module is a rewritten module and what its host needs to know to clone its
// instances. The package's comment says how.
type Module struct {
	// Code is the rewritten module.
	Code []byte
	// Globals are all of its mutable globals, the meter's too, in the order of
	// their indexes. Each is exported.
	Globals []Global
	// Data is what the host writes into the memory of a fresh instance, in this
	// order. A segment that is not inside of the memory is a trap, also if it
	// is empty.
	Data []Segment
	// Start is the export, () -> (), that the host calls after that, before
	// anything else; empty if the module has no start function.
	Start string
	// Bound says, to an operator, why instances can neither be cloned nor
	// recycled; empty if they can. If it is not empty the module is metered
	// only: instantiating it writes its data and runs its start function as
	// ever, and Globals, Data and Start are empty.
	Bound string
	// Origins says where the code has come from. It is empty if the module had no
	// debug information that one could want it for.
	Origins Origins
}

// Global is an exported mutable global.
type Global struct {
	Export string
	Type   byte // as in the binary format: 0x7f i32, 0x7e i64, 0x7d f32, 0x7c f64
}

// Segment is a piece of memory. Its bytes are those of the module that was given
// to [Rewrite].
type Segment struct {
	Offset uint32
	Bytes  []byte
}

// Rewrite returns the module with the changes that the package's comment
// describes. code is not changed. The error is an [*Error]; what is wrong
// besides what it finds is for the engine to say.
func Rewrite(code []byte) (*Module, error) {
	r := reader{b: code, end: len(code)}
	if len(code) < 8 || string(code[:4]) != "\x00asm" {
		return nil, &Error{0, "not a WebAssembly module: it does not begin with the magic number"}
	}
	if v := binary.LittleEndian.Uint32(code[4:]); v != 1 {
		return nil, &Error{4, "not a core WebAssembly module of version 1"}
	}
	r.pos = 8
	var m module
	m.split(&r)
	m.read(&r)
	out := &Module{Code: m.write(&r)}
	if r.err != nil {
		return nil, r.err
	}
	m.describe(out)
	out.Origins = m.origins.list
	return out, nil
}

// read reads the sections that the others depend on.
func (m *module) read(r *reader) {
	m.section(r, secType, m.readTypes)
	m.voidType, m.bulkType = uint32(len(m.types)), uint32(len(m.types))+1
	m.section(r, secImport, m.readImports)
	m.tick = m.imported
	m.section(r, secFunction, m.readFunctions)
	m.section(r, secTable, m.readTables)
	m.section(r, secExport, m.readExports)
	m.section(r, secElement, m.readElements)
	m.section(r, secStart, func(s *reader) { m.start = m.function(s) })
	m.section(r, secMemory, m.readMemories)
	if m.memories != 1 {
		m.bind("it has no memory, or more than one")
	}
	m.section(r, secGlobal, m.readGlobals)
	m.fuel, m.stack = uint32(len(m.globals)), uint32(len(m.globals))+1
	m.section(r, secDataCount, func(s *reader) { m.dataCount = s.u32() })
	m.section(r, secData, m.readData)
	if r.err == nil && m.has(secDataCount) && uint64(m.dataCount) != uint64(len(m.data)) {
		r.fail(m.sections[secDataCount].pos, "the data count section promises %d segments, there are %d", m.dataCount, len(m.data))
	}
	m.section(r, secCode, m.readCode)
	if r.err == nil && len(m.bodies) != len(m.functions) {
		r.fail(r.end, "there are %d functions and %d bodies", len(m.functions), len(m.bodies))
	}
	if r.err == nil {
		m.decideTable()
		m.numberData()
		m.account()
	}
}

// section reads one section, if it is there and all was well so far.
func (m *module) section(r *reader, id byte, read func(*reader)) {
	if s := m.sections[id]; m.has(id) && r.err == nil {
		read(&s)
		s.finish(r, sectionName(id))
	}
}

// write puts the new module together.
func (m *module) write(r *reader) []byte {
	out := make([]byte, 0, len(r.b)+len(r.b)/4+256)
	out = append(out, r.b[:8]...)
	appenders := [13]func(*reader) []byte{
		secType: m.appendTypes, secImport: m.appendImports, secFunction: m.appendFunctions, secTable: m.appendTables,
		secGlobal: m.appendGlobals, secExport: m.appendExports, secStart: m.appendStart, secElement: m.appendElements,
		secDataCount: m.appendDataCount, secCode: m.appendCode, secData: m.appendData,
	}
	for _, id := range sectionOrder {
		if r.err != nil {
			return nil
		}
		s := m.sections[id]
		appendSection := appenders[id]
		if appendSection == nil {
			appendSection = copySection
		}
		body := appendSection(&s)
		s.finish(r, sectionName(id))
		if body == nil {
			continue
		}
		out = appendU32(append(out, id), uint32(len(body)))
		out = append(out, body...)
	}
	if names := m.appendNames(); names != nil {
		out = appendU32(append(out, secCustom), uint32(len(names)))
		out = append(out, names...)
	}
	if m.origins.on {
		out = appendStubs(out)
	}
	return out
}

func sectionName(id byte) string {
	return "the " + [...]string{"custom", "type", "import", "function", "table", "memory", "global",
		"export", "start", "element", "code", "data", "data count"}[id] + " section"
}
