package lines

import (
	"slices"
	"sort"

	"github.com/penstock-db/penstock/wasm/binary"
)

const (
	// MaxSize is the most that a module's debug sections may have together, in
	// bytes. There are no lines for a module with more.
	MaxSize = 64 << 20

	// findWork and totalWork bound what a module's sections can cost, whatever is in
	// them: one Find, and all of a Table's. The unit is reading a number, some ten
	// nanoseconds.
	findWork  = 32 << 20
	totalWork = 1 << 30

	// maxText is how much of a name is read, in bytes.
	maxText = 512
	// maxInlined is how many functions deep inlining is followed.
	maxInlined = 64
)

// Place is a place in a source file.
type Place struct {
	// Function is the name of the function whose code is there if the compiler
	// has inlined it into another, as the source has it but without the arguments
	// of a generic one. It is empty if it is the
	// WebAssembly function's own.
	Function string
	File     string // as the compiler wrote it, with the directory that it ran in before a relative name
	Line     uint32 // 0: not of any line in particular
	Column   uint32 // counted from one; 0: not known
}

// Table answers where code comes from. It refers to the module's bytes and has
// read next to nothing of them: that happens in Find. It is not safe for
// concurrent use.
type Table struct {
	info, abbrev, line, str, lineStr, strOffsets, addr, ranges, rngLists []byte

	work work
	left int // of totalWork
}

// Open finds the debug sections of a module. It returns nil if there are none that
// say anything of lines, or more than MaxSize of them. The module must not be
// changed as long as the table is in use.
func Open(module []byte) *Table {
	t := &Table{left: totalWork}
	size := 0
	for s, err := range binary.Sections(module) {
		if err != nil {
			return nil
		}
		if p := t.section(s.Name); p != nil {
			*p = s.Body
			size += len(s.Body)
		}
	}
	if len(t.info) == 0 || len(t.abbrev) == 0 || len(t.line) == 0 || size > MaxSize {
		return nil
	}
	return t
}

// section is where a custom section belongs; nil if it is of no use here.
func (t *Table) section(name string) *[]byte {
	switch name {
	case ".debug_info":
		return &t.info
	case ".debug_abbrev":
		return &t.abbrev
	case ".debug_line":
		return &t.line
	case ".debug_str":
		return &t.str
	case ".debug_line_str":
		return &t.lineStr
	case ".debug_str_offsets":
		return &t.strOffsets
	case ".debug_addr":
		return &t.addr
	case ".debug_ranges":
		return &t.ranges
	case ".debug_rnglists":
		return &t.rngLists
	}
	return nil
}

// search is one Find.
type search struct {
	*Table
	codes []uint32 // offsets, ascending
	found []finding
}

// finding is what is known of one offset.
type finding struct {
	row
	known   bool
	fresh   bool   // it has become known in the unit that is being read
	inlined []call // of the function that the code is in, the outermost first
}

// Find says where the code at offsets in the code section's content is from: for
// each of them the innermost place first, followed by those where it was inlined. An
// offset of which nothing can be found out has no places. All offsets that are
// of interest should be asked for at once: what is read is read once.
func (t *Table) Find(offsets []uint32) [][]Place {
	budget := min(findWork, t.left)
	t.work = work(budget)
	s := search{Table: t, codes: slices.Compact(slices.Sorted(slices.Values(offsets)))}
	s.found = make([]finding, len(s.codes))
	places := make([][]Place, len(s.codes))
	for u := range t.units() {
		if !s.covered(&u) {
			continue
		}
		h, ok := t.header(&u)
		if !ok {
			continue
		}
		if !s.run(&h) {
			continue
		}
		s.inlining(&u)
		for n := range s.found {
			if f := &s.found[n]; f.fresh {
				f.fresh, places[n] = false, t.places(&u, &h, f)
			}
		}
	}
	t.left -= budget - max(int(t.work), 0)
	all := make([][]Place, len(offsets))
	for n, o := range offsets {
		at, _ := slices.BinarySearch(s.codes, o)
		all[n] = places[at]
	}
	return all
}

// within returns which of the offsets are in a range: from first to before last.
func (s *search) within(low, high uint64) (first, last int) {
	first = sort.Search(len(s.codes), func(n int) bool { return uint64(s.codes[n]) >= low })
	for last = first; last < len(s.codes) && uint64(s.codes[last]) < high; last++ {
	}
	return first, last
}

// covered says whether any of the offsets may be in the unit.
func (s *search) covered(u *unit) bool {
	any, ranges := false, false
	u.eachRange(&u.root, func(low, high uint64) {
		first, last := s.within(low, high)
		any, ranges = any || first < last, true
	})
	return any || !ranges && u.root.attr[atRanges].form == 0
}

// places makes a list of what was found.
func (t *Table) places(u *unit, h *header, f *finding) []Place {
	list := []Place{{File: h.file(u, f.file), Line: f.line, Column: f.column}}
	for n := len(f.inlined) - 1; n >= 0; n-- {
		c := &f.inlined[n]
		list[len(list)-1].Function = t.name(u, c.entry)
		list = append(list, Place{File: h.file(u, c.file), Line: c.line, Column: c.column})
	}
	return list
}
