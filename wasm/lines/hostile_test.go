package lines

import (
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// module makes a module of custom sections: names and contents by turns.
func module(sections ...string) []byte {
	m := []byte("\x00asm\x01\x00\x00\x00")
	for n := 0; n < len(sections); n += 2 {
		body := append(binary.AppendUvarint(nil, uint64(len(sections[n]))), sections[n]+sections[n+1]...)
		m = append(binary.AppendUvarint(append(m, 0), uint64(len(body))), body...)
	}
	return m
}

// sized puts the length of 32 bits before a unit.
func sized(parts ...string) string {
	body := strings.Join(parts, "")
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
}

const huge = "\xff\xff\xff\xff\xff\xff\xff\x7f" // an unsigned LEB128 number

const (
	// A compile unit without children: statements, low and high PC; and one with
	// ranges instead.
	plainUnit = "\x01\x11\x00\x10\x17\x11\x01\x12\x01\x00\x00"
	manyRange = "\x02\x11\x00\x10\x17\x55\x17\x00\x00"
	// One with children, and children that do not end: functions with ranges.
	endless  = "\x03\x11\x01\x10\x17\x11\x01\x12\x01\x00\x00\x04\x2e\x01\x55\x17\x00\x00"
	abbrevs  = plainUnit + manyRange + endless + "\x00"
	everyPC  = "\x01\x00\x00\x00\xf0\xff\xff\xff" // low and high
	nowhere  = "\x00\x00\x00\x00"                 // an offset
	head4    = "\x04\x00\x00\x00\x00\x00\x04"
	machine4 = "\x01\x01\x01\xfb\x0e\x0d\x00\x01\x01\x01\x01\x00\x00\x00\x01\x00\x00\x01"
	oneRow   = "\x00\x05\x02\x10\x00\x00\x00\x01" // an address and a copy
	endOf    = "\x02\x10\x00\x01\x01"             // advance, and the sequence ends
)

func info(body string) string { return sized(head4, body) }

// table4 is a table of lines of version 4 with a program.
func table4(names, program string) string {
	rest := machine4 + names
	return sized("\x04\x00", string(binary.LittleEndian.AppendUint32(nil, uint32(len(rest)))), rest, program)
}

// table5 is one of version 5.
func table5(names, program string) string {
	rest := machine4 + names
	return sized("\x05\x00\x04\x00", string(binary.LittleEndian.AppendUint32(nil, uint32(len(rest)))), rest, program)
}

// What cannot be true is not known. It takes neither memory nor time nor the
// process.
func TestHostile(t *testing.T) {
	names := "\x00a.c\x00\x00\x00\x00\x00"
	file := func(n string) string {
		return "\x00\x05\x02\x10\x00\x00\x00\x04" + n + "\x01" + "\x02\x10" + "\x00\x01\x01"
	}
	for name, m := range map[string][]byte{
		"well":                    module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line", table4(names, file("\x01"))),
		"file 2^55":               module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line", table4(names, file(huge))),
		"file -1":                 module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line", table4(names, file("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))),
		"directory -1":            module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line", table4("\x00a.c\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00", file("\x01"))),
		"2^55 directories":        module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line", table5("\x00"+huge, file("\x01"))),
		"2^55 empty directories":  module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line", table5("\x01\x01\x19"+huge, file("\x01"))),
		"lines elsewhere":         module(".debug_abbrev", abbrevs, ".debug_info", info("\x01\xff\xff\xff\x7f"+everyPC), ".debug_line", table4(names, file("\x01"))),
		"abbreviations elsewhere": module(".debug_abbrev", abbrevs, ".debug_info", sized("\x04\x00\xff\xff\xff\x7f\x04\x01"+nowhere+everyPC), ".debug_line", table4(names, file("\x01"))),
		"units of length 0":       module(".debug_abbrev", abbrevs, ".debug_info", strings.Repeat(nowhere, 1<<20), ".debug_line", table4(names, file("\x01"))),
		"a longer unit":           module(".debug_abbrev", abbrevs, ".debug_info", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"+head4, ".debug_line", table4(names, file("\x01"))),
		"no end":                  module(".debug_abbrev", plainUnit[:len(plainUnit)-1], ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line", table4(names, file("\x01"))),
		"the same ranges 2^17 times": module(".debug_abbrev", abbrevs, ".debug_ranges", strings.Repeat(everyPC, 1<<18),
			".debug_info", info("\x03"+nowhere+everyPC+strings.Repeat("\x04"+nowhere, 1<<17)), ".debug_line", table4(names, file("\x01"))),
		"2^16 units with the same ranges": module(".debug_abbrev", abbrevs, ".debug_ranges", strings.Repeat("\xff\xff\xff\x0f\xff\xff\xff\x1f", 1<<18),
			".debug_info", strings.Repeat(info("\x02"+nowhere+nowhere), 1<<16), ".debug_line", table4(names, file("\x01"))),
		"2^16 units with the same lines": module(".debug_abbrev", abbrevs, ".debug_info", strings.Repeat(info("\x01"+nowhere+everyPC), 1<<16),
			".debug_line", table4(names, strings.Repeat("\x13", 1<<18))),
		"a name of 2^20 bytes": module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line",
			table4("\x00"+strings.Repeat("a", 1<<20)+"\x00\x00\x00\x00\x00", file("\x01"))),
	} {
		t.Run(name, func(t *testing.T) {
			table := Open(m)
			if table == nil {
				t.Fatal("it has no debug sections")
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			places := table.Find([]uint32{0x12, 0x12, 0x1f})
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("%d bytes were allocated", n)
			}
			if table.left < totalWork-findWork-1000 {
				t.Errorf("%d numbers were read", totalWork-table.left)
			}
			if name == "well" && (len(places[0]) != 1 || places[0][0] != Place{File: "a.c", Line: 1}) {
				t.Errorf("got %v", places)
			}
			for _, p := range slices.Concat(places...) {
				if len(p.File) > 2*maxText {
					t.Errorf("a name of %d bytes", len(p.File))
				}
			}
		})
	}
}

