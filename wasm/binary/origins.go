package binary

import "sort"

// Origins says where the instructions of a rewritten module have come from. Code
// between two of its entries has been copied as it was.
type Origins []origin

// origin is where a stretch of code begins, in the rewritten module and in the one
// that was given to [Rewrite]. Offsets are those that debuggers use: from the
// beginning of what is in the code section.
type origin struct{ now, before uint32 }

// added is the origin of code that was not there before. No instruction is at
// that offset: the number of functions is.
const added = 0

// Of returns the offset that an instruction had, and false if it belongs to a
// function that was added. A check that was put before an instruction, or in
// its place, counts as that instruction.
func (o Origins) Of(now uint32) (before uint32, ok bool) {
	n := sort.Search(len(o), func(n int) bool { return o[n].now > now })
	if n == 0 || o[n-1].before == added {
		return 0, false
	}
	before = o[n-1].before + now - o[n-1].now
	if n < len(o) && o[n].before != added {
		// Not into what comes next, unless that is the same instruction's.
		before = max(o[n-1].before, min(before, o[n].before-1))
	}
	return before, true
}

// origins notes them while code is written. The zero value notes nothing.
type origins struct {
	on    bool
	base  int // where what is in the code section begins, in the module that is read
	first int // of list: the beginning of the body that is being written
	list  Origins
	last  origin // the last that was noted, also if it said nothing new
}

// note says that what is written next, at an offset in the body, comes from an
// instruction at an offset in the module that is read.
func (o *origins) note(out, in int) {
	if !o.on {
		return
	}
	e, last := origin{uint32(out), uint32(in - o.base)}, o.last
	o.last = e
	if n := len(o.list); n > o.first {
		if e.now-last.now == e.before-last.before {
			return // nothing has come between, or there is no change
		}
		if o.list[n-1] != last {
			o.list = append(o.list, last)
		}
	}
	o.list = append(o.list, e)
}

// place moves the entries of the body that has been written to where it stands
// in the code section.
func (o *origins) place(at int) {
	for n := range o.list[o.first:] {
		o.list[o.first+n].now += uint32(at)
	}
	o.first = len(o.list)
}

// end says that all that follows, from an offset in the code section on, has
// been added.
func (o *origins) end(at int) {
	if o.on {
		o.list = append(o.list, origin{uint32(at), added})
	}
}

// stubs are debug sections that say of all code that it comes from a file with
// the name stubName. They make the engine note in compiled code which
// instruction it comes from, and say so in the trace of a trap; without any it
// does not. What the module's own sections say of it would be wrong, and it is
// for the host to look at those if a trap ever happens ([Origins]).
var stubs = []struct {
	name string
	data []byte
}{
	{".debug_abbrev", []byte{
		1, 0x11, 0, // 1: a compile unit without children
		0x10, 0x06, // statements: data4
		0x11, 0x01, 0x12, 0x01, // low and high PC: addresses
		0, 0, 0}},
	{".debug_info", []byte{
		20, 0, 0, 0, 4, 0, 0, 0, 0, 0, 4, // length, version 4, abbreviations, address size
		1, 0, 0, 0, 0, 1, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff}},
	{".debug_line", append(append([]byte{
		45, 0, 0, 0, 2, 0, // length, version 2
		21, 0, 0, 0, // the header's length
		1, 1, 0, 1, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1, // the state machine
		0}, // directories
		append([]byte(StubName), 0, 0, 0, 0, 0)...),
		0, 5, 2, 1, 0, 0, 0, 1, // all from 1 on
		0, 5, 2, 0xf0, 0xff, 0xff, 0xff, 0, 1, 1)},
}

// StubName is the file that a rewritten module with [Module.Origins] says its code
// is from.
const StubName = "?"

// appendStubs adds the sections to a module.
func appendStubs(dst []byte) []byte {
	for _, s := range stubs {
		body := append(appendName(nil, s.name), s.data...)
		dst = append(appendU32(append(dst, secCustom), uint32(len(body))), body...)
	}
	return dst
}
