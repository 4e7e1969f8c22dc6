// Package scaffold writes new plugin projects: one directory of templates a
// language. To add a language, add a directory; its files are text/template,
// with [Project] for their data, and lose the ending .tmpl.
package scaffold

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed all:templates
var templates embed.FS

// Project is what a new plugin is to be.
type Project struct {
	Lang string // a directory of the templates
	Name string // the plugin's name, and its directory's
	// Version is the SDK's, as the language's packages spell it. Empty: SDK is
	// the directory of Penstock's source to build against.
	Version string
	SDK     string
}

// Languages lists what there are templates for.
func Languages() []string {
	entries, err := templates.ReadDir("templates")
	if err != nil {
		panic(err) // they are embedded
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// Write writes the project into a new directory and returns the files' paths,
// below it. Nothing that is there is overwritten.
func Write(dir string, p Project) ([]string, error) {
	if !slices.Contains(Languages(), p.Lang) {
		return nil, fmt.Errorf("no template for language %q; there are: %s", p.Lang, strings.Join(Languages(), ", "))
	}
	if !validName.MatchString(p.Name) {
		return nil, fmt.Errorf("%q is no name for a plugin: it begins with a small letter and has small letters, digits and _, 32 at most", p.Name)
	}
	if p.Version == "" && p.SDK == "" {
		return nil, fmt.Errorf("this Penstock has no released version: say with --sdk where its source is")
	}
	if p.SDK != "" {
		abs, err := filepath.Abs(p.SDK)
		if err == nil {
			_, err = os.Stat(filepath.Join(abs, "plugins", "sdk"))
		}
		if err != nil {
			return nil, fmt.Errorf("%s is not Penstock's source: %w", p.SDK, err)
		}
		p.SDK = abs
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the project's directory: %w", err)
	}
	root := "templates/" + p.Lang
	var written []string
	err := fs.WalkDir(templates, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, root), "/"), ".tmpl")
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, relative), 0o755)
		}
		written = append(written, relative)
		return writeFile(filepath.Join(dir, relative), name, p)
	})
	return written, err
}

func writeFile(file, name string, p Project) error {
	t, err := template.ParseFS(templates, name)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err := t.Execute(f, p); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
