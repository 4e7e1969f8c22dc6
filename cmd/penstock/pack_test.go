package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packed runs penstock plugin pack with documents on the example that is
// written by hand, which takes no options.
func packed(t *testing.T, documents ...string) (file string, code int, text string) {
	t.Helper()
	file = nodrop(t, "", "")
	args := []string{"pack", file}
	for _, d := range documents {
		name := filepath.Join(t.TempDir(), "plugin.json")
		if err := os.WriteFile(name, []byte(d), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	code, stdout, stderr := pluginCommand(args...)
	return file, code, stdout + stderr
}

func TestPack(t *testing.T) {
	about := `{"version": "1.2.0", "author": "A. Nybody", "license": "MIT"}`
	plugin := `{"plugins": {"nodrop": {"description": "keeps tables", "options": {"additionalProperties": false}}}}`
	file, code, text := packed(t, about, plugin)
	if code != exitOK || !strings.Contains(text, "says of itself: nodrop") {
		t.Fatalf("%d %s", code, text)
	}
	code, stdout, stderr := pluginCommand("inspect", file)
	for _, want := range []string{"version     1.2.0", "author      A. Nybody", "license     MIT", "describes   nodrop: keeps tables", "cloned"} {
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("%d, no %q in\n%s%s", code, want, stdout, stderr)
		}
	}
	// It is the module that it was: the kit has nothing against it, and a configuration's typo is found.
	if code, stdout, stderr := pluginCommand("test", file); code != exitOK {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
	more := "[filters.n]\nmodule = \"" + file + "\"\n[filters.n.options]\nverbose = true\n"
	code, text, config := checked(t, more)
	if want := config + ":" + line(t, more, "verbose") + `: filters.n.options.verbose: unknown option "verbose"; there are no options here` + "\n"; code != exitFailed || text != want {
		t.Errorf("%d\n%swant\n%s", code, text, want)
	}
	// A newer one takes its place; another file can be written.
	once, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "plugin.json")
	if err := os.WriteFile(name, []byte(strings.Replace(plugin, "keeps", "guards", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := pluginCommand("pack", file, name, "-o", file+".new"); code != exitOK {
		t.Fatalf("%d %s%s", code, stdout, stderr)
	}
	twice, err := os.ReadFile(file + ".new")
	if err != nil || bytes.Count(twice, []byte("penstock.plugins")) != 1 || !bytes.Contains(twice, []byte("guards")) || bytes.Contains(twice, []byte("Nybody")) {
		t.Errorf("%d bytes, %v", len(twice), err)
	}
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, once) {
		t.Errorf("-o changed the module too: %v", err)
	}
}

func TestPackRefuses(t *testing.T) {
	plugin := func(options string) string { return `{"plugins": {"nodrop": {"options": ` + options + `}}}` }
	for _, c := range []struct{ document, want string }{
		{`{`, "not JSON"},
		{`{"plugins": {}}`, "plugins has 0 members"},
		{plugin(`{"type": "tabel"}`), "plugins.nodrop.options: it is no JSON Schema"},
		{plugin(`{"properties": {"a": {"type": "string", "default": 1}}}`), `plugins.nodrop.options: the default of a does not fit the schema: option "a" must be a string, not 1`},
		{plugin(`{"required": ["a"], "properties": {"a": {"type": "string"}}}`), `no option at all, because there are no examples does not fit the schema: option "a" is required`},
		{plugin(`{"properties": {"a": {"type": "string"}}, "examples": [{"a": "x"}]}`), "plugin nodrop does not start with what the metadata says (example 1)"},
	} {
		file, code, text := packed(t, c.document)
		if code != exitFailed || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d\n%s\nwant %s", c.document, code, text, c.want)
		}
		if now, err := os.ReadFile(file); err != nil || bytes.Contains(now, []byte("penstock.plugins")) {
			t.Errorf("%s: the module was written, %v", c.document, err)
		}
	}
	if _, code, text := packed(t, plugin(`{}`), plugin(`{}`)); code != exitFailed || !strings.Contains(text, "more than one document has plugins.nodrop") {
		t.Errorf("%d %s", code, text)
	}
	if code, _, text := pluginCommand("pack", "x.wasm"); code != exitUsage || !strings.Contains(text, "requires at least 2 arg") {
		t.Errorf("%d %s", code, text)
	}
}

// An artifact says of itself what its module says.
func TestPackedArtifact(t *testing.T) {
	file, code, text := packed(t, `{"plugins": {"nodrop": {"options": {"additionalProperties": false, "properties": {"verbose": {}}}}}}`)
	if code != exitOK {
		t.Fatal(text)
	}
	layout := "oci-layout:" + filepath.Join(t.TempDir(), "artifacts") + ":1.2"
	if code, stdout, stderr := pluginCommand("push", file, layout); code != exitOK {
		t.Fatalf("%d %s%s", code, stdout, stderr)
	}
	more := "[filters.n]\nmodule = \"" + layout + "\"\n[filters.n.options]\nverbos = true\n"
	code, text, config := checked(t, more)
	if want := config + ":" + line(t, more, "verbos") + `: filters.n.options.verbos: unknown option "verbos"; did you mean "verbose"?` + "\n"; code != exitFailed || text != want {
		t.Errorf("%d\n%swant\n%s", code, text, want)
	}
}
