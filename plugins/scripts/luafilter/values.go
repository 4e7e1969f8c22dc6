package main

import (
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
		if l.row == nil {
			l.row = l.newRow(v)
		}
		return l.row
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
			s.RaiseError("%s", o.Missing(name).Error())
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
		switch v.Value.(type) {
		case *script.Verdict, *script.Row:
			return v.Value
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

// newRow is values of row(r, values): each is looked at when the script reads it. nil is NULL.
func (l *language) newRow(r *script.Row) *lua.LUserData {
	index := func(s *lua.LState) int {
		i, ok := s.Get(2).(lua.LNumber)
		if !ok || i < 1 || int(i) > r.Len() || i != lua.LNumber(int(i)) {
			s.RaiseError("values have the numbers 1 to %d, and no %s", r.Len(), s.Get(2).String())
		}
		return int(i) - 1
	}
	meta := l.state.NewTable()
	meta.RawSetString("__index", l.state.NewFunction(func(s *lua.LState) int {
		if v := r.Value(index(s)); v != nil {
			s.Push(lua.LString(v))
		} else {
			s.Push(lua.LNil)
		}
		return 1
	}))
	meta.RawSetString("__newindex", l.state.NewFunction(func(s *lua.LState) int {
		i := index(s)
		switch v := s.Get(3).(type) {
		case lua.LString:
			r.SetText(i, string(v))
		case lua.LNumber:
			r.SetText(i, script.Number(float64(v)))
		case *lua.LNilType:
			r.SetNull(i)
		default:
			s.RaiseError("a value of a row cannot be %s: it is neither text nor NULL", kind(v))
		}
		return 0
	}))
	meta.RawSetString("__len", l.state.NewFunction(func(s *lua.LState) int {
		s.Push(lua.LNumber(r.Len()))
		return 1
	}))
	meta.RawSetString("__metatable", lua.LFalse)
	return &lua.LUserData{Value: r, Env: l.state.Env, Metatable: meta}
}
