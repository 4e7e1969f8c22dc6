// Package scaffold writes new plugin projects: one directory of templates a
// language, and the language's SDK beside it. To add a language, add a directory,
// whose files are text/template with [data] and lose the ending .tmpl, and a line
// to the SDKs.
package scaffold

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed all:templates
var templates embed.FS

// What is the same in all languages: a part of the READMEs, and the metadata.
var (
	//go:embed steps.md.tmpl
	steps string
	//go:embed plugin.json.tmpl
	about string
)

// Project is what a new plugin is to be.
type Project struct {
	Lang string // one of [Languages]
	Name string // the plugin's name, its directory's and its module's
	// SDK is the root of Penstock's source, to build against the SDK there. Empty:
	// the project gets a copy of the SDK.
	SDK string
}

// data is what templates have.
type data struct {
	Lang string
	Name string // the project's, any that validName takes
	// Package is made of it: what every language's package manager takes for a name,
	// and none has a meaning for.
	Package string
	Key     string // the name as a part of a key in TOML
	// SDK is the directory of the language's SDK, as seen from the project. Copied
	// says that it is the project's own.
	SDK    string
	Copied bool
	Go     string // the version of Go
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

func known(lang string) error {
	if !slices.Contains(Languages(), lang) {
		return fmt.Errorf("no template for language %q; there are: %s", lang, strings.Join(Languages(), ", "))
	}
	return nil
}

var (
	// validName is what the configuration takes for a name.
	validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	// validPath is what stands for itself in Makefiles, TOML, JSON, go.mod and the shell.
	validPath = regexp.MustCompile(`^[\pL\pN /._+@:,~-]+$`)
	other     = regexp.MustCompile(`[^a-z0-9]+`)
)

// Write writes the project into a new directory and returns the files' paths,
// below it. Nothing that is there is overwritten.
func Write(dir string, p Project) ([]string, error) {
	if err := known(p.Lang); err != nil {
		return nil, err
	}
	d, err := p.data()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the project's directory: %w", err)
	}
	root := "templates/" + p.Lang
	var written []string
	err = fs.WalkDir(templates, root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, root), "/"), ".tmpl")
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(dir, relative), 0o755)
		}
		written = append(written, relative)
		return writeFile(filepath.Join(dir, relative), name, d)
	})
	if err != nil || !d.Copied {
		return written, err
	}
	return append(written, "sdk"), WriteSDK(filepath.Join(dir, "sdk"), p.Lang)
}

// data checks the project and makes of it what templates need.
func (p *Project) data() (*data, error) {
	if !validName.MatchString(p.Name) {
		return nil, fmt.Errorf("%q is no name for a plugin: it has letters, digits, dots, dashes and underscores, 64 at most, "+
			"and begins with a letter or digit; the project's directory is made where you are", p.Name)
	}
	d := &data{Lang: p.Lang, Name: p.Name, Key: p.Name, SDK: "./sdk", Copied: p.SDK == "", Go: goVersion()}
	d.Package = "penstock-filter-" + strings.Trim(other.ReplaceAllString(strings.ToLower(p.Name), "-"), "-")
	if strings.Contains(p.Name, ".") {
		d.Key = `"` + p.Name + `"`
	}
	if d.Copied {
		return d, nil
	}
	abs, err := filepath.Abs(p.SDK)
	if err == nil {
		_, err = os.Stat(filepath.Join(abs, "plugins", "sdk"))
	}
	if err != nil {
		return nil, fmt.Errorf("--sdk %s: this is not the root of Penstock's source: %w", p.SDK, err)
	}
	if !validPath.MatchString(abs) {
		return nil, fmt.Errorf("--sdk %q: a project's files cannot name a path with such characters; without --sdk the project gets a copy of the SDK", abs)
	}
	d.SDK = path.Join(filepath.ToSlash(abs), sdks[p.Lang])
	return d, nil
}

func writeFile(file, name string, d *data) error {
	text, err := templates.ReadFile(name)
	if err != nil {
		return err
	}
	t := template.Must(template.New("steps").Parse(strings.TrimSuffix(steps, "\n")))
	template.Must(t.New("metadata").Parse(strings.TrimSuffix(about, "\n")))
	if t, err = t.New(name).Parse(string(text)); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err := t.Execute(f, d); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
