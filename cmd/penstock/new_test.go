package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/scaffold"
)

// program puts the test's binary into a directory under the program's name, and
// returns a command there that finds it.
func program(t *testing.T, dir, script string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(dir, asProgram))
	}
	if err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	return cmd
}

// A new project of each language builds with one command, and keeps the rules.
func TestNewProjectsBuildAndConform(t *testing.T) {
	for _, lang := range scaffold.Languages() {
		t.Run(lang, func(t *testing.T) {
			dir := t.TempDir()
			out, err := program(t, dir, "penstock plugin new --lang "+lang+" mask --sdk "+root(t)+
				" && cd mask && make test && echo 'SELECT forbidden' | penstock plugin run ./mask.wasm").CombinedOutput()
			if err != nil || !strings.Contains(string(out), ", 0 fail,") || !strings.Contains(string(out), "plugin   ERROR 1142 (42000): mask: ") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestNewProjectsThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	for args, want := range map[string]string{
		"--lang cobol mask":      `no template for language "cobol"; there are: `,
		"Mask":                   "no name for a plugin",
		"../mask":                "no name for a plugin",
		"mask":                   "say with --sdk where its source is",
		"mask --sdk .":           "is not Penstock's source",
		"there --sdk " + root(t): "file exists",
		"":                       "accepts 1 arg",
	} {
		if err := os.MkdirAll(filepath.Join(dir, "there"), 0o755); err != nil {
			t.Fatal(err)
		}
		out, err := program(t, dir, "penstock plugin new "+args).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, want %q\n%s", args, err, want, out)
		}
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
