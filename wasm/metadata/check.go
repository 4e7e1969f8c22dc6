package metadata

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/penstock-db/penstock/wasm/spelling"
)

// Problem is one thing that a schema does not allow.
type Problem struct {
	// Path leads to the option: names of tables' members (string) and numbers of
	// lists' items (int, from 0). It may lead to one that is missing.
	Path []any
	// Text is the whole problem as a sentence, the option's name included;
	// Suggestion is what to do about it, if there is more to say.
	Text, Suggestion string
}

// String returns all of it.
func (p *Problem) String() string {
	if p.Suggestion == "" {
		return p.Text
	}
	return p.Text + "; " + p.Suggestion
}

// OptionsError says what is wrong with a definition's options.
type OptionsError struct {
	Definition string // its name
	Problems   []Problem
}

// Error lists the problems.
func (e *OptionsError) Error() string {
	list := make([]string, len(e.Problems))
	for i := range e.Problems {
		list[i] = e.Problems[i].String()
	}
	return fmt.Sprintf("the options of %s do not fit: %s", e.Definition, strings.Join(list, "; "))
}

// Check holds a definition's options, in JSON, against the schema and returns
// everything that it does not allow, ordered by path. A plugin that is nil, or
// whose options are not described, allows everything.
func (p *Plugin) Check(options []byte) []Problem {
	if p == nil || p.compiled == nil {
		return nil
	}
	if len(options) == 0 {
		options = []byte("{}")
	}
	value, err := parse(options)
	if err == nil {
		err = sane(value, maxDepth)
	}
	if err != nil {
		return []Problem{{Text: "the options cannot be read: " + err.Error()}}
	}
	err = p.compiled.Validate(value)
	var invalid *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &invalid):
		return []Problem{{Text: "the options cannot be checked: " + err.Error()}}
	}
	c := checker{root: p.schema, options: value, missed: map[string]bool{}, meant: map[string]bool{}}
	list := slices.DeleteFunc(c.all(invalid), func(p Problem) bool {
		name := nameOf(p.Path)
		return c.missed[name] && c.meant[name] // it is there, misspelled
	})
	slices.SortStableFunc(list, func(a, b Problem) int { return strings.Compare(nameOf(a.Path), nameOf(b.Path)) })
	return slices.CompactFunc(list, func(a, b Problem) bool { return a.Text == b.Text })
}

// checker turns what the library says into problems.
type checker struct {
	root, options any
	missed        map[string]bool // options that are required and not there
	meant         map[string]bool // that unknown ones probably are
}

func (c *checker) all(errs ...*jsonschema.ValidationError) (list []Problem) {
	for _, e := range errs {
		list = append(list, c.one(e)...)
	}
	return list
}

func (c *checker) one(e *jsonschema.ValidationError) []Problem {
	path, value := c.path(e.InstanceLocation)
	n := c.node(e.SchemaURL)
	name := nameOf(path)
	fail := func(format string, args ...any) []Problem {
		return []Problem{{Path: path, Text: fmt.Sprintf("option %q ", name) + fmt.Sprintf(format, args...)}}
	}
	mustBe := func(got string) []Problem {
		if n["writeOnly"] == true { // a secret
			return fail("must be %s", n.want())
		}
		return fail("must be %s, not %s", n.want(), got)
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		return c.unknown(path, n, k.Properties)
	case *kind.Required:
		return c.missing(path, n, k.Missing)
	case *kind.AnyOf:
		return c.closest(path, e.Causes)
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			return fail("fits more than one of what is allowed, and must fit one")
		}
		return c.closest(path, e.Causes)
	case *kind.Type:
		return mustBe(describe(value))
	case *kind.Enum:
		if text, ok := value.(string); ok {
			if slices.ContainsFunc(n.words(), func(w string) bool { return strings.EqualFold(w, text) }) {
				return nil // case counts for nothing in words
			}
			list := mustBe(strconv.Quote(text))
			if near := spelling.Nearest(text, n.words()); near != "" {
				list[0].Suggestion = fmt.Sprintf("did you mean %q?", near)
			}
			return list
		}
		return mustBe(describe(value))
	case *kind.Format:
		return mustBe(quoted(value))
	case *kind.Minimum, *kind.Maximum, *kind.ExclusiveMinimum, *kind.ExclusiveMaximum:
		if n.bounds() != "" {
			return mustBe(describe(value))
		}
	case *kind.MinLength:
		if k.Want == 1 {
			return fail("must not be empty")
		}
	case *kind.MinItems:
		if k.Want == 1 {
			return fail("must not be an empty list")
		}
	case *kind.Pattern:
		if n["writeOnly"] == true {
			return fail("must match %s", k.Want)
		}
		return fail("must match %s, not %q", k.Want, k.Got)
	case *kind.FalseSchema:
		return fail("is not allowed here")
	}
	if len(e.Causes) > 0 {
		return c.all(e.Causes...)
	}
	switch {
	case n["writeOnly"] == true:
		return fail("does not fit")
	case len(path) == 0:
		return []Problem{{Text: "the options do not fit: " + e.ErrorKind.LocalizedString(english)}}
	}
	return fail("does not fit: %s", e.ErrorKind.LocalizedString(english))
}

