package examples

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// shell is a command that finds the penstock of this tree, and Debian's compilers, which
// .ci/deps installs, before any other.
func shell(t *testing.T, dir, script string) *exec.Cmd {
	t.Helper()
	penstock, err := rig.Binary()
	must(t, err)
	cmd := exec.Command("sh", "-euc", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CARGO=/usr/bin/cargo", "RUSTC=/usr/bin/rustc", "RUSTDOC=/usr/bin/rustdoc", "CARGO_NET_OFFLINE=true",
		"npm_config_prefer_offline=true", "PATH="+filepath.Dir(penstock)+":/usr/bin:"+os.Getenv("PATH"))
	return cmd
}

func output(t *testing.T, dir, script string) string {
	t.Helper()
	out, err := shell(t, dir, script).CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", script, err, out)
	}
	return string(out)
}

// newProjects runs a test for each language that there are templates for.
func newProjects(t *testing.T, test func(t *testing.T, l language)) {
	for _, l := range languages {
		if l.name != "cpp" { // who begins with C can go on in C++
			t.Run(l.name, func(t *testing.T) { test(t, l) })
		}
	}
}

// A new project of each language, with nothing but the binary, builds with one command,
// passes its tests and keeps the rules; its README is true.
func TestNewProjects(t *testing.T) {
	newProjects(t, func(t *testing.T, l language) {
		dir := filepath.Join(t.TempDir(), "a b")
		must(t, os.Mkdir(dir, 0o755))
		const name = "7-Mask.fn"
		output(t, dir, "penstock plugin new --lang "+l.name+" "+name+" && make -C "+name)
		project := filepath.Join(dir, name)
		if out := output(t, project, "make test"); !strings.Contains(out, ", 0 fail,") {
			t.Errorf("the conformance kit has not run:\n%s", out)
		}
		if out := output(t, project, readme(t, project, "echo ")); !strings.Contains(out, "plugin   ERROR 1142 (42000): "+name+": ") {
			t.Errorf("the filter does not refuse:\n%s", out)
		}
		config, err := os.ReadFile("../config.toml")
		must(t, err)
		must(t, os.WriteFile(filepath.Join(project, "penstock.toml"), append(config, readme(t, project, "[filters.")...), 0o600))
		output(t, project, "penstock check -c penstock.toml")
		describes(t, project, name)
		output(t, project, "cp -r sdk before; "+readme(t, project, "rm -r sdk")+" diff -r before sdk")
	})
}

// describes expects that a project's module says what it is, and that a configuration
// with a misspelled option is refused by it.
func describes(t *testing.T, project, name string) {
	t.Helper()
	if out := output(t, project, readme(t, project, "penstock plugin inspect")); !strings.Contains(out, "describes   "+name+": refuses statements") {
		t.Errorf("it does not say what it is:\n%s", out)
	}
	const typo = `sed 's/^word = /wrod = /' penstock.toml > typo.toml; ! penstock check -c typo.toml`
	if out := output(t, project, typo); !strings.Contains(out, `unknown option "wrod"; did you mean "word"?`) || !strings.Contains(out, "typo.toml:") {
		t.Errorf("the misspelled option:\n%s", out)
	}
}

// readme is the block of a project's README that begins with a text.
func readme(t *testing.T, project, begin string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(project, "README.md"))
	must(t, err)
	block := regexp.MustCompile(`(?m)^    ` + regexp.QuoteMeta(begin) + `.*\n(?:    .*\n)*`).Find(text)
	if block == nil {
		t.Fatalf("the README has no block that begins with %q", begin)
	}
	return strings.ReplaceAll(string(block), "    ", "")
}

// Whatever the project is called, each language takes it. They are built against the source, which
// is compiled once.
func TestNewProjectsWithOddNames(t *testing.T) {
	root, err := rig.Root()
	must(t, err)
	build := map[string]string{
		"assemblyscript": "ln -s '" + root + "/examples/node_modules' node_modules && npm run --silent build",
		"c":              "make --silent",
		"go":             "go vet ./...",
		"rust":           "CARGO_TARGET_DIR='" + t.TempDir() + "' make --silent",
	}
	newProjects(t, func(t *testing.T, l language) {
		for _, name := range []string{"fn", "v1.", strings.Repeat("x", 64)} {
			output(t, t.TempDir(), fmt.Sprintf("penstock plugin new --lang %s --sdk '%s' %s; cd %[3]s; test ! -e sdk; %s", l.name, root, name, build[l.name]))
		}
	})
}
