package examples

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/penstock-db/penstock/wasm/metadata"
)

// What an example says of itself is the same file in every language, however it
// got into the module.
func TestMetadata(t *testing.T) {
	files, err := filepath.Glob("[fr]*/*.json") // filters and routers
	if err != nil || len(files) != 4 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, l := range languages {
		for _, file := range files {
			name := filepath.Base(file[:len(file)-len(".json")])
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := metadata.Merge(text)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			section, err := metadata.Section(code(t, l.name, name))
			if err != nil || section == nil {
				t.Errorf("%s %s: %q, %v", l.name, name, section, err)
				continue
			}
			if got, err := metadata.Merge(bytes.TrimRight(section, "\x00")); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s %s says\n%s\n%v, want\n%s", l.name, name, got, err, want)
			}
		}
	}
}
