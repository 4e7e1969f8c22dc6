package wasm

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	gotypes "go/types"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// docs/abi.md is all that an author of a plugin in another language has. These
// tests hold it to package abi and to this package, both ways.

// table is one of the document's tables.
type table struct {
	line   int
	header []string
	rows   []map[string]string // by the header's words
}

// has reports whether the table has the columns.
func (t *table) has(columns ...string) bool {
	for _, c := range columns {
		if !slices.Contains(t.header, c) {
			return false
		}
	}
	return true
}

func tables(t *testing.T) (all []*table) {
	t.Helper()
	text, err := os.ReadFile("../docs/abi.md")
	if err != nil {
		t.Fatal(err)
	}
	var now *table
	for n, line := range strings.Split(string(text), "\n") {
		cells, ok := cells(line)
		switch {
		case !ok:
			now = nil
		case now == nil:
			now = &table{line: n + 1, header: cells}
			all = append(all, now)
		case strings.HasPrefix(cells[0], "---"):
		case len(cells) != len(now.header):
			t.Errorf("line %d has %d cells in a table of %d", n+1, len(cells), len(now.header))
		default:
			row := make(map[string]string)
			for i, c := range cells {
				row[now.header[i]] = c
			}
			now.rows = append(now.rows, row)
		}
	}
	if len(all) < 10 {
		t.Fatalf("only %d tables were found", len(all))
	}
	return all
}

func cells(line string) ([]string, bool) {
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") {
		return nil, false
	}
	out := strings.Split(line[1:len(line)-1], "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out, true
}

