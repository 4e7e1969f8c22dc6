package scaffold

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-db/penstock"
)

// sdks says where in Penstock's source a language's SDK stands: the directory
// that a project is built against.
var sdks = map[string]string{
	"assemblyscript": "plugins/sdk/assemblyscript",
	"c":              "plugins/sdk/c",
	"go":             ".", // Go's is a part of a module
	"rust":           "plugins/sdk/rust",
}

// WriteSDK writes a language's SDK into a new directory: what the project of
// [Write] has in sdk.
func WriteSDK(dir, lang string) error {
	if err := known(lang); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("make the SDK's directory: %w", err)
	}
	files, err := fs.Sub(penstock.Sources, sdks[lang])
	if err != nil {
		return err
	}
	copyFile := func(from fs.FS, name string) error {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
			return err
		case lang == "go" && (!strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go")):
			return nil // another language's, or not for who uses it
		}
		return copyFile(files, name)
	})
	if err != nil {
		return err
	}
	if lang == "go" { // a module of the same name, without what only Penstock itself needs
		text := "module " + goModule + "\n\ngo " + goVersion() + "\n"
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return copyFile(penstock.Sources, "LICENSE")
}

const goModule = "github.com/penstock-db/penstock"

// goVersion is the version of Go that Penstock's source asks for.
func goVersion() string {
	text, err := penstock.Sources.ReadFile("go.mod")
	if err != nil {
		panic(err) // it is embedded
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "go "); ok {
			return strings.TrimSpace(v)
		}
	}
	panic("go.mod names no version of Go")
}
