package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/tck"
)

// command runs penstock plugin.
func pluginCommand(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(append([]string{"plugin"}, args...), &out, &err)
	return code, out.String(), err.String()
}

// nodrop assembles the example that is written by hand, after a change.
func nodrop(t *testing.T, old, new string) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/filters/wat/nodrop.wat")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), old, new, 1)
	if old != new && changed == string(text) {
		t.Fatalf("%q is not in nodrop.wat", old)
	}
	file := filepath.Join(t.TempDir(), "nodrop.wasm")
	cmd := exec.Command("wat2wasm", "--debug-names", "-", "-o", file)
	cmd.Stdin = strings.NewReader(changed)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("wat2wasm (Debian's package wabt): %v\n%s", err, said)
	}
	return file
}

func TestPluginTest(t *testing.T) {
	good := nodrop(t, "", "")
	code, stdout, stderr := pluginCommand("test", good)
	if code != exitOK || stderr != "" || !strings.Contains(stdout, "pass  verdict/sqlstate") || !strings.Contains(stdout, ", 0 fail,") {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
	bad := nodrop(t, "0x3030303234", "0x3030303261")
	code, stdout, stderr = pluginCommand("test", bad)
	for _, want := range []string{"FAIL  verdict/sqlstate", `seen: ps_query answered reject with SQLSTATE "a2000"`, "see:  docs/abi.md#header"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	if code != exitFailed || !strings.Contains(stderr, "breaks 1 rule") {
		t.Errorf("%d %s", code, stderr)
	}
	code, stdout, _ = pluginCommand("test", bad, "-o", "json")
	var report struct {
		Results []struct {
			Rule, Verdict, Heading string
			Seen                   []string
		}
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != exitFailed || len(report.Results) != len(tck.Rules()) {
		t.Errorf("%d, %v, %d results", code, err, len(report.Results))
	}
}

func TestPluginFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "options.json")
	if err := os.WriteFile(file, []byte(`{"surplus": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"test", nodrop(t, "", ""), "--options", "@" + file}, "nodrop has no options"},
		{[]string{"test", "regexfilter", "--options", "{"}, "not JSON"},
		{[]string{"test", "regexfilter", "--options", "@" + file + "x"}, "no such file"},
		{[]string{"test", "regexfilter", "--file", "match=" + file + "x"}, "no such file"},
		{[]string{"test", "regexfilter", "--options", `{"match":"a"}`, "--file", "match=" + file}, "in --options too"},
		{[]string{"inspect", "regexfilter", "--options", "[]", "--file", "match=" + file}, "have to be an object"},
		{[]string{"bench", "regexfilter", "-o", "xml"}, "it is table or json"},
		{[]string{"bench", "./nowhere.wasm"}, "no such file"},
	} {
		code, stdout, stderr := pluginCommand(c.args...)
		if code != exitFailed || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%v: %d\n%s%s", c.args, code, stdout, stderr)
		}
	}
}

func TestPluginBench(t *testing.T) {
	code, stdout, stderr := pluginCommand("bench", nodrop(t, "", ""), "-o", "json")
	var figures []figure
	if err := json.Unmarshal([]byte(stdout), &figures); err != nil || code != exitOK {
		t.Fatalf("%d, %v, %s", code, err, stderr)
	}
	seen := map[string]figure{}
	for _, f := range figures {
		seen[f.Name] = f
	}
	if f := seen["statement of 35 bytes"]; f.Unit != "ns" || f.Median <= 0 || f.Low > f.Median || f.High < f.Median {
		t.Errorf("%+v", f)
	}
	if f := seen["frozen image, shared"]; f.Median != abi.PageSize {
		t.Errorf("%+v", f)
	}
}

// The tracer knows every function's parameters.
func TestTraceParameters(t *testing.T) {
	for _, f := range append(append([]abi.Func{}, abi.Imports...), abi.Exports...) {
		words, known := parameters[f.Name]
		n := 0
		for _, w := range strings.Fields(words) {
			if n++; w == "text" || w == "bytes" || w == "out" {
				n++
			}
		}
		if f.Name != abi.Module && (!known || n != len(f.Params)) {
			t.Errorf("%s has %d parameters, and %q names %d", f.Name, len(f.Params), words, n)
		}
	}
}

// Every rule's heading is one of docs/abi.md.
func TestRulesPointIntoTheSpecification(t *testing.T) {
	text, err := os.ReadFile("../../docs/abi.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			headings[strings.TrimSpace(title)] = true
		}
	}
	for _, r := range tck.Rules() {
		if !headings[r.Heading] {
			t.Errorf("%s stands under %q, which docs/abi.md does not have", r.ID, r.Heading)
		}
	}
}

// An i32 crosses in the low half of 64 bits, whatever is in the high one.
func TestTraceOfAnI32(t *testing.T) {
	const high = 0x7f2e << 32
	got := described(&wasm.Crossing{Import: true, Name: abi.Module + ".metric_add", Args: []uint64{high | 3, 1<<64 - 5}}, "metric_add")
	if want := "id 3, delta -5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