// A text that does not end is looked through all the same, each time that
// something refers to it.
func TestEndlessText(t *testing.T) {
	table := &Table{work: findWork}
	for range 3 {
		if got := table.textAt(make([]byte, 0), 0); got != "" {
			t.Errorf("of nothing: %q", got)
		}
		if got := table.textAt([]byte(strings.Repeat("a", 8000)), 0); got != "" {
			t.Errorf("got %q", got)
		}
	}
	if spent := findWork - int(table.work); spent < 3*1000 {
		t.Errorf("to look through 24000 bytes was taken for reading %d numbers", spent)
	}
}

// What a module may cost in all is bounded too.
func TestTotalWork(t *testing.T) {
	table := Open(module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"+nowhere+everyPC), ".debug_line",
		table4("\x00a.c\x00\x00\x00\x00\x00", oneRow+endOf)))
	table.left = 200
	if got := table.Find([]uint32{0x10}); len(got[0]) != 1 {
		t.Fatalf("got %v", got)
	}
	for range 10 {
		table.Find([]uint32{0x10})
	}
	if got := table.Find([]uint32{0x10}); len(got[0]) != 0 || table.left != 0 {
		t.Errorf("got %v with %d left", got, table.left)
	}
}

func TestOpen(t *testing.T) {
	line := table4("\x00a.c\x00\x00\x00\x00\x00", oneRow)
	for name, m := range map[string][]byte{
		"no sections":  module(),
		"no lines":     module(".debug_abbrev", abbrevs, ".debug_info", info("\x01")),
		"no magic":     nil,
		"too much":     module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"), ".debug_line", line, ".debug_str", strings.Repeat("a", MaxSize)),
		"cut off":      module(".debug_abbrev", abbrevs, ".debug_info", info("\x01"), ".debug_line", line)[:60],
		"others' only": module("name", "", ".debug_loc", "a"),
	} {
		if Open(m) != nil {
			t.Errorf("%s: there is a table", name)
		}
	}
}

// FuzzFind is given sections: what makes a module of them is not worth the fuzzer's time.
func FuzzFind(f *testing.F) {
	f.Add([]byte(info("\x01"+nowhere+everyPC)), []byte(abbrevs), []byte(table4("\x00a.c\x00\x00\x00\x00\x00", oneRow+endOf)), []byte("a\x00"), []byte(everyPC), uint32(0x10))
	f.Add([]byte(info("\x01"+nowhere+everyPC)), []byte(abbrevs),
		[]byte(table5("\x01\x01\x08\x01d\x00\x02\x01\x08\x02\x0b\x01a.c\x00\x00", oneRow+endOf)), []byte("a\x00"), []byte(everyPC), uint32(0x10))
	f.Fuzz(func(t *testing.T, info, abbrev, line, text, numbers []byte, offset uint32) {
		table := &Table{info: info, abbrev: abbrev, line: line, str: text, lineStr: text,
			strOffsets: numbers, addr: numbers, ranges: numbers, rngLists: numbers, left: totalWork}
		offsets := []uint32{offset, offset + 1, offset + 40, offset}
		places := table.Find(offsets)
		if len(places) != len(offsets) {
			t.Fatalf("%d answers", len(places))
		}
		if !slices.Equal(places[0], places[3]) {
			t.Errorf("%v and %v of the same offset", places[0], places[3])
		}
		for _, list := range places {
			if len(list) > maxInlined+1 {
				t.Errorf("%d places", len(list))
			}
		}
		if totalWork-table.left > findWork+1<<20 {
			t.Errorf("it took %d numbers", totalWork-table.left)
		}
	})
}
