package openapitest

import (
	"iter"
	"maps"
	"strings"
)

// node is a value of the document; references to elsewhere in it are followed.
type node struct {
	root, value any
	from        string // the reference that led here, if one did
}

// get returns a member; what is not there is nil.
func (n node) get(name string) node {
	return node{root: n.root, value: n.raw(name)}.follow()
}

// raw returns a member as it stands there.
func (n node) raw(name string) any {
	o, _ := n.value.(map[string]any)
	return o[name]
}

func (n node) members() iter.Seq2[string, node] {
	o, _ := n.value.(map[string]any)
	return func(yield func(string, node) bool) {
		for name, value := range maps.All(o) {
			if !yield(name, node{root: n.root, value: value}.follow()) {
				return
			}
		}
	}
}

func (n node) elements() (list []node) {
	a, _ := n.value.([]any)
	for _, value := range a {
		list = append(list, node{root: n.root, value: value}.follow())
	}
	return list
}

// follow replaces an object that refers to another by that.
func (n node) follow() node {
	ref, ok := n.raw("$ref").(string)
	if !ok {
		return n
	}
	at := node{root: n.root, value: n.root}
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		at.value = at.raw(unescape(name))
	}
	at.from = ref
	return at.follow()
}

// escape makes a member's name a part of a JSON pointer (RFC 6901).
func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

func unescape(name string) string { return strings.NewReplacer("~1", "/", "~0", "~").Replace(name) }

// withoutRequired copies a value without the member "required" of schemas.
func withoutRequired(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for name, value := range v {
			if _, list := value.([]any); name != "required" || !list {
				c[name] = withoutRequired(value)
			}
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = withoutRequired(v[i])
		}
		return c
	}
	return v
}
