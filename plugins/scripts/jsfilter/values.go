package main

import (
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
		return l.values(v)
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
			o.language.raise(fmt.Errorf("%s has no %s", o.of.Name, name))
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

// values is the array that row gets: null is NULL. It has no place for other values.
func (l *language) values(r *script.Row) goja.Value {
	l.were = l.were[:0]
	for i := range r.Len() {
		if v := r.Value(i); v != nil {
			l.were = append(l.were, l.text(string(v)))
		} else {
			l.were = append(l.were, goja.Null())
		}
	}
	for i := len(l.keys); i < r.Len(); i++ {
		l.keys = append(l.keys, strconv.Itoa(i))
	}
	l.row = l.vm.NewArray(l.were...)
	if _, err := l.seal(goja.Undefined(), l.row); err != nil {
		panic(runError(err))
	}
	return l.row
}

// readRow reads what the script has made of the values.
func (l *language) readRow(r *script.Row) error {
	for i := range r.Len() {
		v := l.row.Get(l.keys[i])
		if v != nil && v.SameAs(l.were[i].(goja.Value)) {
			continue
		}
		switch v := l.given(v).(type) {
		case nil:
			r.SetNull(i)
		case string:
			r.SetText(i, v)
		case float64:
			r.SetText(i, script.Number(v))
		default:
			return fmt.Errorf("%s: row made value %d something that is neither text nor NULL", script.Name, i)
		}
	}
	return nil
}
