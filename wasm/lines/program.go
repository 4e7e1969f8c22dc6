package lines

// header is the beginning of a table of lines: how its program is to be read, and
// where the names of files are.
type header struct {
	*Table
	format
	program     cursor
	names       cursor // directories, then files
	step        uint64 // bytes that an address advances by
	lineBase    int64
	lineRange   uint8
	opcodeBase  uint8
	parameters  []byte // how many each standard opcode has, from opcode 1 on
	directory   string // that the compiler ran in, before version 5
	constantAdd uint64
}

// header reads that of a unit's table.
func (t *Table) header(u *unit) (h header, ok bool) {
	list := u.root.attr[atStmtList]
	if list.form == 0 {
		return h, false
	}
	c := t.at(t.line, list.n)
	h = header{Table: t, format: u.format, directory: u.text(u.root.attr[atCompDir])}
	h.wide, _ = c.length()
	if h.version = int(c.fixed(2)); h.version >= 5 {
		h.addressSize = int(c.byte())
		c.byte() // size of a segment selector
	}
	size := c.offset(h.wide)
	if c.bad || h.version < 2 || h.version > 5 || size > uint64(c.end-c.pos) {
		return h, false
	}
	h.program = c
	h.program.pos += int(size)
	c.end = h.program.pos
	h.step = c.fixed(1)
	if h.version >= 4 {
		c.byte() // operations of an instruction
	}
	c.byte() // whether rows are statements at first
	h.lineBase = int64(int8(c.byte()))
	h.lineRange, h.opcodeBase = c.byte(), c.byte()
	if c.bad || h.lineRange == 0 || h.opcodeBase == 0 {
		return h, false
	}
	h.parameters = c.take(uint64(h.opcodeBase) - 1)
	h.constantAdd = uint64((255 - h.opcodeBase) / h.lineRange)
	h.names = c
	return h, !c.bad
}

// row is a row of the table.
type row struct {
	file   uint64
	line   uint32
	column uint32
}

// state is the program's.
type state struct {
	row
	address uint64
	dead    bool // the rows are of code that is not there
	begun   bool // there was a row in this sequence
	last    row
	from    uint64 // the last row's address
}

// run goes through the table and notes the rows of the offsets that are looked for,
// and says whether there are any. A row is for all code up to the next.
func (s *search) run(h *header) (any bool) {
	fresh := state{row: row{file: 1, line: 1}, dead: true}
	st, c := fresh, h.program
	emit := func() {
		if st.begun && !st.dead && st.from < st.address {
			first, last := s.within(st.from, st.address)
			for ; first < last; first++ {
				if f := &s.found[first]; !f.known {
					f.row, f.known, f.fresh, any = st.last, true, true, true
				}
			}
		}
		st.begun, st.last, st.from = true, st.row, st.address
	}
	for c.more() {
		op := c.byte()
		switch {
		case op >= h.opcodeBase:
			op -= h.opcodeBase
			st.address += uint64(op/h.lineRange) * h.step
			st.line += uint32(h.lineBase + int64(op%h.lineRange))
			emit()
		case op == 0:
			size := c.uleb()
			if size == 0 || size > uint64(c.end-c.pos) {
				return any
			}
			next := c.pos + int(size)
			switch c.byte() {
			case 1: // the sequence ends
				emit()
				st = fresh
			case 2: // an address
				st.address = c.fixed(min(int(size-1), 8))
				st.dead = dead(st.address)
			}
			c.pos = next
		default:
			h.standard(op, &st, &c, emit)
		}
	}
	return any
}

// standard runs a standard opcode.
func (h *header) standard(op uint8, st *state, c *cursor, emit func()) {
	switch op {
	case 1:
		emit()
	case 2:
		st.address += c.uleb() * h.step
	case 3:
		st.line += uint32(c.sleb())
	case 4:
		st.file = c.uleb()
	case 5:
		st.column = uint32(c.uleb())
	case 8:
		st.address += h.constantAdd * h.step
	case 9:
		st.address += c.fixed(2)
	default:
		for range h.parameters[op-1] {
			c.uleb()
		}
	}
}
