package main

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/penstock-db/penstock/plugins/scripts/script"
)

// value is a value of the filter for the script.
func (l *language) value(v any) lua.LValue {
	switch v := v.(type) {
	case bool:
		return lua.LBool(v)
	case float64:
		return lua.LNumber(v)
	case script.Index:
		return lua.LNumber(v + 1)
	case string:
		return lua.LString(v)
	case []any:
		return l.list(v)
	case *script.List:
		if v.Native == nil {
			v.Native = l.list(v.Items)
		}
		return v.Native.(*lua.LTable)
	case *script.Object:
		return l.object(v)
	case *script.Row:
		return l.row(v)
	case *script.Verdict:
		return &lua.LUserData{Value: v, Env: l.state.Env, Metatable: lua.LNil}
	}
	return lua.LNil
}

func (l *language) list(items []any) *lua.LTable {
	t := l.state.CreateTable(len(items), 0)
	for i, item := range items {
		t.RawSetInt(i+1, l.value(item))
	}
	return t
}

// object is a table that cannot be changed and has no other members than o.
func (l *language) object(o *script.Object) *lua.LTable {
	if t, ok := o.Native.(*lua.LTable); ok {
		return t
	}
	t, members, meta := l.state.NewTable(), map[string]lua.LValue{}, l.state.NewTable()
	o.Native = t
	for name, f := range o.Functions {
		members[name] = l.method(t, o.Name+"."+name, f)
	}
	meta.RawSetString("__index", l.state.NewFunction(func(s *lua.LState) int {
		name := s.CheckString(2)
		if m, ok := members[name]; ok {
			s.Push(m)
			return 1
		}
		get, ok := o.Properties[name]
		if !ok {
			s.RaiseError("%s has no %s", o.Name, name)
		}
		v, err := get()
		if err != nil {
			s.RaiseError("%s", err.Error())
		}
		s.Push(l.value(v))
		return 1
	}))
	meta.RawSetString("__newindex", l.state.NewFunction(func(s *lua.LState) int {
		s.RaiseError("%s.%s cannot be changed", o.Name, s.Get(2).String())
		return 0
	}))
	meta.RawSetString("__metatable", lua.LFalse)
	t.Metatable = meta
	return t
}

func (l *language) function(name string, f script.Function) *lua.LFunction {
	return l.method(nil, name, f)
}

// method is f for the script. q:reject(…) is taken for q.reject(…).
func (l *language) method(of *lua.LTable, name string, f script.Function) *lua.LFunction {
	return l.state.NewFunction(func(s *lua.LState) int {
		first := 1
		if of != nil && s.Get(1) == of {
			first = 2
		}
		a := script.Args{Function: name}
		for i := first; i <= s.GetTop(); i++ {
			a.List = append(a.List, given(s.Get(i)))
		}
		v, err := f(&a)
		if err != nil {
			s.RaiseError("%s", err.Error())
		}
		s.Push(l.value(v))
		return 1
	})
}

// given is a value of the script for the filter.
func given(v lua.LValue) any {
	switch v := v.(type) {
	case *lua.LNilType:
		return nil
	case lua.LBool:
		return bool(v)
	case lua.LNumber:
		return float64(v)
	case lua.LString:
		return string(v)
	case *lua.LUserData:
		if verdict, ok := v.Value.(*script.Verdict); ok {
			return verdict
		}
	case *lua.LTable:
		return items(v)
	}
	return script.Opaque{Kind: kind(v)}
}

// items is a table as a list; nil in it stands for itself.
func items(t *lua.LTable) any {
	n, list := t.MaxN(), true
	t.ForEach(func(key, _ lua.LValue) {
		k, ok := key.(lua.LNumber)
		list = list && ok && k >= 1 && k <= lua.LNumber(n) && k == lua.LNumber(int(k))
	})
	if !list || t.Metatable != lua.LNil {
		return script.Opaque{Kind: "a table that is no list"}
	}
	out := make([]any, n)
	for i := range out {
		out[i] = given(t.RawGetInt(i + 1))
	}
	return out
}

func kind(v lua.LValue) string {
	if v.Type() == lua.LTUserData {
		return "an object"
	}
	return "a " + v.Type().String()
}

// row fills the table that row gets: nil is NULL.
func (l *language) row(r *script.Row) *lua.LTable {
	if l.rows == nil {
		l.rows = l.newRows(r.Len())
	}
	for i := range r.Len() {
		if v := r.Value(i); v != nil {
			l.rows.RawSetInt(i+1, lua.LString(v))
		} else {
			l.rows.RawSetInt(i+1, lua.LNil)
		}
	}
	for i := r.Len(); i < l.width; i++ {
		l.rows.RawSetInt(i+1, lua.LNil)
	}
	l.width = r.Len()
	return l.rows
}

// newRows is a table that has places for values and for nothing else: a value under a
// column's name would change nothing.
func (l *language) newRows(n int) *lua.LTable {
	t, meta := l.state.CreateTable(n, 0), l.state.NewTable()
	meta.RawSetString("__newindex", l.state.NewFunction(func(s *lua.LState) int {
		i, ok := s.Get(2).(lua.LNumber)
		if !ok || i < 1 || int(i) > l.width || i != lua.LNumber(int(i)) {
			s.RaiseError("values have the numbers 1 to %d, and no %s", l.width, s.Get(2).String())
		}
		t.RawSetInt(int(i), s.Get(3))
		return 0
	}))
	meta.RawSetString("__metatable", lua.LFalse)
	t.Metatable = meta
	return t
}

// readRow reads what the script has made of the values.
func (l *language) readRow(r *script.Row) error {
	if n := l.rows.MaxN(); n > r.Len() {
		return fmt.Errorf("%s: row made %d values of %d", script.Name, n, r.Len())
	}
	for i := range r.Len() {
		switch v := l.rows.RawGetInt(i + 1).(type) {
		case lua.LString:
			r.SetText(i, string(v))
		case lua.LNumber:
			r.SetText(i, script.Number(float64(v)))
		case *lua.LNilType:
			r.SetNull(i)
		default:
			return fmt.Errorf("%s: row made value %d %s, which is neither text nor NULL", script.Name, i+1, kind(v))
		}
	}
	return nil
}
