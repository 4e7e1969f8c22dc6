package main

import (
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"github.com/penstock-db/penstock/plugins/scripts/script"
)

// language is Lua: an interpreter and the script's functions.
type language struct {
	state *lua.LState
	hooks map[string]*lua.LFunction
	row   *lua.LUserData // the values that row gets
}

// maxStack is how many values a script can have on its stack; calls nest to 256.
const maxStack = 64 << 10

func newLanguage() *language {
	l := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: 1024, RegistryMaxSize: maxStack, MinimizeStackMemory: true})
	for name, open := range map[string]lua.LGFunction{"": lua.OpenBase, lua.TabLibName: lua.OpenTable,
		lua.StringLibName: lua.OpenString, lua.MathLibName: lua.OpenMath} {
		l.Push(l.NewFunction(open))
		l.Push(lua.LString(name))
		l.Call(1, 0)
	}
	for _, name := range forbidden {
		l.SetGlobal(name, lua.LNil)
	}
	math, _ := l.GetGlobal(lua.MathLibName).(*lua.LTable)
	math.RawSetString("random", l.NewFunction(random))
	math.RawSetString("randomseed", lua.LNil)
	return &language{state: l, hooks: map[string]*lua.LFunction{}}
}

// forbidden are the base library's functions that load files, write to where nobody
// looks or are nothing for a script.
var forbidden = []string{"collectgarbage", "dofile", "loadfile", "module", "newproxy", "print", "require", "_printregs"}

// random is math.random; the library's own has a seed that all sessions would share.
func random(l *lua.LState) int {
	r := script.Random()
	low, high := 1, 0
	switch l.GetTop() {
	case 0:
		l.Push(lua.LNumber(r))
		return 1
	case 1:
		high = l.CheckInt(1)
	default:
		low, high = l.CheckInt(1), l.CheckInt(2)
	}
	if high < low {
		l.RaiseError("math.random: there is no number from %d to %d", low, high)
	}
	l.Push(lua.LNumber(low + int(r*float64(high-low+1))))
	return 1
}

// Load implements script.Language.
func (l *language) Load(source string, globals *script.Object) error {
	for name, f := range globals.Functions {
		l.state.SetGlobal(name, l.function(name, f))
	}
	for name, o := range globals.Members {
		l.state.SetGlobal(name, l.object(o))
	}
	chunk, err := parse.Parse(strings.NewReader(source), script.Name)
	if err != nil {
		return syntaxError(err, source)
	}
	code, err := lua.Compile(chunk, script.Name)
	if err != nil {
		return compileError(err)
	}
	l.state.Push(l.state.NewFunctionFromProto(code))
	if err := l.state.PCall(0, 0, nil); err != nil {
		return runError(err)
	}
	for _, name := range script.Hooks {
		if f, ok := l.state.GetGlobal(name).(*lua.LFunction); ok {
			l.hooks[name] = f
		}
	}
	return nil
}

// syntaxError says where the parser has stopped.
func syntaxError(err error, source string) error {
	var at *parse.Error
	if !errors.As(err, &at) {
		return fmt.Errorf("%s: %w", script.Name, err)
	}
	line, near := at.Pos.Line, ""
	if line == parse.EOF || line <= 0 {
		line, near = 1+strings.Count(strings.TrimRight(source, "\n"), "\n"), " at the end of the script"
	} else if at.Token != "" {
		near = fmt.Sprintf(" near %q", at.Token)
	}
	return fmt.Errorf("%s:%d: %s%s", script.Name, line, strings.TrimSpace(at.Message), near)
}

func compileError(err error) error {
	var at *lua.CompileError
	if !errors.As(err, &at) {
		return fmt.Errorf("%s: %w", script.Name, err)
	}
	return fmt.Errorf("%s:%d: %s", script.Name, at.Line, at.Message)
}

// runError leaves out the stack; what a script raises as an error begins with its place.
func runError(err error) error {
	var at *lua.ApiError
	if !errors.As(err, &at) {
		return fmt.Errorf("%s: %w", script.Name, err)
	}
	text := at.Object.String()
	if at.Object.Type() != lua.LTString {
		text = "an error that is " + kind(at.Object)
	}
	if !strings.HasPrefix(text, script.Name+":") {
		text = script.Name + ": " + text
	}
	return errors.New(text)
}

// Defines implements script.Language.
func (l *language) Defines(hook string) bool { return l.hooks[hook] != nil }

// Call implements script.Language.
func (l *language) Call(hook string, args ...any) (any, error) {
	l.state.Push(l.hooks[hook])
	for _, a := range args {
		l.state.Push(l.value(a))
	}
	if err := l.state.PCall(len(args), 1, nil); err != nil {
		return nil, runError(err)
	}
	result := l.state.Get(-1)
	l.state.Pop(1)
	return given(result), nil
}
