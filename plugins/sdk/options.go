package sdk

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
)

// Options are a definition's options. Every method that reads one names it and
// gives its default; a value of the wrong type, or out of bounds, and an option
// that no method asked for, fail the definition with a message that says what
// is allowed. All problems are reported together.
//
// Options also says what the plugin wants of the host: see [Options.Commands]
// and the methods after it.
type Options struct {
	table *value
	path  string // of a nested table: `rules[2].`
	asked []string
	found []string // problems
	subs  []*Options
	setup setup
}

func readOptions(n int) (*Options, error) {
	text := make([]byte, n)
	for at := 0; at < n; {
		got := boundary.ConfigRead(at, text[at:])
		if got <= 0 {
			return nil, errors.New("the host did not hand over the options")
		}
		at += got
	}
	v := value{kind: jsonObject}
	if n > 0 {
		var err error
		if v, err = parseJSON(text); err != nil {
			return nil, err
		}
	}
	if v.kind == jsonNull {
		v.kind = jsonObject
	}
	if v.kind != jsonObject {
		return nil, errors.New("the options must be a table, not " + v.kind.String())
	}
	return &Options{table: &v, setup: setup{window: boundary.WindowSize}}, nil
}

// Fail reports a problem with an option: what it is, and what is allowed.
func (o *Options) Fail(name, problem string) {
	o.found = append(o.found, `option "`+o.path+name+`" `+problem)
}

// Has reports whether the option was given.
func (o *Options) Has(name string) bool { return o.get(name) != nil }

func (o *Options) get(name string) *value {
	known := false
	for _, a := range o.asked {
		known = known || a == name
	}
	if !known {
		o.asked = append(o.asked, name)
	}
	if v := o.table.field(name); v != nil && v.kind != jsonNull {
		return v
	}
	return nil
}

// typed returns the option if it was given and has the type.
func (o *Options) typed(name string, k jsonKind, want string) *value {
	v := o.get(name)
	if v != nil && v.kind != k {
		o.Fail(name, "must be "+want+", not "+v.kind.String())
		return nil
	}
	return v
}

// String reads a string.
func (o *Options) String(name, def string) string {
	boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "string", Text: def})
	if v := o.typed(name, jsonString, "a string"); v != nil {
		return v.text
	}
	return def
}

// Bool reads true or false.
func (o *Options) Bool(name string, def bool) bool {
	if def {
		boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "bool", Number: 1})
	} else {
		boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "bool"})
	}
	if v := o.typed(name, jsonBool, "true or false"); v != nil {
		return v.yes
	}
	return def
}

// Int reads a whole number from lo to hi.
func (o *Options) Int(name string, def, lo, hi int64) int64 {
	boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "int", Number: def, Lo: lo, Hi: hi})
	want := "a whole number from " + strconv.FormatInt(lo, 10) + " to " + strconv.FormatInt(hi, 10)
	v := o.typed(name, jsonNumber, want)
	if v == nil {
		return def
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || n < lo || n > hi {
		o.Fail(name, "must be "+want+", not "+v.text)
		return def
	}
	return n
}

// Enum reads one of the allowed words, in any case.
func (o *Options) Enum(name, def string, allowed ...string) string {
	boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "enum", Text: def, Words: allowed})
	want := "one of " + strings.Join(allowed, ", ")
	v := o.typed(name, jsonString, want)
	if v == nil {
		return def
	}
	if word, ok := pick(v.text, allowed); ok {
		return word
	}
	o.Fail(name, "must be "+want+`, not "`+v.text+`"`)
	return def
}

func pick(text string, allowed []string) (string, bool) {
	for _, a := range allowed {
		if strings.EqualFold(a, strings.TrimSpace(text)) {
			return a, true
		}
	}
	return "", false
}

// Set reads words from a list, or from one string with commas between them.
// No words, if the option was not given.
func (o *Options) Set(name string, allowed ...string) []string {
	boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "set", Words: allowed})
	want := "a list of " + strings.Join(allowed, ", ")
	var out []string
	for _, w := range o.strings(name, want) {
		word, ok := pick(w, allowed)
		if !ok {
			o.Fail(name, "must be "+want+`; it has "`+w+`"`)
			return nil
		}
		out = append(out, word)
	}
	return out
}

