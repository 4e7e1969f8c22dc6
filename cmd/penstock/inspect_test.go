package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	cut := filepath.Join(t.TempDir(), "cut.wasm")
	if err := os.WriteFile(cut, []byte("\x00asm\x01\x00\x00\x00\x01"), 0o600); err != nil {
		t.Fatal(err)
	}
	options := filepath.Join(t.TempDir(), "options.json")
	if err := os.WriteFile(options, []byte(`{"max_qps": 20, "throttling_duration": "30s"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	inspect := func(args ...string) (code int, text string) {
		var out bytes.Buffer
		code = run(append([]string{"plugin", "inspect"}, args...), &out, &out)
		return code, out.String()
	}
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"throttlefilter", "--options", `{"max_qps": 20, "throttling_duration": "30s"}`}, exitOK,
			[]string{"ps_query (i32, i32) -> i64", "penstock_v1.config_read (i32, i32, i32) -> i32", "filter, built for ABI 1.0", "hold", "cloned", "yes", "bytes of frozen memory"}},
		{[]string{"throttlefilter", "--options", "@" + options}, exitOK, []string{"filter, built for ABI 1.0"}},
		{[]string{"throttlefilter", "--options", "max_qps=20"}, exitFailed, []string{"--options max_qps=20: not JSON"}},
		{[]string{"throttlefilter"}, exitOK, []string{`option "max_qps" is required`, "--options"}},
		{[]string{"throttlefiler"}, exitFailed, []string{`there is no built-in module "throttlefiler"`, "throttlefilter"}},
		{[]string{cut}, exitFailed, []string{"cut.wasm", "not a WebAssembly module"}},
		{[]string{"./nowhere.wasm"}, exitFailed, []string{"nowhere.wasm: no such file"}},
		{nil, exitUsage, []string{"accepts 1 arg"}},
	} {
		code, text := inspect(c.args...)
		if code != c.code {
			t.Errorf("%v: exit code %d, want %d\n%s", c.args, code, c.code, text)
		}
		for _, w := range c.want {
			if !strings.Contains(text, w) {
				t.Errorf("%v: %q is not in\n%s", c.args, w, text)
			}
		}
	}
}
