package config

import (
	"fmt"
	"slices"
	"strings"
)

// Error is one problem of a configuration.
type Error struct {
	File string
	Line int    // 1-based; 0 if the problem has no line (something is missing altogether)
	Key  string // dotted path, for example "servers.primary.address"; empty if there is none
	// Problem says what is wrong, Suggestion what to do about it.
	Problem    string
	Suggestion string
}

// Error formats the problem on one line: file:line: key: problem; suggestion.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Key != "" {
		b.WriteString(e.Key)
		b.WriteString(": ")
	}
	b.WriteString(e.Problem)
	if e.Suggestion != "" {
		b.WriteString("; ")
		b.WriteString(e.Suggestion)
	}
	return b.String()
}

// Errors are all the problems of a configuration, ordered by line. [Load]
// and [LoadBytes] return it as a pointer, for errors.As.
type Errors []Error

// Error lists the problems, one a line.
func (e *Errors) Error() string {
	lines := make([]string, len(*e))
	for i := range *e {
		lines[i] = (*e)[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Sort orders by line; problems without a line come last. The order of
// problems on one line is the order in which they were found.
func (e Errors) Sort() {
	slices.SortStableFunc(e, func(a, b Error) int {
		switch {
		case a.Line == b.Line:
			return 0
		case a.Line == 0:
			return 1
		case b.Line == 0:
			return -1
		}
		return a.Line - b.Line
	})
}
