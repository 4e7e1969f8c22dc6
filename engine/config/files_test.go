package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestOptionFiles has an option's text in a file: the plugin gets the text, and a
// changed file is another configuration.
func TestOptionFiles(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "mask.lua")
	text := minimal + "[filters.mask]\nmodule = \"luafilter\"\nfiles = { script = \"mask.lua\" }\noptions = { word = \"x\" }\n"
	var before *Config
	for _, content := range []string{"-- \"quoted\"\n\tname = 'é'\n", "-- changed\n"} {
		if err := os.WriteFile(script, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := LoadBytes(filepath.Join(dir, "penstock.toml"), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		f := c.Filters["mask"]
		var options map[string]string
		if err := json.Unmarshal(f.Options, &options); err != nil || !reflect.DeepEqual(options, map[string]string{"script": content, "word": "x"}) {
			t.Errorf("options %s, %v", f.Options, err)
		}
		if !reflect.DeepEqual(f.Files, []OptionFile{{"script", script}}) || f.FileNote() != ` (option "script" is the text of `+script+`)` {
			t.Errorf("files %v, %q", f.Files, f.FileNote())
		}
		if before != nil && reflect.DeepEqual(before.Filters, c.Filters) {
			t.Error("a changed file changes nothing")
		}
		before = c
	}
	if err := os.Truncate(script, maxOptionFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadBytes(filepath.Join(dir, "penstock.toml"), []byte(text)); err == nil || !strings.Contains(err.Error(), "has 1048577 bytes") {
		t.Errorf("a file that is too large: %v", err)
	}
	if note := (&Plugin{}).FileNote(); note != "" {
		t.Errorf("%q", note)
	}
}
