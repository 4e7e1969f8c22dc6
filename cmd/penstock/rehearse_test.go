package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rehearse runs penstock plugin run with statements.
func rehearse(statements string, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = runWith(strings.NewReader(statements), append([]string{"plugin", "run"}, args...), &out, &err)
	return code, out.String(), err.String()
}

func TestPluginRun(t *testing.T) {
	replies := filepath.Join(t.TempDir(), "replies.json")
	if err := os.WriteFile(replies, []byte(`[{"match": "from users", "columns": ["id", "iban"], "rows": [[1, "NL91"], [2, null]]}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := rehearse("SELECT * FROM users; INSERT INTO t VALUES (';');\n-- a comment\nDROP TABLE t",
		nodrop(t, "", ""), "--replies", replies, "--trace")
	const want = `SELECT * FROM users
  verdict  pass
  server   2 rows
    id  iban
    1   NL91
    2   NULL
INSERT INTO t VALUES (';')
  verdict  pass
  server   OK, 0 rows affected
-- a comment
DROP TABLE t
  verdict  reject
  plugin   ERROR 1142 (42000): nodrop: DROP and TRUNCATE are not allowed here
metric counter refused = 1
`
	if code != exitOK || stdout != want {
		t.Errorf("%d\n%s\nwant\n%s", code, stdout, want)
	}
	const trace = `-> ps_init(features 15, options 2)
    <- metric_define(kind 1, "refused", 7 bytes)
       = 0
   = 1024
-> ps_query(size 20, flags 0)
   = pass, 0
`
	if !strings.HasPrefix(stderr, trace) || !strings.Contains(stderr, "\n   = reject, 46\n") {
		t.Errorf("the trace is\n%s\nand should begin with\n%s", stderr, trace)
	}
}

func TestPluginRunOfABuiltInOne(t *testing.T) {
	code, stdout, stderr := rehearse("SELECT 1; UPDATE t SET a = 1", "regexfilter", "--options", `{"match": "select 1", "replace": "SELECT 2"}`)
	for _, want := range []string{"verdict  replaced\n  becomes  SELECT 2\n", "verdict  not asked"} {
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("%d: %q is not in\n%s%s", code, want, stdout, stderr)
		}
	}
}

func TestPluginRunInJSON(t *testing.T) {
	code, stdout, _ := rehearse("DROP TABLE t", nodrop(t, "", ""), "-o", "json")
	var o struct {
		SQL, Verdict string
		Answers      []struct{ Error struct{ Errno int } }
	}
	if err := json.Unmarshal([]byte(stdout), &o); err != nil || code != exitOK || o.Verdict != "reject" || o.Answers[0].Error.Errno != 1142 {
		t.Errorf("%d, %v\n%s", code, err, stdout)
	}
}

// A trap is explained: which hook, where in the plugin.
func TestPluginRunExplainsATrap(t *testing.T) {
	code, stdout, stderr := rehearse("SELECT 1", nodrop(t, "(local.set $type", "(unreachable) (local.set $type"))
	if code != exitFailed || !strings.Contains(stdout, "SELECT 1") {
		t.Errorf("%d %s", code, stdout)
	}
	for _, want := range []string{"failed in ps_query: trap: wasm error: unreachable", "the plugin's stack, innermost first:\n  forbidden\n"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in\n%s", want, stderr)
		}
	}
	if code, _, stderr := rehearse("", nodrop(t, "", ""), "--options", `{"a":1}`); code != exitFailed || !strings.Contains(stderr, "nodrop has no options") {
		t.Errorf("%d %s", code, stderr)
	}
	if code, _, stderr := rehearse("", nodrop(t, "", ""), "--replies", "nowhere.json"); code != exitFailed || !strings.Contains(stderr, "--replies: open nowhere.json") {
		t.Errorf("%d %s", code, stderr)
	}
}
