package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-db/penstock/wasm/spelling"
)

// reader collects what is wrong while the tables are read.
type reader struct {
	file   string // of problems that have no place
	dir    string
	errs   Errors
	mended map[place]bool
	// record hears of every key that the code asks for; the test of
	// docs/configuration.md uses it.
	record func(section, key, kind, byDefault string)
}

// fail reports a problem, unless the line is already known to be bad.
func (r *reader) fail(at place, key, problem, suggestion string) {
	if r.mended[at] {
		return
	}
	if at.file == "" {
		at.file = r.file
	}
	r.errs = append(r.errs, Error{File: at.file, Line: at.line, Key: key, Problem: problem, Suggestion: suggestion})
}

// failed says whether a problem of this place is already reported.
func (r *reader) failed(at place) bool {
	if at.file == "" {
		at.file = r.file
	}
	return slices.ContainsFunc(r.errs, func(e Error) bool { return e.Line == at.line && e.File == at.file })
}

// table is one table of the file while it is read. Every key that is asked for
// is a known one; what is left at the end is reported.
type table struct {
	r      *reader
	path   string // dotted, with the names of this file
	kind   string // dotted, with NAME for names: the section in the reference
	name   string // its own name in the table above it
	values map[string]any
	pos    *position
	known  []string
	exists bool
	hint   func(key string) string // what to do about an unknown key; empty: the usual
}

// has says whether the key is in the file, and that it is a known one.
func (t *table) has(key string) bool {
	if !slices.Contains(t.known, key) {
		t.known = append(t.known, key)
	}
	_, ok := t.values[key]
	return ok
}

func (t *table) place(key string) place { return t.pos.at(key).place }
func (t *table) full(key string) string { return strings.TrimPrefix(t.path+"."+key, ".") }

func (t *table) fail(key, problem, suggestion string) {
	t.r.fail(t.place(key), t.full(key), problem, suggestion)
}

func (t *table) note(key, kind, byDefault string) {
	if t.r.record != nil {
		t.r.record(t.kind, key, kind, byDefault)
	}
}

// missing reports a key that has to be there.
func (t *table) missing(key, suggestion string) {
	t.r.fail(t.pos.place, t.full(key), "this key is required and missing", suggestion)
}

// sub returns the table under key, an empty one if it is not there.
func (t *table) sub(key string) *table {
	s := &table{r: t.r, path: t.full(key), kind: strings.TrimPrefix(t.kind+"."+key, "."), name: key, pos: t.pos.at(key)}
	if !t.has(key) {
		return s
	}
	s.exists = true
	values, ok := t.values[key].(map[string]any)
	if !ok {
		t.fail(key, "this is "+kindOf(t.values[key])+", not a table", fmt.Sprintf("write [%s] on a line of its own and its keys below", s.path))
		s.exists = false
	}
	s.values = values
	return s
}

// named returns the tables [key.NAME], ordered by name.
func (t *table) named(key string) []*table {
	all := t.sub(key)
	var list []*table
	lower := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(all.values)) {
		s := all.sub(name)
		s.kind = all.kind + ".NAME"
		if !validName(name) {
			all.fail(name, "the name is not usable", "use 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit")
		}
		if first, ok := lower[strings.ToLower(name)]; ok {
			all.fail(name, fmt.Sprintf("the name differs from %q only by case", first), "choose names that nobody mixes up")
		}
		lower[strings.ToLower(name)] = name
		if s.exists {
			list = append(list, s)
		}
	}
	if t.r.record != nil && len(list) == 0 {
		list = append(list, &table{r: t.r, path: all.path + ".NAME", kind: all.kind + ".NAME", name: "NAME", pos: &position{}})
	}
	return list
}

// list returns the tables [[key]].
func (t *table) list(key string) []*table {
	if t.r.record != nil {
		return []*table{{r: t.r, path: t.full(key), kind: t.kind + "." + key, pos: &position{}}}
	}
	if !t.has(key) {
		return nil
	}
	var items []any
	switch v := t.values[key].(type) {
	case []map[string]any:
		for _, m := range v {
			items = append(items, m)
		}
	case []any:
		items = v
	default:
		t.fail(key, "this is "+kindOf(v)+", not a list of tables", fmt.Sprintf("write [[%s]] before the keys of each", t.full(key)))
		return nil
	}
	var list []*table
	for i, item := range items {
		pos := t.pos.at(key).item(i)
		m, ok := item.(map[string]any)
		if !ok {
			t.r.fail(pos.place, t.full(key), "this is "+kindOf(item)+", not a table", fmt.Sprintf("write [[%s]] before the keys of each", t.full(key)))
			continue
		}
		list = append(list, &table{r: t.r, path: t.full(key), kind: t.kind + "." + key, values: m, pos: pos, exists: true})
	}
	return list
}

// finish reports the keys that nobody asked for.
func (t *table) finish() {
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if slices.Contains(t.known, key) {
			continue
		}
		what := "key"
		if _, ok := t.values[key].(map[string]any); ok {
			what = "table"
		}
		suggestion := "known here: " + strings.Join(t.known, ", ")
		if t.hint != nil && t.hint(key) != "" {
			suggestion = t.hint(key)
		} else if near := spelling.Nearest(key, t.known); near != "" {
			suggestion = fmt.Sprintf("write %q", near)
			if strings.EqualFold(key, near) {
				suggestion = fmt.Sprintf("keys are case-sensitive: write %q", near)
			}
		}
		t.fail(key, "unknown "+what, suggestion)
	}
}

// kindOf names the type of a decoded value.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a number"
	case bool:
		return "a boolean"
	case []any, []map[string]any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}

func validName(name string) bool {
	if name == "" || len(name) > 64 || strings.IndexByte("._-", name[0]) >= 0 {
		return false
	}
	for _, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("._-", c) < 0 {
			return false
		}
	}
	return true
}
