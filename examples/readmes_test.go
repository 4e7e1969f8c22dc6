package examples

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/docs"
)

// The README of each SDK works as it stands, in a copy of the repository, with the files that
// it does not show as docs/writing-a-filter.md has them.
func TestReadmesOfSDKs(t *testing.T) {
	readmes := map[string][]*docs.Block{}
	for _, b := range docs.Blocks(t) {
		readmes[b.File] = append(readmes[b.File], b)
	}
	if len(readmes) != 3 {
		t.Fatalf("%d READMEs have blocks", len(readmes))
	}
	for file, blocks := range readmes {
		t.Run(file, func(t *testing.T) {
			d := newDirectory(t)
			guide, err := docs.Read(d.penstock, "docs/writing-a-filter.md")
			must(t, err)
			language := map[string]string{"c": "C", "rust": "Rust", "assemblyscript": "AssemblyScript"}[filepath.Base(filepath.Dir(file))]
			for _, b := range guide {
				if b.Section == language && b.Name != "" {
					d.write(t, b)
				}
			}
			must(t, os.Symlink(filepath.Join(d.penstock, "plugins"), filepath.Join(d.path, "plugins")))
			d.do(t, blocks)
			module := "noddl.wasm"
			if language == "Rust" {
				module = "target/wasm32-unknown-unknown/release/noddl.wasm"
			}
			if _, err := os.Stat(filepath.Join(d.path, module)); err != nil {
				t.Error(err)
			}
		})
	}
}

// directory is where a reader of a document works.
type directory struct{ path, penstock string }

func newDirectory(t *testing.T) directory {
	t.Helper()
	root, err := rig.Root()
	must(t, err)
	return directory{t.TempDir(), root}
}

// do writes the blocks that are files and runs those that are commands.
func (d directory) do(t *testing.T, blocks []*docs.Block) {
	t.Helper()
	for _, b := range blocks {
		switch {
		case b.Name != "":
			d.write(t, b)
		case b.Lang == "sh":
			output(t, d.path, b.Text())
		default:
			t.Errorf("%s: nothing is done with a block of %s that names no file", b, b.Lang)
		}
	}
}

func (d directory) write(t *testing.T, b *docs.Block) {
	t.Helper()
	file := filepath.Join(d.path, b.Name)
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, []byte(b.Text()), 0o644))
}
