package lines

import (
	"debug/dwarf"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// guest compiles a guest. The compilers are Debian's, as everywhere in the tests.
func guest(t testing.TB, source string, flags ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "guest.wasm")
	args := []string{"/usr/bin/clang", "--target=wasm32", "-nostdlib", "-Wl,--no-entry"}
	if strings.HasSuffix(source, ".rs") {
		args = []string{"/usr/bin/rustc", "--edition=2021", "--target=wasm32-unknown-unknown", "--crate-type=cdylib"}
	}
	args = append(append(args, flags...), "-o", file, source)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = "testdata"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// guests are compiled in all ways that compilers have.
var guests = map[string][]string{
	"C, DWARF 2":       {"guest.c", "-O2", "-gdwarf-2"},
	"C, DWARF 3":       {"guest.c", "-O2", "-gdwarf-3"},
	"C, DWARF 4":       {"guest.c", "-O2", "-gdwarf-4"},
	"C, DWARF 5":       {"guest.c", "-O2", "-gdwarf-5"},
	"C, not optimised": {"guest.c", "-gdwarf-5"},
	"C, lines only":    {"guest.c", "-O2", "-gline-tables-only"},
	"C, relative":      {"guest.c", "-O2", "-gdwarf-5", "-fdebug-compilation-dir=."},
	"Rust":             {"guest.rs", "-O", "-g"},
	"Rust, no opt":     {"guest.rs", "-g"},
}

// peer is what the standard library makes of an offset.
type peer struct {
	file      string
	line, col int
	calls     []int64 // the lines of the calls that were inlined, the innermost first
}

// readPeers has the standard library read a module's debug information: what it says of
// the beginning and the end of the code that each row is for.
func readPeers(t *testing.T, code []byte) map[uint32]peer {
	t.Helper()
	o := Open(code)
	d, err := dwarf.New(o.abbrev, nil, nil, o.info, o.line, nil, o.ranges, o.str)
	if err != nil {
		t.Fatal(err)
	}
	for name, section := range map[string][]byte{".debug_addr": o.addr, ".debug_line_str": o.lineStr,
		".debug_str_offsets": o.strOffsets, ".debug_rnglists": o.rngLists} {
		if err := d.AddSection(name, section); err != nil {
			t.Fatal(err)
		}
	}
	peers := map[uint32]peer{}
	r := d.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		switch e.Tag {
		case dwarf.TagCompileUnit:
			readRows(t, d, e, peers)
		case dwarf.TagInlinedSubroutine:
			ranges, err := d.Ranges(e)
			if err != nil {
				t.Fatal(err)
			}
			line, _ := e.Val(dwarf.AttrCallLine).(int64)
			for offset, p := range peers {
				if slices.ContainsFunc(ranges, func(r [2]uint64) bool { return r[0] != 0 && r[0] <= uint64(offset) && uint64(offset) < r[1] }) {
					p.calls = slices.Insert(p.calls, 0, line)
					peers[offset] = p
				}
			}
		}
	}
	return peers
}

// readRows notes what a unit's rows say.
func readRows(t *testing.T, d *dwarf.Data, unit *dwarf.Entry, peers map[uint32]peer) {
	t.Helper()
	rows, err := d.LineReader(unit)
	if err != nil || rows == nil {
		t.Fatal(rows, err)
	}
	var last, row dwarf.LineEntry
	begun, alive := false, false
	for {
		err := rows.Next(&row)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if !begun {
			alive = row.Address > 0 && row.Address < 1<<31
		}
		if begun && alive && last.Address < row.Address {
			p := peer{file: last.File.Name, line: last.Line, col: last.Column}
			peers[uint32(last.Address)], peers[uint32(row.Address)-1] = p, p
		}
		begun, last = !row.EndSequence, row
	}
}

// What the standard library, which is written for debug information that can be
// trusted, says of compilers' own is what Find says.
func TestPeer(t *testing.T) {
	for name, how := range guests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code := guest(t, how[0], how[1:]...)
			peers := readPeers(t, code)
			var offsets []uint32
			for o := range peers {
				offsets = append(offsets, o)
			}
			table := Open(code)
			inlined := 0
			for n, places := range table.Find(offsets) {
				want := peers[offsets[n]]
				if len(places) == 0 {
					t.Fatalf("%#x: nothing, want %v", offsets[n], want)
				}
				got := peer{file: path.Clean(places[0].File), line: int(places[0].Line), col: int(places[0].Column)}
				for _, p := range places[1:] {
					got.calls = append(got.calls, int64(p.Line))
				}
				// The library makes names shorter, and leaves out what a directory of version 5 is relative to.
				if !strings.HasSuffix(got.file, want.file) || got.line != want.line || got.col != want.col || !slices.Equal(got.calls, want.calls) {
					t.Fatalf("%#x: %v, want %v", offsets[n], places, want)
				}
				inlined += len(want.calls)
				for _, p := range places[:len(places)-1] {
					if p.Function == "" || p.File == "" {
						t.Fatalf("%#x: %v", offsets[n], places)
					}
				}
			}
			t.Logf("%d offsets, %d inlined calls, %d bytes; it took %d numbers", len(offsets), inlined, len(code), totalWork-table.left)
			if len(offsets) < 20 {
				t.Error("too few to mean anything")
			}
		})
	}
}

// BenchmarkFind is what the first trap costs that happens in a place.
func BenchmarkFind(b *testing.B) {
	for _, name := range []string{"C, DWARF 5", "Rust"} {
		b.Run(name, func(b *testing.B) {
			code := guest(b, guests[name][0], guests[name][1:]...)
			table := Open(code)
			offsets := []uint32{0x20, 0x50, 0x60, 0x100, 0x200, 0x400, 0x1000, 0x2000, 0x4000, 0x8000}
			b.ReportAllocs()
			for b.Loop() {
				table.left = totalWork
				table.Find(offsets)
			}
			b.ReportMetric(float64(totalWork-table.left), "numbers")
		})
	}
}

// BenchmarkOpen is what loading a module costs for it.
func BenchmarkOpen(b *testing.B) {
	code := guest(b, guests["Rust"][0], guests["Rust"][1:]...)
	b.ReportAllocs()
	for b.Loop() {
		Open(code)
	}
}
