package binary

import "encoding/binary"

// Names of what a metered module has in addition.
const (
	// FuelGlobal is the name under which it exports its fuel, a mutable i64.
	// It begins at zero, so that the first check calls the import.
	FuelGlobal = "penstock_fuel"
	// TickModule and TickName name the function that it imports, () -> ().
	TickModule = "penstock_meter"
	TickName   = "tick"
)

// StackBudget is what the estimated frames of nested calls may add up to, in
// bytes. A Go function is estimated at some hundred bytes to a few thousand.
const StackBudget = 16 << 20

// MaxTable is the maximum that every table gets, in entries: growing tables is
// not bounded by the engine, and their memory not by the memory's cap.
const MaxTable = 1 << 20

// Meter returns the module with the checks that the package's comment
// describes. code is not changed. The error is an [*Error]; what is wrong
// besides what it finds is for the engine to say.
func Meter(code []byte) ([]byte, error) {
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
	out := m.write(&r)
	if r.err != nil {
		return nil, r.err
	}
	return out, nil
}

// read reads the sections that the others depend on.
func (m *module) read(r *reader) {
	m.section(r, secType, "the type section", m.readTypes)
	if !m.has(secType) {
		m.tickType = m.addType(nil)
	}
	m.section(r, secImport, "the import section", m.readImports)
	m.section(r, secFunction, "the function section", m.readFunctions)
	if g := m.sections[secGlobal]; m.has(secGlobal) {
		m.globals += g.u32()
	}
	m.tick = m.imported
	m.fuel, m.stack = m.globals, m.globals+1
}

// section reads one section, if it is there and all was well so far.
func (m *module) section(r *reader, id byte, what string, read func(*reader)) {
	if s := m.sections[id]; m.has(id) && r.err == nil {
		read(&s)
		s.finish(r, what)
	}
}

// write puts the new module together.
func (m *module) write(r *reader) []byte {
	out := make([]byte, 0, len(r.b)+len(r.b)/4+256)
	out = append(out, r.b[:8]...)
	for _, id := range sectionOrder {
		if r.err != nil {
			return nil
		}
		s := m.sections[id]
		var body []byte
		switch id {
		case secType:
			body = m.appendTypes(&s)
		case secImport:
			body = m.appendImports(&s)
		case secTable:
			body = m.appendTables(&s)
		case secMemory:
			body = m.appendMemories(&s)
		case secGlobal:
			body = m.appendGlobals(&s)
		case secExport:
			body = m.appendExports(&s)
		case secStart:
			if m.has(id) {
				body = appendU32(nil, m.shift(s.u32()))
			}
		case secElement:
			body = m.appendElements(&s)
		case secCode:
			body = m.appendCode(&s)
		case secData:
			body = m.appendData(&s)
		default:
			body = s.b[s.pos:s.end]
			s.pos = s.end
		}
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
	return out
}

func sectionName(id byte) string {
	return "the " + [...]string{"custom", "type", "import", "function", "table", "memory", "global",
		"export", "start", "element", "code", "data", "data count"}[id] + " section"
}
