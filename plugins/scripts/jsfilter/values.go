package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"github.com/penstock-db/penstock/plugins/scripts/script"
)

// value is a value of the filter for the script.
func (l *language) value(v any) goja.Value {
	switch v := v.(type) {
	case string:
		return l.text(v)
	case script.Index:
		return l.vm.ToValue(int(v))
	case []any:
		return l.list(v)
	case *script.List:
		if v.Native == nil {
			v.Native = l.list(v.Items)
		}
		return v.Native.(*goja.Object)
	case *script.Object:
		return l.object(v)
	case *script.Row:
		if l.row == nil {
			l.row, l.shown = l.vm.NewDynamicArray(&values{l, v}), v
		}
		return l.row
	}
	return l.vm.ToValue(v) // null, booleans, numbers, and verdicts as they are
}

func (l *language) list(items []any) *goja.Object {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = l.value(item)
	}
	return l.vm.NewArray(out...)
}

// raise throws an Error.
func (l *language) raise(err error) {
	e, failed := l.vm.New(l.vm.Get("Error"), l.vm.ToValue(err.Error()))
	if failed != nil {
		panic(l.vm.NewGoError(err))
	}
	panic(e)
}

func (l *language) function(name string, f script.Function) goja.Value {
	return l.vm.ToValue(func(call goja.FunctionCall) goja.Value {
		a := script.Args{Function: name}
		for _, v := range call.Arguments {
			a.List = append(a.List, l.given(v))
		}
		v, err := f(&a)
		if err != nil {
			l.raise(err)
		}
		if v == nil {
			return goja.Undefined()
		}
		return l.value(v)
	})
}

func (l *language) object(o *script.Object) *goja.Object {
	if v, ok := o.Native.(*goja.Object); ok {
		return v
	}
	d := &object{language: l, of: o, functions: map[string]goja.Value{}}
	for name, f := range o.Functions {
		d.functions[name] = l.function(o.Name+"."+name, f)
	}
	v := l.vm.NewDynamicObject(d)
	o.Native = v
	return v
}

// object is an object that cannot be changed and has no other members than of.
type object struct {
	language  *language
	of        *script.Object
	functions map[string]goja.Value
}

// inherited are names that the language itself looks for in objects.
var inherited = []string{"constructor", "hasOwnProperty", "then", "toJSON", "toString", "valueOf"}

// Get implements goja.DynamicObject.
func (o *object) Get(name string) goja.Value {
	if f := o.functions[name]; f != nil {
		return f
	}
	get := o.of.Properties[name]
	if get == nil {
		if !slices.Contains(inherited, name) {
			o.language.raise(o.of.Missing(name))
		}
		return nil
	}
	v, err := get()
	if err != nil {
		o.language.raise(err)
	}
	return o.language.value(v)
}

// Set implements goja.DynamicObject.
func (o *object) Set(name string, _ goja.Value) bool {
	o.language.raise(fmt.Errorf("%s.%s cannot be changed", o.of.Name, name))
	return false
}

// Has implements goja.DynamicObject.
func (o *object) Has(name string) bool {
	return o.functions[name] != nil || o.of.Properties[name] != nil
}

// Delete implements goja.DynamicObject.
func (o *object) Delete(string) bool { return false }

// Keys implements goja.DynamicObject.
func (o *object) Keys() []string {
	var keys []string
	for name := range o.of.Properties {
		keys = append(keys, name)
	}
	slices.Sort(keys)
	return keys
}

// given is a value of the script for the filter.
func (l *language) given(v goja.Value) any {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return nil
	}
	if s, ok := v.(goja.String); ok {
		return textOf(s)
	}
	o, ok := v.(*goja.Object)
	if !ok {
		switch v := v.Export().(type) {
		case bool:
			return v
		case int64:
			return float64(v)
		case float64:
			return v
		}
		return script.Opaque{Kind: "a value of another kind"}
	}
	if l.row != nil && o == l.row {
		return l.shown
	}
	if o.ClassName() == "Array" {
		out := make([]any, o.Get("length").ToInteger())
		for i := range out {
			out[i] = l.given(o.Get(strconv.Itoa(i)))
		}
		return out
	}
	if verdict, ok := o.Export().(*script.Verdict); ok {
		return verdict
	}
	if _, isPromise := o.Export().(*goja.Promise); isPromise {
		return script.Opaque{Kind: "a promise, which nobody waits for"}
	}
	return script.Opaque{Kind: "an object"}
}

// values is the array of row(r, values): each value is looked at when the script reads
// it. null is NULL.
type values struct {
	language *language
	row      *script.Row
}

// Len implements goja.DynamicArray.
func (v *values) Len() int { return v.row.Len() }

// Get implements goja.DynamicArray.
func (v *values) Get(i int) goja.Value {
	if i < 0 || i >= v.row.Len() {
		return nil
	}
	if text := v.row.Value(i); text != nil {
		return v.language.text(string(text))
	}
	return goja.Null()
}

// Set implements goja.DynamicArray.
func (v *values) Set(i int, value goja.Value) bool {
	if i < 0 || i >= v.row.Len() {
		v.language.raise(fmt.Errorf("values have the numbers 0 to %d, and no %d", v.row.Len()-1, i))
	}
	switch text := v.language.given(value).(type) {
	case nil:
		v.row.SetNull(i)
	case string:
		v.row.SetText(i, text)
	case float64:
		v.row.SetText(i, script.Number(text))
	default:
		v.language.raise(errors.New("a value of a row cannot be what it was given: it is neither text nor NULL"))
	}
	return true
}

// SetLen implements goja.DynamicArray.
func (v *values) SetLen(n int) bool { return n == v.row.Len() }
