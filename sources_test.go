package penstock_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock"
)

// What the SDKs are made of is embedded, whatever is added to them.
func TestSourcesAreWhole(t *testing.T) {
	elsewhere := []string{"testdata", "gen", "target", "node_modules"}                 // tests, and what is built
	needless := []string{"README.md", "package-lock.json", "Cargo.lock", ".gitignore"} // links into the repository; they have no dependencies
	found := 0
	for _, root := range []string{"plugins/sdk", "wasm/abi"} {
		err := fs.WalkDir(os.DirFS("."), root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && slices.Contains(elsewhere, d.Name()):
				return fs.SkipDir
			case d.IsDir() || strings.HasSuffix(name, "_test.go") || slices.Contains(needless, d.Name()):
				return nil
			}
			found++
			if _, err := fs.Stat(penstock.Sources, name); err != nil {
				t.Errorf("sources.go does not embed %s", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found == 0 {
		t.Error("found no files")
	}
}
