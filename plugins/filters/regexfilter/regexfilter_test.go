package regexfilter

import (
	"strings"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

func TestReplace(t *testing.T) {
	for _, c := range []struct{ options, in, out string }{
		{`{"match":"(?:engine|type) *= *myisam","replace":"ENGINE=InnoDB"}`, "CREATE TABLE t (a INT) TYPE=MyISAM", "CREATE TABLE t (a INT) ENGINE=InnoDB"},
		{`{"match":"from (\\w+)","replace":"FROM new_$1"}`, "SELECT 1 FROM a UNION SELECT 2 FROM b", "SELECT 1 FROM new_a UNION SELECT 2 FROM new_b"},
		{`{"match":"/a+/","replace":"b"}`, "SELECT 'aaa'", "SELECT 'b'"},
		{`{"match":"hello","replace":""}`, "SELECT 'hello'", "SELECT ''"},
		{`{"match":"x.y","replace":"z"}`, "SELECT 'x\ny'", "SELECT 'z'"},
		{`{"match":"hello","replace":"bye","options":"case"}`, "SELECT 'HELLO'", ""},
		{`{"match":"hello","replace":"bye","exclude":"delete"}`, "DELETE 'hello'", ""},
		{`{"match":"hello","replace":"bye","user":"other"}`, "SELECT 'hello'", ""},
		{`{"match":"hello","replace":"bye","user":"app","source":"127.%.%.%"}`, "SELECT 'hello'", "SELECT 'bye'"},
		{`{"match":"hello","replace":"bye","source":"10.0.0.0/8"}`, "SELECT 'hello'", ""},
		{`{"match":"hello","replace":"hello"}`, "SELECT 'hello'", ""},
		{`{"match":"hello","replace":"bye"}`, "SELECT 1", ""},
	} {
		for _, com := range []byte{sdk.ComQuery, sdk.ComStmtPrepare} {
			s := sdktest.Start(t, c.options)
			r := s.Run(sdktest.Command{Com: com, SQL: c.in})
			if c.out == "" && r.Action != abi.Pass || c.out != "" && (r.Action != abi.Replaced || r.SQL() != c.out || r.Output[0] != com) {
				t.Errorf("%s on %q: %v %q", c.options, c.in, r.Action, r.Output)
			}
		}
	}
}

// Statements and replacements larger than the window go through whole.
func TestLarge(t *testing.T) {
	s := sdktest.Start(t, `{"match":"x","replace":"yy","max_statement_size":"1Mi"}`)
	in := "SELECT '" + strings.Repeat("x", 100_000) + "'"
	r := s.Query(in, 0)
	if want := strings.ReplaceAll(in, "x", "yy"); r.SQL() != want {
		t.Errorf("%v: %d bytes, want %d", r.Action, len(r.SQL()), len(want))
	}
	if r := s.Query(strings.Repeat("x", 2<<20), 0); r.Action != abi.Pass {
		t.Errorf("too long: %v", r.Action)
	}
	if len(s.Lines) != 1 || !strings.Contains(s.Lines[0], "max_statement_size") {
		t.Errorf("log: %q", s.Lines)
	}
	if r := s.Run(sdktest.Command{SQL: in, Flags: abi.SessionLarge}); r.Action != abi.Pass {
		t.Errorf("large: %v", r.Action)
	}
}

func TestLog(t *testing.T) {
	s := sdktest.Start(t, `{"match":"a","replace":"b","log_trace":true}`)
	s.Query("a", 0)
	if len(s.Lines) != 1 || !strings.HasSuffix(s.Lines[0], "rewrote: a as: b") || s.Metrics["statements_rewritten"] != 1 {
		t.Errorf("%q %v", s.Lines, s.Metrics)
	}
}

func TestNoAllocation(t *testing.T) {
	s := sdktest.Start(t, `{"match":"no such text","replace":""}`)
	n := s.Prepare(sdktest.Command{SQL: "SELECT 1"})
	if a := testing.AllocsPerRun(100, func() { s.Call(n) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestOptions(t *testing.T) {
	for options, part := range map[string]string{
		`{}`:                          `"match" is required`,
		`{"match":"("}`:               `RE2: no backreferences`,
		`{"match":1,"replace":""}`:    `"match" must be a string, not a number`,
		`{"match":"a","replase":"b"}`: `unknown option "replase"; allowed: `,
		`{"match":"a","replace":"b","options":"caseless"}`:        `ignorecase, case, extended; it has "caseless"`,
		`{"match":"a","replace":"b","source":"nowhere"}`:          `must be addresses`,
		`{"match":"a","replace":"b","max_statement_size":"lots"}`: `must be a number of bytes`,
		`{"match":"","replace":"b"}`:                              `not empty`,
	} {
		if e := sdktest.InitError(t, options); !strings.Contains(e, part) {
			t.Errorf("%s: %s", options, e)
		}
	}
}
