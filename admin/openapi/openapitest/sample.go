package openapitest

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Sampler makes up values that fit schemas of a document.
type Sampler struct {
	*rand.Rand
	// Name makes up a text that nothing is said of but that it is one; member
	// is the name of the member that it is for, empty if it is for none.
	Name func(member string) string

	doc any
}

// Sampler returns one for this document.
func (c *Contract) Sampler(r *rand.Rand, name func(member string) string) *Sampler {
	return &Sampler{r, name, c.doc}
}

// Value makes up a value that fits a schema. What a pattern says of a text is
// not heeded.
func (s *Sampler) Value(schema any) any { return s.value(schema, "", 0) }

// maxDepth is where members that may be left out are.
const maxDepth = 8

func (s *Sampler) value(schema any, member string, depth int) any {
	n := node{root: s.doc, value: schema}.follow()
	if one := n.get("anyOf").elements(); len(one) > 0 {
		return s.value(pick(s.Rand, one).value, member, depth)
	}
	if values, ok := n.raw("enum").([]any); ok {
		return pick(s.Rand, values)
	}
	if value := n.raw("const"); value != nil {
		return value
	}
	types, _ := n.raw("type").([]any)
	if one, ok := n.raw("type").(string); ok {
		types = []any{one}
	}
	if len(types) == 0 {
		types = []any{"string", "boolean", "null", "integer"}
	}
	switch pick(s.Rand, types) {
	case "object":
		return s.object(n, depth+1)
	case "array":
		list := []any{}
		for range s.IntN(4) {
			list = append(list, s.value(n.raw("items"), member, depth+1))
		}
		return list
	case "string":
		return s.Name(member)
	case "boolean":
		return s.IntN(2) == 0
	case "integer":
		return pick(s.Rand, []any{0, 1, 2, 50, 4096, 65535, 1 << 40})
	case "number":
		return s.Float64() * 100
	}
	return nil
}

func (s *Sampler) object(n node, depth int) map[string]any {
	o := map[string]any{}
	required, _ := n.raw("required").([]any)
	properties, _ := n.raw("properties").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		schema := properties[name]
		must := slices.Contains(required, any(name))
		if must || depth < maxDepth && s.IntN(2) == 0 {
			o[name] = s.value(schema, name, depth)
		}
	}
	if others, ok := n.raw("additionalProperties").(map[string]any); ok && depth < maxDepth {
		for range s.IntN(3) {
			name := s.Name("")
			o[name] = s.value(others, name, depth)
		}
	}
	return o
}

// Fill returns an operation's path with its parameters replaced by what fill
// makes up; collection is the segment before one.
func (op *Operation) Fill(fill func(collection string) string) string {
	segments := strings.Split(op.Path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = fill(segments[i-1])
		}
	}
	return strings.Join(segments, "/")
}

// Mutate returns a JSON value with something changed that a schema may mind: a
// member gone or of another type, one that nobody knows, an element twice.
func Mutate(r *rand.Rand, value any) any {
	switch v := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		switch n := r.IntN(6); {
		case n == 0 || len(names) == 0:
			v["unknown"] = odd(r)
		case n == 1:
			delete(v, pick(r, names))
		default:
			name := pick(r, names)
			v[name] = Mutate(r, v[name])
		}
		return v
	case []any:
		switch n := r.IntN(4); {
		case n == 0 || len(v) == 0:
			return append(v, odd(r))
		case n == 1:
			return append(v, v[0])
		default:
			i := r.IntN(len(v))
			v[i] = Mutate(r, v[i])
		}
		return v
	}
	return odd(r)
}

// odd makes up a value that is seldom expected.
func odd(r *rand.Rand) any {
	// The lists and objects are new ones each time: others change them.
	return pick(r, []any{nil, true, -1, 1e300, 0.5, "", "x", "\u0000", strings.Repeat("y", 3000), []any{}, []any{nil}, map[string]any{}, map[string]any{"id": nil}})
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