// Strings reads a list of strings, or one string with commas between them.
func (o *Options) Strings(name string) []string {
	boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "strings"})
	return o.strings(name, "a list of strings")
}

func (o *Options) strings(name, want string) (out []string) {
	v := o.get(name)
	switch {
	case v == nil:
	case v.kind == jsonString:
		for _, s := range strings.Split(v.text, ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	case v.kind == jsonArray:
		for i := range v.list {
			if v.list[i].kind != jsonString {
				o.Fail(name, "must be "+want+"; item "+strconv.Itoa(i+1)+" is "+v.list[i].kind.String())
				return nil
			}
			out = append(out, v.list[i].text)
		}
	default:
		o.Fail(name, "must be "+want+", not "+v.kind.String())
	}
	return out
}

// Duration reads a string with a unit: "250ms", "5s", "1m30s", "2h".
func (o *Options) Duration(name string, def time.Duration) time.Duration {
	boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "duration", Number: int64(def)})
	const want = `a duration with a unit, such as "250ms", "5s" or "1m"`
	v := o.typed(name, jsonString, want)
	if v == nil {
		return def
	}
	d, err := time.ParseDuration(v.text)
	if err != nil || d < 0 {
		o.Fail(name, "must be "+want+`, not "`+v.text+`"`)
		return def
	}
	return d
}

// Size reads a number of bytes: a whole number, or a string with the unit k,
// M, G (powers of 1000) or Ki, Mi, Gi (powers of 1024), with or without a B.
func (o *Options) Size(name string, def int64) int64 {
	boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "size", Number: def})
	const want = `a number of bytes, such as 65536, "64KiB" or "1MB"`
	v := o.get(name)
	if v == nil {
		return def
	}
	if v.kind == jsonNumber || v.kind == jsonString {
		if n, ok := parseSize(v.text); ok {
			return n
		}
		o.Fail(name, "must be "+want+`, not "`+v.text+`"`)
		return def
	}
	o.Fail(name, "must be "+want+", not "+v.kind.String())
	return def
}

func parseSize(text string) (int64, bool) {
	digits := strings.TrimRight(text, "kKMGiB")
	factor := int64(1)
	switch strings.TrimSuffix(text[len(digits):], "B") {
	case "":
	case "k", "K":
		factor = 1000
	case "M":
		factor = 1000 * 1000
	case "G":
		factor = 1000 * 1000 * 1000
	case "Ki":
		factor = 1 << 10
	case "Mi":
		factor = 1 << 20
	case "Gi":
		factor = 1 << 30
	default:
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return 0, false
	}
	return n * factor, true
}

// Tables reads a list of tables (in TOML: [[…]] or a list of inline tables).
// Each has options of its own.
func (o *Options) Tables(name string) (out []*Options) {
	boundary.Note(boundary.Read{Path: o.path, Name: name, Kind: "tables"})
	v := o.typed(name, jsonArray, "a list of tables")
	if v == nil {
		return nil
	}
	for i := range v.list {
		path := o.path + name + "[" + strconv.Itoa(i+1) + "]"
		if v.list[i].kind != jsonObject {
			o.found = append(o.found, `option "`+path+`" must be a table, not `+v.list[i].kind.String())
			continue
		}
		sub := &Options{table: &v.list[i], path: path + "."}
		o.subs, out = append(o.subs, sub), append(out, sub)
	}
	return out
}

// Names returns the names of the options that were given and that satisfy the
// predicate, in their order, for plugins with numbered options.
func (o *Options) Names(is func(name string) bool) (out []string) {
	for _, n := range o.table.names {
		if is(n) {
			out = append(out, n)
		}
	}
	return out
}

// problems joins what is wrong, unknown options included.
func (o *Options) problems() string {
	all := o.found
	for _, n := range o.table.names {
		known := false
		for _, a := range o.asked {
			known = known || a == n
		}
		if !known {
			all = append(all, `unknown option "`+o.path+n+`"; allowed: `+strings.Join(o.asked, ", "))
		}
	}
	for _, sub := range o.subs {
		if p := sub.problems(); p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, "; ")
}