// constants are the exported ones of package abi.
func constants(t *testing.T) map[string]constant.Value {
	t.Helper()
	entries, err := os.ReadDir("abi")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			f, err := parser.ParseFile(set, "abi/"+e.Name(), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	// What the package imports is not looked at: no constant depends on it.
	config := gotypes.Config{Error: func(error) {}}
	pkg, _ := config.Check("abi", set, files, nil)
	out := make(map[string]constant.Value)
	for _, name := range pkg.Scope().Names() {
		if c, ok := pkg.Scope().Lookup(name).(*gotypes.Const); ok && c.Exported() {
			out[name] = c.Val()
		}
	}
	if len(out) < 150 {
		t.Fatalf("only %d constants were found", len(out))
	}
	return out
}

// notInTables are constants that are no numbers of the ABI's own.
func notInTables(name string) bool {
	return name == "Features" || // what this host has
		strings.HasPrefix(name, "Export") || // in the table of exports
		name == "I32" || name == "I64" // WebAssembly's
}

func TestDocConstants(t *testing.T) {
	want := constants(t)
	seen := make(map[string]int)
	for _, tab := range tables(t) {
		column := slices.IndexFunc(tab.header, func(c string) bool { return c == "offset" || c == "value" || c == "bit" })
		if column < 0 {
			continue
		}
		if !tab.has("name") {
			t.Errorf("line %d: a table of numbers without names", tab.line)
			continue
		}
		for _, row := range tab.rows {
			name, number := strings.Trim(row["name"], "`"), strings.Trim(row[tab.header[column]], "`")
			value, ok := want[name]
			if !ok {
				t.Errorf("%s in the table at line %d is not in package abi", name, tab.line)
				continue
			}
			if at := seen[name]; at != 0 {
				t.Errorf("%s is in the tables at line %d and at line %d", name, at, tab.line)
			}
			seen[name] = tab.line
			if got := documented(tab.header[column], number); got != value.ExactString() && got != strings.Trim(value.ExactString(), `"`) {
				t.Errorf("%s: the document says %s %s, package abi %s", name, tab.header[column], number, value.ExactString())
			}
		}
	}
	for name := range want {
		if seen[name] == 0 && !notInTables(name) {
			t.Errorf("%s is in no table", name)
		}
	}
}

// documented returns a number of the document as Go writes the constant.
func documented(column, number string) string {
	n, err := strconv.ParseInt(number, 0, 64)
	switch {
	case err != nil:
		return number
	case column == "bit":
		return strconv.FormatInt(1<<n, 10)
	}
	return strconv.FormatInt(n, 10)
}

var inBytes = regexp.MustCompile(`^(\d+) bytes$`)

// The fields of a structure follow each other without gaps that are not padding.
func TestDocLayouts(t *testing.T) {
	sizes := map[string]int{"u8": 1, "u32": 4, "i32": 4, "u64": 8}
	ends := map[string]int{"DescSize": abi.DescriptorSize, "HdrSize": abi.HeaderSize, "TargetsVersion": abi.TargetsHeadSize, "TargetIndex": abi.TargetEntrySize}
	for _, tab := range tables(t) {
		if !tab.has("name", "offset", "type") {
			continue
		}
		first := strings.Trim(tab.rows[0]["name"], "`")
		end := 0
		for _, row := range tab.rows {
			size := sizes[row["type"]]
			if m := inBytes.FindStringSubmatch(row["type"]); m != nil {
				size, _ = strconv.Atoi(m[1])
			}
			at, err := strconv.Atoi(row["offset"])
			if size == 0 || err != nil {
				t.Fatalf("%s has type %s at %s", row["name"], row["type"], row["offset"])
			}
			if at < end || at-end > 3 {
				t.Errorf("%s is at %d, the field before it ends at %d", row["name"], at, end)
			}
			end = at + size
		}
		if want, ok := ends[first]; !ok || end != want {
			t.Errorf("the structure that begins with %s ends at %d, want %d", first, end, want)
		}
		delete(ends, first)
	}
	for first := range ends {
		t.Errorf("the structure that begins with %s is not in the document", first)
	}
}

// docSignature writes a function type as the document does.
func docSignature(f abi.Func) string {
	list := func(types []abi.ValueType) string {
		var words []string
		for _, v := range types {
			words = append(words, map[abi.ValueType]string{abi.I32: "i32", abi.I64: "i64"}[v])
		}
		return strings.Join(words, ", ")
	}
	if len(f.Results) == 1 {
		return fmt.Sprintf("(%s) -> %s", list(f.Params), list(f.Results))
	}
	return fmt.Sprintf("(%s) -> (%s)", list(f.Params), list(f.Results))
}

func TestDocFunctions(t *testing.T) {
	for kind, functions := range map[string][]abi.Func{"export": abi.Exports, "import": abi.Imports} {
		want := make(map[string]string)
		for _, f := range functions {
			want[f.Name] = docSignature(f)
		}
		if kind == "export" {
			want[abi.ExportMemory] = "memory"
		}
		for _, tab := range tables(t) {
			if !tab.has(kind, "signature") {
				continue
			}
			for _, row := range tab.rows {
				name, got := strings.Trim(row[kind], "`"), strings.Trim(row["signature"], "`")
				if w, ok := want[name]; !ok || w != got {
					t.Errorf("%s %s is %q in the document, %q in package abi", kind, name, got, w)
				}
				delete(want, name)
			}
		}
		for name := range want {
			t.Errorf("%s %s is not in the document", kind, name)
		}
	}
}

func TestDocErrnos(t *testing.T) {
	n := 0
	for _, tab := range tables(t) {
		if !tab.has("value", "spelled") {
			continue
		}
		for _, row := range tab.rows {
			v, err := strconv.Atoi(row["value"])
			if err != nil || abi.Errno(v).Error() != row["spelled"] {
				t.Errorf("%s is spelled %s in the document, %s in package abi", row["name"], row["spelled"], abi.Errno(v).Error())
			}
			n++
		}
	}
	if abi.Errno(-n).Error() != "UNKNOWN_ERRNO" || n == 0 {
		t.Errorf("%d errnos in the document; package abi has more", n)
	}
}

// What each hook may answer and each import may be called from.
func TestDocHooks(t *testing.T) {
	verdicts, imports := 0, 0
	for _, tab := range tables(t) {
		switch {
		case tab.has("name", "value", "hooks", "argument"):
			for _, row := range tab.rows {
				action, err := strconv.Atoi(row["value"])
				if err != nil {
					t.Fatal(err)
				}
				var may []string
				for _, h := range []struct {
					hook hook
					word string
				}{{hookQuery, "query"}, {hookRoute, "route"}, {hookReply, "reply"}, {hookEvent, "event"}} {
					if hooks[h.hook].actions&(1<<action) != 0 {
						may = append(may, h.word)
					}
				}
				if got := strings.Join(may, ", "); got != row["hooks"] {
					t.Errorf("%s is for %q in the document, for %q here", row["name"], row["hooks"], got)
				}
				verdicts++
			}
		case tab.has("import", "hooks"):
			words := map[string]phase{"any": phaseAny, "session": phaseSession, "command": phaseCommand, "query": phaseQuery, "open": phaseOpen,
				"init, open": phaseInit | phaseOpen, "command, event": phaseCommand | phaseEvent, "session but close": phaseSession &^ phaseClose}
			for _, row := range tab.rows {
				if p, ok := words[row["hooks"]]; !ok || p != provided[strings.Trim(row["import"], "`")].phases {
					t.Errorf("%s may not be called from %q, or not only", row["import"], row["hooks"])
				}
				imports++
			}
		}
	}
	if verdicts != 12 || imports != len(provided) {
		t.Errorf("%d verdicts and %d imports in the document", verdicts, imports)
	}
}

// The functions of WASI that do something.
func TestDocWASI(t *testing.T) {
	left := make(map[string]bool)
	for name := range wasiImports {
		left[name] = true
	}
	for _, tab := range tables(t) {
		if !tab.has("WASI function") {
			continue
		}
		for _, row := range tab.rows {
			for _, name := range strings.Split(row["WASI function"], " ") {
				if name = strings.Trim(name, "`,"); !left[name] {
					t.Errorf("WASI's %s is not provided, or twice in the document", name)
				}
				delete(left, name)
			}
		}
	}
	for name := range left {
		t.Errorf("WASI's %s is not in the document", name)
	}
}
