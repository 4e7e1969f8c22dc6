package metadata

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// node is a schema as an object of JSON, looked at for what to tell people.
type node map[string]any

// lookup follows a JSON pointer in a fragment of a URL ("#/$defs/rule").
func lookup(root any, fragment string) (any, bool) {
	at := root
	pointer := strings.TrimPrefix(fragment, "#")
	if pointer == "" {
		return at, true
	}
	for _, key := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		key = unescape(key)
		switch v := at.(type) {
		case map[string]any:
			next, there := v[key]
			if !there {
				return nil, false
			}
			at = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			at = v[i]
		default:
			return nil, false
		}
	}
	return at, true
}

// resolve follows the schema's reference, if it is one. The root says where to.
func (n node) resolve(root any) node {
	for range maxDepth {
		ref, ok := n["$ref"].(string)
		if !ok {
			return n
		}
		target, _ := lookup(root, ref)
		next, _ := target.(map[string]any)
		merged := maps.Clone(next)
		for key, value := range n { // what stands beside a reference counts too
			if key != "$ref" {
				if merged == nil {
					merged = map[string]any{}
				}
				merged[key] = value
			}
		}
		n = merged
	}
	return n
}

func (n node) child(keyword string) node {
	c, _ := n[keyword].(map[string]any)
	return c
}

func (n node) text(keyword string) string {
	s, _ := n[keyword].(string)
	return s
}

// types lists what `type` allows; nothing: anything.
func (n node) types() (list []string) {
	switch t := n["type"].(type) {
	case string:
		return []string{t}
	case []any:
		for _, one := range t {
			if s, ok := one.(string); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

// words lists the strings of an enum.
func (n node) words() (list []string) {
	values, _ := n["enum"].([]any)
	for _, v := range values {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		list = append(list, s)
	}
	return list
}

// properties lists the names that a table may have, in order.
func (n node) properties() []string { return slices.Sorted(maps.Keys(n.child("properties"))) }

// want says in words what a value has to be.
func (n node) want() string {
	switch words := n.words(); {
	case words != nil:
		return "one of " + strings.Join(words, ", ")
	case n.text("format") == formatDuration:
		return `a duration with a unit, such as "250ms", "5s" or "1m"`
	case n.text("format") == formatSize:
		return `a number of bytes, such as 65536, "64KiB" or "1MB"`
	case n.text("format") != "":
		return "a string in the format " + n.text("format")
	}
	var list []string
	types := n.types()
	for _, t := range types {
		if t == "string" && slices.Contains(types, "array") {
			continue // a list in one string
		}
		list = append(list, n.wantType(t))
	}
	if list == nil {
		return "something else"
	}
	return strings.Join(list, " or ")
}

func (n node) wantType(t string) string {
	switch t {
	case "integer":
		return "a whole number" + n.bounds()
	case "number":
		return "a number" + n.bounds()
	case "boolean":
		return "true or false"
	case "array":
		items := n.child("items")
		switch words := items.words(); {
		case words != nil:
			return "a list of " + strings.Join(words, ", ")
		case slices.Equal(items.types(), []string{"object"}):
			return "a list of tables"
		case slices.Equal(items.types(), []string{"string"}):
			return "a list of strings"
		}
	}
	return typeName(t)
}

// bounds says in words which numbers are allowed.
func (n node) bounds() string {
	lo, low := n["minimum"].(json.Number)
	hi, high := n["maximum"].(json.Number)
	switch {
	case low && high:
		return fmt.Sprintf(" from %s to %s", lo, hi)
	case low:
		return fmt.Sprintf(" of at least %s", lo)
	case high:
		return fmt.Sprintf(" of at most %s", hi)
	}
	return ""
}

// typeName calls JSON's types what TOML's users call them.
func typeName(t string) string {
	switch t {
	case "object":
		return "a table"
	case "array":
		return "a list"
	case "integer":
		return "a whole number"
	}
	return "a " + t
}

// describe is typeName of a value.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case nil:
		return "null"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	case json.Number:
		return string(v)
	}
	return "a number"
}
