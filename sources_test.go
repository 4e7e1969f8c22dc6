package penstock_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/penstock-db/penstock"
)

// What the Go SDK is made of is embedded, whatever package is added to it.
func TestSourcesAreWhole(t *testing.T) {
	found := 0
	for _, root := range []string{"plugins/sdk", "wasm/abi"} {
		err := fs.WalkDir(os.DirFS("."), root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "gen"):
				return fs.SkipDir // gen makes what is committed
			case path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
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
		t.Error("found no Go files")
	}
}
