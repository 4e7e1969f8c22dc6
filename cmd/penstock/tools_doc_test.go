package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/docs"
)

// The sessions in docs/plugin-tools.md are run, word for word, and their output
// is compared; … stands for anything.
func TestPluginToolsDocument(t *testing.T) {
	dir := t.TempDir()
	wat, err := os.ReadFile("../../examples/filters/wat/nodrop.wat")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "nodrop.wat"), wat, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range docs.Blocks(t) {
		for _, step := range strings.Split("\n"+b.Text(), "\n$ ")[1:] {
			command, want := cutCommand(step)
			out, _ := program(t, dir, command).CombinedOutput() // what fails says so
			pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", "(?s:.*?)")
			if !regexp.MustCompile("^" + pattern + "$").MatchString(strings.TrimSpace(string(out))) {
				t.Errorf("%s: $ %s\n%s\nthe document says\n%s", b, command, out, want)
			}
		}
	}
}

// cutCommand takes the command off a step: it goes on while a quote is open.
func cutCommand(step string) (command, output string) {
	lines := strings.SplitAfter(step, "\n")
	for n := range lines {
		command = strings.Join(lines[:n+1], "")
		if strings.Count(command, "'")%2 == 0 {
			return strings.TrimSpace(command), strings.Join(lines[n+1:], "")
		}
	}
	return step, ""
}
