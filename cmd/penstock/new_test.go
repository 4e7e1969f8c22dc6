package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
	cmd := exec.Command("sh", "-euc", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	return cmd
}

// What is built with them is tested in package examples, with the real binary.
func TestNewProjectsThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	for args, want := range map[string]string{
		"new --lang cobol mask":          `no template for language "cobol"; there are: `,
		"new -- -mask":                   "no name for a plugin",
		"new 'a b'":                      "no name for a plugin",
		"new " + strings.Repeat("x", 65): "no name for a plugin",
		"new ../mask":                    "the project's directory is made where you are",
		"new mask --sdk .":               "is not the root of Penstock's source",
		"new mask --sdk strange$":        "without --sdk the project gets a copy of the SDK",
		"new there":                      "file exists",
		"new":                            "accepts 1 arg",
		"sdk --lang c there":             "file exists",
		"sdk --lang cobol mask":          `no template for language "cobol"; there are: `,
	} {
		for _, d := range []string{"there", "strange$/plugins/sdk"} {
			if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		out, err := program(t, dir, "penstock plugin "+args).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, want %q\n%s", args, err, want, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "mask")); err == nil {
			t.Errorf("%s: it has made a directory", args)
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
