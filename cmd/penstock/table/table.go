// Package table prints tables for people: aligned columns that fit the terminal,
// with whatever clients of the proxy put into them made harmless.
package table

import (
	"io"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Column is a column's heading, and how its cells are aligned.
type Column struct {
	Title string
	Right bool // numbers
}

// Table is what is printed. Every row has a cell for each column; cells are
// cleaned when they are printed (see [Clean]).
type Table struct {
	Columns []Column
	Rows    [][]string
}

const (
	gap    = 2 // blanks between columns
	narrow = 8 // cells: no column is cut to less
)

// Lines returns the heading and the rows without line ends. None is wider than
// width cells, unless there are too many columns; 0 means as wide as it takes.
func (t *Table) Lines(width int) []string {
	rows := make([][]string, 0, 1+len(t.Rows))
	heading := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heading[i] = c.Title
	}
	rows = append(rows, heading)
	for _, row := range t.Rows {
		clean := make([]string, len(t.Columns))
		for i := range clean {
			clean[i] = Clean(row[i])
		}
		rows = append(rows, clean)
	}
	widths := make([]int, len(t.Columns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	if width > 0 {
		shrink(widths, width-gap*(len(widths)-1))
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString(strings.Repeat(" ", gap))
			}
			cell = Cut(cell, widths[i])
			room := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			if t.Columns[i].Right {
				b.WriteString(room + cell)
			} else {
				b.WriteString(cell + room)
			}
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

// Print writes the lines of the table.
func (t *Table) Print(out io.Writer, width int) error {
	_, err := io.WriteString(out, strings.Join(t.Lines(width), "\n")+"\n")
	return err
}

// shrink takes from the widest column until all fit.
func shrink(widths []int, room int) {
	total := 0
	for _, w := range widths {
		total += w
	}
	for total > room {
		widest := 0
		for i, w := range widths {
			if w >= widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrow {
			return
		}
		widths[widest]--
		total--
	}
}

// Cut returns the text in at most width cells, with a mark if something is
// missing. The text has to be clean.
func Cut(text string, width int) string { return ansi.Truncate(text, width, "…") }

// Clean returns a text on one line and without anything that a terminal would
// obey or that hides what follows: names and statements come from clients.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// Width is how many cells a text takes.
func Width(text string) int { return ansi.StringWidth(text) }
