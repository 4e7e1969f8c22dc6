package sql

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// modes are the modes that the fuzz targets and the properties run through.
var modes = func() (all []Mode) {
	for i := range charsets {
		all = append(all, Mode{Charset: Charset(i)})
	}
	for _, name := range []string{"utf8mb4", "sjis", "gbk", "latin1"} {
		cs, _ := CharsetByName(name)
		all = append(all,
			Mode{Charset: cs, ANSIQuotes: true, Version: 101119},
			Mode{Charset: cs, NoBackslashEscapes: true, Version: 80036},
			Mode{Charset: cs, ANSIQuotes: true, Brackets: true, NoBackslashEscapes: true})
	}
	return all
}()

// seed adds the statements of the golden files to a fuzz target's corpus.
func seed(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no golden files", err)
	}
	n := uint8(0)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			if line == "" || strings.HasPrefix(line, "→") || line[0] == '@' || strings.HasPrefix(line, "##") {
				continue
			}
			if stmt, err := strconv.Unquote(`"` + strings.ReplaceAll(line, `"`, `\"`) + `"`); err == nil {
				f.Add([]byte(stmt), n)
				n++
			}
		}
	}
}

// FuzzLexer: the tokens cover the statement without gap, and none is empty.
func FuzzLexer(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, stmt []byte, mode uint8) {
		var l lexer
		l.reset(stmt, modes[int(mode)%len(modes)])
		at := 0
		for {
			tok := l.scan()
			if int(tok.start) != at || int(tok.end) < at || int(tok.end) > len(stmt) {
				t.Fatalf("token %+v does not follow %d", tok, at)
			}
			if tok.kind == kindEnd {
				break
			}
			if int(tok.end) == at {
				t.Fatalf("token %+v is empty", tok)
			}
			at = int(tok.end)
		}
		if at != len(stmt) {
			t.Fatalf("the tokens end at %d of %d", at, len(stmt))
		}
	})
}

// FuzzClassify: a class is never empty, what is unknown is a write, a read
// that only the primary answers is no read for anybody.
func FuzzClassify(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, stmt []byte, mode uint8) {
		m := modes[int(mode)%len(modes)]
		c := Classify(stmt, m)
		const (
			read, write, primary = 1 << 0, 1 << 1, 1 << 2
			multi, unknown       = 1 << 22, 1 << 35
		)
		switch {
		case c.Type == 0:
			t.Fatal("no type")
		case c.Type&unknown != 0 && c.Type&write == 0:
			t.Fatalf("unknown and no write: %s", c.describe())
		case c.Type&multi == 0 && c.Type&read != 0 && c.Type&(write|primary) != 0:
			t.Fatalf("read and write: %s", c.describe())
		case int(c.Operation) >= len(operationNames):
			t.Fatalf("operation %d", c.Operation)
		}
		ParseKill(stmt, m)
		ParseHint(stmt, m)
		for _, name := range Tables(stmt, m) {
			if len(name) > 2*len(stmt) {
				t.Fatalf("table %q", name)
			}
		}
		changes := SessionChanges(stmt, m)
		if (changes.SetCharset || changes.SetSQLMode) && c.Type&(1<<3) == 0 {
			t.Fatalf("changes the mode %+v, but is classified %s", changes, c.describe())
		}
	})
}

// FuzzCanonical: the canonical text of a canonical text is itself, its digest
// is stable, dst is kept, and no string or number is in it.
func FuzzCanonical(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, stmt []byte, mode uint8) {
		m := modes[int(mode)%len(modes)]
		before := bytes.Clone(stmt)
		once := Canonical([]byte("kept"), stmt, m)
		if !bytes.HasPrefix(once, []byte("kept")) {
			t.Fatalf("dst is lost: %q", once)
		}
		once = once[len("kept"):]
		if !bytes.Equal(stmt, before) {
			t.Fatal("the statement was changed")
		}
		twice := Canonical(nil, once, m)
		if !bytes.Equal(once, twice) {
			t.Fatalf("not idempotent:\n%q\n%q\n%q", stmt, once, twice)
		}
		if Digest(once) != Digest(twice) {
			t.Fatal("the digest is not stable")
		}
		var l lexer
		l.reset(once, m)
		for {
			tok := l.scan()
			if tok.kind == kindEnd {
				break
			}
			if tok.kind == kindString || tok.kind == kindNumber || tok.kind == kindNull || tok.kind == kindComment {
				t.Fatalf("%q has %q left", once, once[tok.start:tok.end])
			}
		}
	})
}

// FuzzLiterals: no literal of a statement leaks into its canonical text.
func FuzzLiterals(f *testing.F) {
	for _, s := range []string{"x", "it's", `\`, `'`, `\'`, "a*/b", "-- ", "#", "é", "\x83\x5c", "\xbf\x27"} {
		f.Add(s, uint8(0), uint8(0))
	}
	templates := []string{
		"SELECT %", "SELECT a FROM t WHERE b = % AND c IN (%, %)", "INSERT INTO t VALUES (%), (%)", "SET PASSWORD = %",
		"CREATE USER %@% IDENTIFIED BY %", "SELECT /*! % */ 1", "SELECT /*!99999 % */ 1", "SELECT x%, N%, _utf8%", "SELECT @a := %",
		"SELECT % % FROM t", "CALL p(%); SELECT %", "/* % */ SELECT 1", "SELECT `a`, % -- x\n, %",
	}
	f.Fuzz(func(t *testing.T, value string, template, mode uint8) {
		m := modes[int(mode)%len(modes)]
		const mark = "SECRETZ"
		quoted := "'" + mark + escape(value, m) + mark + "'"
		text := strings.ReplaceAll(templates[int(template)%len(templates)], "%", quoted)
		got := Canonical(nil, []byte(text), m)
		if bytes.Contains(got, []byte(mark)) {
			t.Fatalf("%q leaks from %q: %q", value, text, got)
		}
	})
}

// escape makes the inside of a string literal of value as a client does.
func escape(value string, m Mode) string {
	var out []byte
	for i := 0; i < len(value); i++ {
		c := value[i]
		if n := charsets[m.Charset].multi.length([]byte(value[i:])); n > 1 {
			out = append(out, value[i:i+n]...)
			i += n - 1
			continue
		}
		if c >= 0x80 && charsets[m.Charset].multi != multiNone || c == '*' || unicode.IsControl(rune(c)) {
			continue // malformed, or the end of a comment
		}
		if c == '\\' && !m.NoBackslashEscapes {
			out = append(out, '\\')
		}
		if c == '\'' {
			out = append(out, '\'')
		}
		out = append(out, c)
	}
	return string(out)
}
