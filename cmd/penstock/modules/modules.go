// Package modules holds the built-in plugins: compiled WASM modules, embedded
// into the binary.
//
// The files are made by `make plugins` and are not in git, so a plain `go
// build` in a fresh clone makes a binary without them. It works, and tells
// whoever asks for one how to get it ([MissingError]).
package modules

import (
	"embed"
	"errors"
	"io/fs"
	"path"
	"strings"
)

// The directory is embedded rather than *.wasm, which would not compile where
// there are none.
//
//go:embed all:*
var embedded embed.FS

// extension is that of a module's file.
const extension = ".wasm"

// MissingError says that the binary has no such built-in plugin.
type MissingError struct {
	Name  string   // without extension
	Names []string // those that it has
}

// Error says what to do.
func (e *MissingError) Error() string {
	if len(e.Names) == 0 {
		return "this binary was built without the built-in plugin " + e.Name + "; build with `make`"
	}
	return "there is no built-in plugin " + e.Name + "; there are " + strings.Join(e.Names, ", ")
}

// Is makes errors.Is(err, fs.ErrNotExist) true.
func (e *MissingError) Is(target error) bool { return target == fs.ErrNotExist }

// FS returns the built-in modules as files NAME.wasm. Opening another name is
// a [*MissingError] within a [*fs.PathError].
func FS() fs.FS { return files{embedded} }

// Open opens a built-in module by its name, without extension.
func Open(name string) (fs.File, error) { return FS().Open(name + extension) }

// Names lists the built-in modules in alphabetical order.
func Names() []string { return names(embedded) }

func names(all fs.FS) []string {
	found, _ := fs.Glob(all, "*"+extension) // the pattern is well-formed
	for i, file := range found {
		found[i] = strings.TrimSuffix(file, extension)
	}
	return found
}

// files shows the modules among what is embedded, and nothing else.
type files struct{ all fs.FS }

var _ fs.GlobFS = files{}

// Open opens a module's file.
func (f files) Open(file string) (fs.File, error) {
	if path.Ext(file) == extension {
		opened, err := f.all.Open(file)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return opened, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: file,
		Err: &MissingError{strings.TrimSuffix(file, extension), names(f.all)}}
}

// Glob finds modules' files.
func (f files) Glob(pattern string) ([]string, error) {
	found, err := fs.Glob(f.all, pattern)
	var modules []string
	for _, file := range found {
		if path.Ext(file) == extension {
			modules = append(modules, file)
		}
	}
	return modules, err
}
