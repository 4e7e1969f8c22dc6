package metadata

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Option is one of a plugin's options, as a list of them shows it.
type Option struct {
	Name        string   // or what stands for several names
	Type        string   // bool, count, int, number, duration, size, string, enum, list, table, any
	Words       []string // that an enum, or a list of words, may have
	Default     any      // JSON's types, numbers as json.Number; nil: none, or not said
	Required    bool
	Description string
}

// String writes the option with its type and its default: max_rows count = 10.
func (o Option) String() string {
	text := o.Name + " " + o.Type
	switch {
	case o.Required:
		text += ", required"
	case o.Default != nil:
		byDefault, err := json.Marshal(o.Default)
		if err == nil {
			text += " = " + string(byDefault)
		}
	}
	return text
}

// Options lists the plugin's options in alphabetical order, numbered ones and
// their like at the end; nothing if they are not described.
func (p *Plugin) Options() (list []Option) {
	if p == nil {
		return nil
	}
	root, _ := p.schema.(map[string]any)
	n := node(root).resolve(p.schema)
	required, _ := n["required"].([]any)
	option := func(name string, schema node) {
		list = append(list, Option{
			Name: name, Type: schema.kind(), Words: schema.allWords(), Default: schema["default"],
			Required: slices.Contains(required, any(name)), Description: schema.text("description"),
		})
	}
	for _, name := range n.properties() {
		option(name, n.child("properties").child(name).resolve(p.schema))
	}
	patterns := n.child("patternProperties")
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		schema := patterns.child(pattern).resolve(p.schema)
		name := schema.text("title")
		if name == "" {
			name = pattern
		}
		option(name, schema)
	}
	return list
}

// kind names a type as MaxScale's clients know it.
func (n node) kind() string {
	types := n.types()
	has := func(t string) bool { return slices.Contains(types, t) }
	switch {
	case n.words() != nil:
		return "enum"
	case n.text("format") == formatDuration:
		return "duration"
	case n.text("format") == formatSize:
		return "size"
	case has("array"):
		return "list"
	case has("object"):
		return "table"
	case has("boolean"):
		return "bool"
	case has("integer"):
		if lo, ok := n["minimum"].(json.Number); ok && lo[0] != '-' {
			return "count"
		}
		return "int"
	case has("number"):
		return "number"
	case has("string"):
		return "string"
	}
	return "any"
}

// allWords are the words of the value or of its items.
func (n node) allWords() []string {
	if words := n.words(); words != nil {
		return words
	}
	return n.child("items").words()
}

// Example is a set of options.
type Example struct {
	Where   string // in the schema: example 1, the default of max_rows
	Option  string // whose default it is, if it is one
	Options []byte // JSON
}

// Examples are the sets of options that the schema gives as examples (the empty
// one, if it gives none), and the first of them with each option's default. All
// of them should fit, and the plugin should start with the given ones.
func (p *Plugin) Examples() (given, defaults []Example) {
	var sets []any
	if p != nil {
		root, _ := p.schema.(map[string]any)
		sets, _ = root["examples"].([]any)
	}
	add := func(list []Example, where, option string, set any) []Example {
		text, err := json.Marshal(set)
		if err != nil {
			return list // it was JSON
		}
		return append(list, Example{where, option, text})
	}
	for i, set := range sets {
		given = add(given, fmt.Sprintf("example %d", i+1), "", set)
	}
	if given == nil {
		sets = []any{map[string]any{}}
		given = add(given, "no option at all, because there are no examples", "", sets[0])
	}
	first, _ := sets[0].(map[string]any)
	for _, o := range p.Options() {
		if o.Default != nil {
			set := maps.Clone(first)
			set[o.Name] = o.Default
			defaults = add(defaults, "the default of "+o.Name, o.Name, set)
		}
	}
	return given, defaults
}
