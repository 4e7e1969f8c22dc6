package ctl

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var example = regexp.MustCompile("(?m)^\\| `penstock ([^`]+)` \\|")

// docs/cli.md has every command, and its examples are command lines that make
// sense and do something.
func TestReferenceIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	for _, m := range example.FindAllStringSubmatch(string(text), -1) {
		examples = append(examples, m[1])
	}
	root := &cobra.Command{Use: "penstock"}
	AddTo(root)
	var commands []string
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.HasSubCommands() {
			for _, sub := range cmd.Commands() {
				walk(sub)
			}
			return
		}
		commands = append(commands, strings.TrimPrefix(cmd.CommandPath(), "penstock "))
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && f.Name != "output" && !strings.Contains(string(text), "--"+f.Name) {
				t.Errorf("docs/cli.md says nothing of --%s of %s", f.Name, cmd.CommandPath())
			}
		})
		cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "config" && !strings.Contains(string(text), "`--"+f.Name+"`") {
				t.Errorf("docs/cli.md says nothing of --%s", f.Name)
			}
		})
	}
	walk(root)
	if len(commands) < 40 {
		t.Fatalf("only %d commands: %q", len(commands), commands)
	}
	used := map[string]bool{}
	for _, line := range examples {
		cmd, args, err := root.Find(strings.Fields(line))
		if err != nil {
			t.Errorf("penstock %s: %v", line, err)
			continue
		}
		path := strings.TrimPrefix(cmd.CommandPath(), "penstock ")
		used[path] = true
		if !slices.Contains(commands, path) {
			t.Errorf("penstock %s does nothing (%q)", line, args)
			continue
		}
		if path == "watch" {
			line += " --count 1"
		}
		run := newFake(t)
		run.anything = true
		if r := run.penstock(t, "n3w\n", strings.Fields(line)...); r.code != 0 {
			t.Errorf("penstock %s: exit code %d: %s", line, r.code, r.stderr)
		}
	}
	for _, path := range commands {
		if !used[path] {
			t.Errorf("docs/cli.md has no example of penstock %s", path)
		}
	}
}
