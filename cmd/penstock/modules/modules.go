// Package modules holds the built-in plugins, embedded into the binary as compiled WASM
// modules, which `make plugins` makes: one of plugins/builtin, which most of them share, and
// one for each of plugins/scripts, because an interpreter takes long to compile and only who
// uses it should wait for that.
//
// The files are not in git, so a plain `go build` in a fresh clone makes a binary
// without them. That works, and has no built-in plugins.
package modules

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The directory is embedded rather than *.wasm, which would not compile where
// there are none.
//
//go:embed all:*
var embedded embed.FS

// shared is the module of the built-in plugins that have none of their own.
const shared = "builtin.wasm"

// extension is what files of modules end in.
const extension = ".wasm"

// Plugin is a built-in plugin.
type Plugin struct {
	Name        string
	Kind        string // router or filter
	Description string // in a few words
}

// builtin are all that there are, in alphabetical order.
var builtin = []Plugin{
	{"dbfwfilter", "filter", "refuses statements that rules match"},
	{"jsfilter", "filter", "does what a script in JavaScript says"},
	{"luafilter", "filter", "does what a script in Lua says"},
	{"maxrows", "filter", "keeps large results from the client"},
	{"namedserverfilter", "filter", "sends statements that match to a certain server"},
	{"qlafilter", "filter", "writes statements to a file"},
	{"readconnroute", "router", "gives each session one server"},
	{"readwritesplit", "router", "sends writes to the primary and reads to replicas"},
	{"regexfilter", "filter", "replaces what matches in statements"},
	{"throttlefilter", "filter", "slows down sessions that send too many statements"},
}

// alone are the plugins that have a module of their own.
var alone = []string{"jsfilter", "luafilter"}

// file is the module that a plugin is in.
func (p Plugin) file() string {
	if slices.Contains(alone, p.Name) {
		return p.Name + extension
	}
	return shared
}

// FS returns the built-in plugins as files NAME.wasm; those that share a module have the
// same content. Others do not exist.
func FS() fs.FS { return files{embedded} }

// Open opens a built-in plugin's module by the plugin's name.
func Open(name string) (fs.File, error) { return FS().Open(name + extension) }

// Names lists the built-in plugins in alphabetical order.
func Names() []string { return names(embedded) }

// Plugins lists them with what they are.
func Plugins() []Plugin { return plugins(embedded) }

func plugins(all fs.FS) (list []Plugin) {
	for _, p := range builtin {
		if _, err := fs.Stat(all, p.file()); err == nil {
			list = append(list, p)
		}
	}
	return list
}

func names(all fs.FS) (list []string) {
	for _, p := range plugins(all) {
		list = append(list, p.Name)
	}
	return list
}

// files shows a file for each built-in plugin, and nothing else.
type files struct{ all fs.FS }

var _ fs.GlobFS = files{}

// Open opens a plugin's module.
func (f files) Open(asked string) (fs.File, error) {
	known := plugins(f.all)
	name, ok := strings.CutSuffix(asked, extension)
	if i := slices.IndexFunc(known, func(p Plugin) bool { return p.Name == name }); ok && i >= 0 {
		return f.all.Open(known[i].file())
	}
	return nil, &fs.PathError{Op: "open", Path: asked, Err: fs.ErrNotExist}
}

// Glob finds plugins' files.
func (f files) Glob(pattern string) ([]string, error) {
	var found []string
	for _, name := range names(f.all) {
		ok, err := path.Match(pattern, name+extension)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, name+extension)
		}
	}
	return found, nil
}
