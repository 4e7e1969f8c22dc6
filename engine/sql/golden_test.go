package sql

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden runs f over the statements of testdata/name: lines "@mode …" set the
// mode, lines with # are comments, every other line is a statement (with
// \n, \x00 … escaped as in Go), followed by a line "→ result" per result.
func golden(t *testing.T, name string, f func(stmt []byte, m Mode) string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var m Mode
	for i, line := range strings.Split(strings.TrimSuffix(string(old), "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "→"):
			continue
		case strings.HasPrefix(line, "@mode"):
			m = parseMode(t, line[len("@mode"):])
			out.WriteString(line + "\n")
			continue
		case line == "" || strings.HasPrefix(line, "##"):
			out.WriteString(line + "\n")
			continue
		}
		out.WriteString(line + "\n")
		stmt, err := strconv.Unquote(`"` + strings.ReplaceAll(line, `"`, `\"`) + `"`)
		if err != nil {
			t.Fatalf("%s:%d: %v", path, i+1, err)
		}
		out.WriteString("→ " + f([]byte(stmt), m) + "\n")
	}
	if bytes.Equal(out.Bytes(), old) {
		return
	}
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, got := strings.Split(string(old), "\n"), strings.Split(out.String(), "\n")
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Errorf("%s:%d: %s\n got %s\nwant %s", path, i+1, want[i-1], got[i], want[i])
		}
	}
	if len(want) != len(got) {
		t.Errorf("%s has %d lines, want %d: run the test with -update and look at the difference", path, len(want), len(got))
	}
}

// parseMode reads "charset=sjis ansi nobackslash brackets version=101119".
func parseMode(t *testing.T, s string) Mode {
	var m Mode
	for _, w := range strings.Fields(s) {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "charset":
			c, ok := CharsetByName(value)
			if !ok {
				t.Fatalf("no character set %q", value)
			}
			m.Charset = c
		case "ansi":
			m.ANSIQuotes = true
		case "nobackslash":
			m.NoBackslashEscapes = true
		case "brackets":
			m.Brackets = true
		case "version":
			v, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			m.Version = uint32(v)
		default:
			t.Fatalf("no mode %q", w)
		}
	}
	return m
}

func TestClassifyGolden(t *testing.T) {
	golden(t, "classify.txt", func(stmt []byte, m Mode) string { return Classify(stmt, m).describe() })
}

func TestCanonicalGolden(t *testing.T) {
	golden(t, "canonical.txt", func(stmt []byte, m Mode) string {
		c := Canonical(nil, stmt, m)
		if again := Canonical(nil, c, m); !bytes.Equal(c, again) {
			t.Errorf("Canonical(%q) = %q, and of that %q", stmt, c, again)
		}
		return strings.Trim(strconv.Quote(string(c)), `"`)
	})
}

func TestTablesGolden(t *testing.T) {
	golden(t, "tables.txt", func(stmt []byte, m Mode) string { return strings.Join(Tables(stmt, m), " | ") })
}
