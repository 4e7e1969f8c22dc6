package table

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

var sample = Table{
	Columns: []Column{{Title: "ID", Right: true}, {Title: "USER"}, {Title: "STATEMENT"}},
	Rows: [][]string{
		{"7", "app", "SELECT 1"},
		{"10000", "é漢字", "SELECT name, card\nFROM customers WHERE id = 12345"},
		{"8", "", ""},
	},
}

func TestLines(t *testing.T) {
	for width, want := range map[int][]string{
		0: {
			"   ID  USER   STATEMENT",
			"    7  app    SELECT 1",
			"10000  é漢字  SELECT name, card FROM customers WHERE id = 12345",
			"    8",
		},
		40: {
			"   ID  USER   STATEMENT",
			"    7  app    SELECT 1",
			"10000  é漢字  SELECT name, card FROM cu…",
			"    8",
		},
		1: { // too narrow for anything: columns keep what can be recognised
			"   ID  USER   STATEME…",
			"    7  app    SELECT 1",
			"10000  é漢字  SELECT …",
			"    8",
		},
	} {
		if got := sample.Lines(width); !slices.Equal(got, want) {
			t.Errorf("width %d:\n%s\nwant\n%s", width, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// What a client calls itself, or says, must not reach the terminal as a command.
func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"plain é漢字 🎈":         "plain é漢字 🎈",
		"two\nlines\tand\r":   "two lines and ",
		"\x1b[2Jwiped\x07":    "\ufffd[2Jwiped\ufffd",
		"\u009b31mC1":         "\ufffd31mC1",
		"a\u202eb\u2066c\x7f": "a\ufffdb\ufffdc\ufffd",
		"not \xff UTF-8":      "not \ufffd UTF-8",
	} {
		if got := Clean(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add("SELECT\x1b[31m 1", "漢\u0301字", 20)
	f.Add("\xff\u200d👨‍👩‍👧", "", 0)
	f.Fuzz(func(t *testing.T, a, b string, width int) {
		table := Table{Columns: sample.Columns, Rows: [][]string{{"1", a, b}, {"2", b, a}}}
		width %= 200
		for _, line := range table.Lines(width) {
			if strings.ContainsAny(line, "\x1b\n\r\u009b\u202e") {
				t.Errorf("%q has control characters", line)
			}
			if w := ansi.StringWidth(line); width >= 2*gap+3*narrow && w > width {
				t.Errorf("%q has %d cells of %d", line, w, width)
			}
		}
	})
}