var english = message.NewPrinter(language.English)

// unknown reports members that the table may not have.
func (c *checker) unknown(path []any, n node, names []string) (list []Problem) {
	known := n.properties()
	allowed := slices.Clone(known)
	patterns := n.child("patternProperties")
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		allowed = append(allowed, cmp.Or(patterns.child(pattern).text("title"), "what matches "+pattern))
	}
	slices.Sort(names)
	for _, name := range names {
		at := append(slices.Clone(path), name)
		p := Problem{Path: at, Text: fmt.Sprintf("unknown option %q", nameOf(at))}
		switch near := spelling.Nearest(name, known); {
		case near != "":
			p.Suggestion = fmt.Sprintf("did you mean %q?", near)
			c.meant[nameOf(append(slices.Clone(path), near))] = true
		case len(allowed) == 0:
			p.Suggestion = "there are no options here"
		default:
			p.Suggestion = "allowed: " + strings.Join(allowed, ", ")
		}
		list = append(list, p)
	}
	return list
}

// missing reports members that the table must have.
func (c *checker) missing(path []any, n node, names []string) (list []Problem) {
	for _, name := range names {
		at := append(slices.Clone(path), name)
		c.missed[nameOf(at)] = true
		option := node(n.child("properties").child(name)).resolve(c.root)
		p := Problem{Path: at, Text: fmt.Sprintf("option %q is required", nameOf(at))}
		if about := option.text("description"); about != "" {
			p.Text += ": " + about
		}
		list = append(list, p)
	}
	return list
}

// closest reports on alternatives of which none fits: on the only one that is
// meant for this type of value, or on all of them.
func (c *checker) closest(path []any, alternatives []*jsonschema.ValidationError) []Problem {
	var fits [][]Problem
	var texts []string
	for _, a := range alternatives {
		list := c.one(a)
		if len(list) == 0 {
			return nil // all that was wrong is case
		}
		texts = append(texts, list[0].Text)
		if _, wrongType := rootCause(a).ErrorKind.(*kind.Type); !wrongType || len(rootCause(a).InstanceLocation) > len(path) {
			fits = append(fits, list)
		}
	}
	if len(fits) == 1 {
		return fits[0]
	}
	slices.Sort(texts)
	return []Problem{{Path: path, Text: strings.Join(slices.Compact(texts), ", or ")}}
}

// rootCause goes down to where there is more than one cause, or none.
func rootCause(e *jsonschema.ValidationError) *jsonschema.ValidationError {
	for len(e.Causes) == 1 {
		e = e.Causes[0]
	}
	return e
}

// path turns a location into a path, and returns the value that is there.
func (c *checker) path(location []string) (path []any, value any) {
	value = c.options
	for _, key := range location {
		switch v := value.(type) {
		case map[string]any:
			path, value = append(path, key), v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				return path, value
			}
			path, value = append(path, i), v[i]
		}
	}
	return path, value
}

// node is the schema that a URL of the library stands for.
func (c *checker) node(location string) node {
	_, fragment, _ := strings.Cut(location, "#")
	if plain, err := url.PathUnescape(fragment); err == nil {
		fragment = plain
	}
	schema, _ := lookup(c.root, fragment)
	n, _ := schema.(map[string]any)
	return node(n).resolve(c.root)
}

// nameOf writes a path as people do: rules[2].name, the first item being 1.
func nameOf(path []any) string {
	var b strings.Builder
	for _, key := range path {
		switch key := key.(type) {
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(key)
		case int:
			fmt.Fprintf(&b, "[%d]", key+1)
		}
	}
	return b.String()
}

func quoted(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return describe(v)
}

func unescape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
}
