package examples

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// language is one that there is an SDK for. Its target in the Makefile builds the
// examples and everything, which does whatever the SDK can; test- and the target run
// their unit tests.
type language struct{ name string }

var languages = []language{
	{name: "c"},
	{name: "cpp"}, // the sources in C, as C++
	{name: "rust"},
	{name: "go"},
	{name: "assemblyscript"},
}

// The examples, and what the SDK's own test plugin is called.
const (
	auditlog   = "auditlog"
	maskrows   = "maskrows"
	ratelimit  = "ratelimit"
	readwrite  = "readwrite"
	everything = "everything"
)

var built sync.Map // language to func() (string, error)

// build compiles a language's plugins once and returns their directory.
func build(t testing.TB, lang string) string {
	t.Helper()
	once, _ := built.LoadOrStore(lang, sync.OnceValues(func() (string, error) {
		out, err := outputs()
		if err != nil {
			return "", err
		}
		return filepath.Join(out, lang), run("make", "--silent", lang, "OUT="+out)
	}))
	dir, err := once.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// outputs is a directory of this process; TestMain removes it.
var outputs = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "penstock-examples-") })

func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out.Bytes())
	}
	return nil
}

func code(t testing.TB, lang, plugin string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(build(t, lang), plugin+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Unit tests of the examples run on this machine, with the SDK's own host.
func TestUnitTests(t *testing.T) {
	out, err := outputs()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		if err := run("make", "--silent", "test-"+l.name, "OUT="+out); err != nil {
			t.Error(err)
		}
	}
}
