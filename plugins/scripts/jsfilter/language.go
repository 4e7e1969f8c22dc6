package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/penstock-db/penstock/plugins/scripts/script"
)

// language is JavaScript: an interpreter and the script's functions.
type language struct {
	vm    *goja.Runtime
	hooks map[string]goja.Callable
	row   *goja.Object // the values that row gets
	shown *script.Row  // what it shows
	args  []goja.Value
}

// maxCalls is how deep a script's calls nest.
const maxCalls = 256

func newLanguage() *language {
	vm := goja.New()
	vm.SetMaxCallStackSize(maxCalls)
	vm.SetRandSource(script.Random) // clones would share the seed of the library's own
	return &language{vm: vm, hooks: map[string]goja.Callable{}}
}

// Load implements script.Language.
func (l *language) Load(source string, globals *script.Object) error {
	for name, f := range globals.Functions {
		if err := l.vm.Set(name, l.function(name, f)); err != nil {
			return err
		}
	}
	for name, o := range globals.Members {
		if err := l.vm.Set(name, l.object(o)); err != nil {
			return err
		}
	}
	program, err := parser.ParseFile(nil, script.Name, source, 0, parser.WithDisableSourceMaps) // which would read files
	if err != nil {
		return syntaxError(err)
	}
	code, err := goja.CompileAST(program, true)
	if err != nil {
		return compileError(err)
	}
	if _, err := l.vm.RunProgram(code); err != nil {
		return runError(err)
	}
	for _, name := range script.Hooks {
		v, err := l.vm.RunString("typeof " + name + " === 'function' ? " + name + " : undefined") // const f = … is no property of the global object
		if err != nil {
			return runError(err)
		}
		if f, ok := goja.AssertFunction(v); ok {
			l.hooks[name] = f
		}
	}
	return nil
}

// syntaxError is the first of the parser's errors; the others follow from it.
func syntaxError(err error) error {
	var list parser.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return fmt.Errorf("%s: %w", script.Name, err)
	}
	return fmt.Errorf("%s:%d: %s", script.Name, list[0].Position.Line, list[0].Message)
}

func compileError(err error) error {
	var at *goja.CompilerSyntaxError
	if !errors.As(err, &at) || at.File == nil {
		return fmt.Errorf("%s: %w", script.Name, err)
	}
	return fmt.Errorf("%s:%d: %s", script.Name, at.File.Position(at.Offset).Line, at.Message)
}

// runError says where in the script an error was raised, and leaves out the rest of
// the stack.
func runError(err error) error {
	var thrown *goja.Exception
	var deep *goja.StackOverflowError
	var frames []goja.StackFrame
	text := err.Error()
	switch {
	case errors.As(err, &deep):
		frames, text = deep.Stack(), "calls nest too deeply"
	case errors.As(err, &thrown):
		frames, text = thrown.Stack(), strings.TrimPrefix(thrown.Value().String(), "Error: ")
	}
	for i := range frames {
		if line := frames[i].Position().Line; line > 0 {
			return errors.New(script.Name + ":" + strconv.Itoa(line) + ": " + text)
		}
	}
	return errors.New(script.Name + ": " + text)
}

// Defines implements script.Language.
func (l *language) Defines(hook string) bool { return l.hooks[hook] != nil }

// Call implements script.Language.
func (l *language) Call(hook string, args ...any) (any, error) {
	l.args = l.args[:0]
	for _, a := range args {
		l.args = append(l.args, l.value(a))
	}
	result, err := l.hooks[hook](goja.Undefined(), l.args...)
	if err != nil {
		return nil, runError(err)
	}
	return l.given(result), nil
}
