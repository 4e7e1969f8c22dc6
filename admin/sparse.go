package admin

import (
	"fmt"
	"reflect"
	"strings"
)

// fieldTree are the fields of an object that are wanted. nil: all of it.
type fieldTree map[string]fieldTree

// parseFields reads the value of fields[TYPE]: JSON pointers below attributes
// with commas between them, or names of relationships. No value is no fields.
func (t fieldTree) parseFields(text string) error {
	if text == "" {
		return nil
	}
	for pointer := range strings.SplitSeq(text, ",") {
		p, err := parsePointer(pointer)
		if err != nil {
			return fmt.Errorf("%q is no field: %w", pointer, err)
		}
		t.add(p)
	}
	return nil
}

func (t fieldTree) add(p path) {
	for i, s := range p {
		below, there := t[s.name]
		switch {
		case there && below == nil:
			return // all of it is wanted already
		case i == len(p)-1:
			t[s.name] = nil
			return
		case !there:
			below = fieldTree{}
			t[s.name] = below
		}
		t = below
	}
}

// of returns what is wanted of a value. Paths do not lead into arrays: they
// are wanted whole. nothing is reported when there is none of it.
func (t fieldTree) of(v reflect.Value) (out any, something bool) {
	if t == nil {
		return v.Interface(), true
	}
	v, there := settle(v)
	if !there {
		return nil, false
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		return v.Interface(), true
	case reflect.Struct, reflect.Map:
	default:
		return nil, false
	}
	picked := map[string]any{}
	for name, below := range t {
		if value, ok := member(v, name); ok {
			if part, something := below.of(value); something {
				picked[name] = part
			}
		}
	}
	return picked, len(picked) > 0
}

// sparse leaves of a resource what fields[TYPE] asks for.
func (v *view) sparse(res resource) resource {
	wanted, given := v.fields[res.Type]
	if !given {
		return res
	}
	attributes, something := wanted.of(reflect.ValueOf(res.Attributes))
	if !something {
		attributes = struct{}{}
	}
	relationships := map[string]relationship{}
	for name, rel := range res.Relationships {
		if _, ok := wanted[name]; ok {
			relationships[name] = rel
		}
	}
	res.Attributes, res.Relationships = attributes, relationships
	return res
}
