package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/scaffold"
)

// program puts the test's binary into a directory under the program's name, and
// returns a command there that finds it, and Debian's Rust before any other.
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
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "CARGO=/usr/bin/cargo", "RUSTC=/usr/bin/rustc", "RUSTDOC=/usr/bin/rustdoc",
		"CARGO_NET_OFFLINE=true", "npm_config_prefer_offline=true")
	return cmd
}

// A new project of each language, with nothing but the binary, builds with one command,
// passes its tests and keeps the rules; its README is true.
func TestNewProjectsBuildAndConform(t *testing.T) {
	for _, lang := range scaffold.Languages() {
		t.Run(lang, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a b")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			const name = "7-Mask.fn"
			out, err := program(t, dir, "penstock plugin new --lang "+lang+" "+name+" && make -C "+name+" && make -C "+name+" test").CombinedOutput()
			if err != nil || !strings.Contains(string(out), ", 0 fail,") {
				t.Fatalf("%v\n%s", err, out)
			}
			readme := filepath.Join(dir, name, "README.md")
			out, err = program(t, dir, "cd "+name+" && "+command(t, readme, "echo ")).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "plugin   ERROR 1142 (42000): "+name+": ") {
				t.Errorf("%v\n%s", err, out)
			}
			config := filepath.Join(dir, name, "penstock.toml")
			if err := os.WriteFile(config, []byte(base+command(t, readme, "[filters.")), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := program(t, dir, "penstock check -c "+name+"/penstock.toml").CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			out, err = program(t, dir, "cd "+name+" && cp -r sdk before && "+command(t, readme, "rm -r sdk")+" diff -r before sdk").CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// command is the block of a README that begins with a text.
func command(t *testing.T, readme, begin string) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?m)^    ` + regexp.QuoteMeta(begin) + `.*\n(?:    .*\n)*`).Find(text)
	if block == nil {
		t.Fatalf("%s has no block that begins with %q", readme, begin)
	}
	return string(bytes.ReplaceAll(block, []byte("    "), nil))
}

// Whatever the project is called, each language takes it. They are built against the source, which
// is compiled once.
func TestNewProjectsWithOddNames(t *testing.T) {
	modules, target := filepath.Join(root(t), "examples", "node_modules"), t.TempDir()
	build := map[string]string{
		"assemblyscript": "ln -s '" + modules + "' node_modules && npm run --silent build",
		"c":              "make --silent",
		"go":             "go vet ./...",
		"rust":           "CARGO_TARGET_DIR=" + target + " make --silent",
	}
	for _, lang := range scaffold.Languages() {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			for _, name := range []string{"fn", "v1.", "7._-Up", strings.Repeat("x", 64)} {
				out, err := program(t, t.TempDir(), fmt.Sprintf("penstock plugin new --lang %s --sdk '%s' %s; cd %[3]s; test ! -e sdk; %s", lang, root(t), name, build[lang])).CombinedOutput()
				if err != nil {
					t.Errorf("%s: %v\n%s", name, err, out)
				}
			}
		})
	}
}

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
