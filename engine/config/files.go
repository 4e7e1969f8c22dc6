package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxOptionFile bounds a file whose text is an option: it becomes part of the options
// of every instance.
const maxOptionFile = 1 << 20

// optionFiles reads the table of files whose texts are options: a plugin has no files, so
// it is given what they hold. The texts are put into options.
func (t *table) optionFiles(key string, options map[string]any) (files []OptionFile) {
	t.note(key, "table", "{}")
	list := t.sub(key)
	for _, name := range slices.Sorted(maps.Keys(list.values)) {
		path := list.text(name, "")
		if !isString(list.values[name]) {
			continue
		}
		if _, both := options[name]; both {
			list.fail(name, fmt.Sprintf("there is an option %q too", name), "keep one of them")
			continue
		}
		path = t.r.path(path)
		files = append(files, OptionFile{name, path})
		options[name] = list.optionFile(name, path)
	}
	return files
}

func (t *table) optionFile(key, path string) string {
	const suggestion = "write the path of a text file; relative paths begin at the configuration file's directory"
	info, err := os.Stat(path)
	switch {
	case path == "":
		t.fail(key, "this is empty", suggestion)
		return ""
	case err != nil:
		t.fail(key, err.Error(), suggestion)
		return ""
	case !info.Mode().IsRegular():
		t.fail(key, path+" is not a file", suggestion)
		return ""
	case info.Size() > maxOptionFile:
		t.fail(key, fmt.Sprintf("%s has %d bytes", path, info.Size()), "an option is "+shortSize(maxOptionFile)+" at most")
		return ""
	}
	text, err := os.ReadFile(path)
	switch {
	case err != nil:
		t.fail(key, err.Error(), "make the file readable for the user that runs penstock")
	case !utf8.Valid(text):
		t.fail(key, path+" is not UTF-8", "options are text: convert the file")
	}
	return string(text)
}

// FileNote says in parentheses which options come from which files, so that who reads a
// plugin's complaint about an option knows where to look. It is empty if none do.
func (p *Plugin) FileNote() string {
	var notes []string
	for _, f := range p.Files {
		notes = append(notes, fmt.Sprintf("option %q is the text of %s", f.Option, f.Path))
	}
	if notes == nil {
		return ""
	}
	return " (" + strings.Join(notes, ", ") + ")"
}
