package admin

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// This file looks into what is going to be printed without printing it: a
// filter of 10,000 sessions would else encode and decode each of them.

// find calls yield with each value that a path leads to, until that returns
// true, and reports whether it did. Values are as JSON shows them.
func find(v reflect.Value, p path, yield func(stored any) bool) bool {
	v, there := settle(v)
	switch {
	case !there:
		return len(p) == 0 && yield(nil)
	case len(p) == 0:
		return yield(plain(v))
	case !p[0].all:
		next, ok := member(v, p[0].name)
		return ok && find(next, p[1:], yield)
	}
	return slices.ContainsFunc(members(v), func(next reflect.Value) bool { return find(next, p[1:], yield) })
}

// settle follows pointers and interfaces, and has values that know their own
// JSON say it: what is hidden there is hidden here. Nothing is there behind nil.
func settle(v reflect.Value) (_ reflect.Value, there bool) {
	for v.IsValid() {
		if t := v.Type(); t.Implements(marshaler) || t.Implements(textMarshaler) {
			if v.Kind() == reflect.Pointer && v.IsNil() {
				return v, false
			}
			v = reflect.ValueOf(decoded(v.Interface()))
			continue
		}
		if v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface {
			return v, true
		}
		v = v.Elem()
	}
	return v, false
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// decoded is a value as whoever reads its JSON gets it.
func decoded(v any) (out any) {
	text, err := json.Marshal(v)
	if err != nil || json.Unmarshal(text, &out) != nil {
		return nil
	}
	return out
}

// plain makes a value what encoding/json would decode it to.
func plain(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.CanFloat():
		return v.Float()
	}
	return decoded(v.Interface())
}

// member returns a member of an object, or an element of an array.
func member(v reflect.Value, name string) (reflect.Value, bool) {
	switch v.Kind() {
	case reflect.Struct:
		f, ok := fieldsOf(v.Type())[name]
		if !ok {
			return v, false
		}
		value := v.FieldByIndex(f.index)
		return value, !f.omitted(value)
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String {
			value := v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key()))
			return value, value.IsValid()
		}
	case reflect.Slice, reflect.Array:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < v.Len() {
			return v.Index(i), true
		}
	}
	return v, false
}

// members returns all members of an object or elements of an array.
func members(v reflect.Value) (list []reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			if value := v.FieldByIndex(f.index); !f.omitted(value) {
				list = append(list, value)
			}
		}
	case reflect.Map:
		for _, value := range v.Seq2() {
			list = append(list, value)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			list = append(list, v.Index(i))
		}
	}
	return list
}

// field is a member of a struct's JSON.
type field struct {
	index     []int
	omitempty bool
}

// omitted goes by omitempty and omitzero alike: they differ only for empty
// maps and slices that are not nil, which hold nothing to find.
func (f field) omitted(v reflect.Value) bool { return f.omitempty && v.IsZero() }

var fieldsByType sync.Map // reflect.Type to map[string]field

// fieldsOf returns a struct's fields by their names in JSON.
func fieldsOf(t reflect.Type) map[string]field {
	if known, ok := fieldsByType.Load(t); ok {
		return known.(map[string]field)
	}
	fields := map[string]field{}
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if tag == "-" || !f.IsExported() || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[name] = field{f.Index, strings.Contains(options, "omit")}
	}
	fieldsByType.Store(t, fields)
	return fields
}
