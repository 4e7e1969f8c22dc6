package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/scaffold"
	"github.com/penstock-db/penstock/wasm/metadata"
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

// Whatever a project is called, each language's describes the plugin of that name, and
// the options that its README shows. Options that the filter refuses do not fit either.
func TestNewProjectsDescribeOptions(t *testing.T) {
	for _, lang := range scaffold.Languages() {
		for _, name := range []string{"mask", "7-Mask.fn", "v1.", "a__b", strings.Repeat("x", 64)} {
			dir := t.TempDir()
			out, err := program(t, dir, "penstock plugin new --lang "+lang+" "+name).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "plugin.json") {
				t.Fatalf("%s: %v\n%s", lang, err, out)
			}
			text, err := os.ReadFile(filepath.Join(dir, name, "plugin.json"))
			if err != nil {
				t.Fatal(err)
			}
			about, err := metadata.Decode(text)
			if err != nil || !slices.Equal(about.Names(), []string{name}) {
				t.Fatalf("%s %s: %v in\n%s", lang, name, err, text)
			}
			p := about.Plugin(name)
			if err := fitting(name, p); err != nil {
				t.Error(err)
			}
			for options, want := range map[string]string{
				`{"word": "forbidden"}`: "",
				`{}`:                    "",
				`{"wrod": "forbidden"}`: `unknown option "wrod"; did you mean "word"?`,
				`{"word": ""}`:          `option "word" must not be empty`,
			} {
				var found []string
				for _, problem := range p.Check([]byte(options)) {
					found = append(found, problem.String())
				}
				if got := strings.Join(found, "\n"); got != want {
					t.Errorf("%s %s: %s: %q, want %q", lang, name, options, got, want)
				}
			}
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
