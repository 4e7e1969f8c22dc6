package lines

import "iter"

// format is how numbers in a unit, or in a table of lines, are written.
type format struct {
	version     int
	wide        bool // offsets have 64 bits
	addressSize int
}

// unit is what was compiled from one source file, mostly.
type unit struct {
	*Table
	format
	entries cursor // all of them, the root first
	start   int    // of its header in .debug_info
	abbrevs uint64 // offset of its abbreviations
	root    entry
	known   map[uint64]abbreviation // filled when it is walked through

	addrBase, strBase, rngBase uint64
}

// The kinds of units that have a kind.
const (
	unitCompile  = 1
	unitPartial  = 3
	unitSkeleton = 4
)

// units goes through all units that can be read.
func (t *Table) units() iter.Seq[unit] {
	return func(yield func(unit) bool) {
		c := t.at(t.info, 0)
		for c.more() {
			u, next, ok := t.unit(c)
			if ok && !yield(u) {
				return
			}
			c.pos = next
		}
	}
}

// unit reads a unit's header and its root.
func (t *Table) unit(c cursor) (u unit, next int, ok bool) {
	u = unit{Table: t, start: c.pos}
	u.wide, next = c.length()
	u.version = int(c.fixed(2))
	kind := uint8(unitCompile)
	if u.version >= 5 {
		kind, u.addressSize = c.byte(), int(c.byte())
	}
	u.abbrevs = c.offset(u.wide)
	if u.version < 5 {
		u.addressSize = int(c.byte())
	}
	if kind == unitSkeleton {
		c.fixed(8) // its ID
	}
	if c.bad || u.version < 2 || u.version > 5 || u.addressSize > 8 ||
		kind != unitCompile && kind != unitPartial && kind != unitSkeleton {
		return u, next, false
	}
	u.entries = c
	root, ok := u.next(&c)
	u.addrBase, u.strBase, u.rngBase = root.attr[atAddrBase].n, root.attr[atStrOffsetsBase].n, root.attr[atRnglistsBase].n
	u.root = root
	return u, next, ok && root.tag != 0
}

// unitOf returns the unit that something in .debug_info belongs to.
func (t *Table) unitOf(offset int) (unit, bool) {
	for u := range t.units() {
		if u.start < offset && offset < u.entries.end {
			return u, true
		}
	}
	return unit{}, false
}

// abbreviation says what an entry is and has.
type abbreviation struct {
	tag      uint64
	children bool
	attrs    int // where the list of attributes and forms begins, in .debug_abbrev
}

// readAbbreviation reads one of a unit's list and goes past it. Its code is zero
// at the list's end.
func readAbbreviation(c *cursor) (code uint64, a abbreviation) {
	if code = c.uleb(); code == 0 {
		return 0, a
	}
	a = abbreviation{tag: c.uleb(), children: c.byte() != 0, attrs: c.pos}
	for c.more() {
		attr, form := c.uleb(), c.uleb()
		if form == formImplicitConst {
			c.sleb()
		}
		if attr == 0 && form == 0 {
			return code, a
		}
	}
	return 0, a
}

// abbreviation returns the one with a code.
func (u *unit) abbreviation(code uint64) (abbreviation, bool) {
	if u.known != nil {
		a, ok := u.known[code]
		return a, ok
	}
	c := u.at(u.abbrev, u.abbrevs)
	for c.more() {
		got, a := readAbbreviation(&c)
		if got == code {
			return a, true
		}
		if got == 0 {
			break
		}
	}
	return abbreviation{}, false
}

// learn reads all abbreviations, for a walk through the unit.
func (u *unit) learn() {
	known := map[uint64]abbreviation{}
	c := u.at(u.abbrev, u.abbrevs)
	for c.more() {
		code, a := readAbbreviation(&c)
		if code == 0 {
			break
		}
		if _, ok := known[code]; !ok {
			known[code] = a
		}
	}
	u.known = known
}
