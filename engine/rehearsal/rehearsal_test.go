package rehearsal

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// filter is a plugin that asks for COM_QUERY at a reply level; ps_query and ps_reply are
// bodies in WebAssembly's text format.
type filter struct {
	level        abi.ReplyLevel
	query, reply string
	imports      string
}

const text = `(module %s (memory (export "memory") 1)
(data (i32.const 1024) "\60\00\00\00\01\00\00\00\00\00\00\00\00\10\00\00\00\40\00\00\00\08\00\00\00\01\00\00\20\00\00\00\00\00\00\00\00\00\00\00%s\00\00\00\00\00\00\00\08")
(data (i32.const 1104) "\82\00\00\00")
(func (export "penstock_v1"))
(func (export "ps_init") (param i64 i32) (result i32) (i32.const 1024))
(func (export "ps_query") (param $n i32) (param $flags i32) (result i64) %s)
(func (export "ps_reply") (param $phase i32) (param $n i32) (result i64) %s)
(func (export "ps_event") (param $kind i32) (param $a i64) (param $b i64) (result i64)
  (if (i32.eq (local.get $kind) (i32.const 7))
    (then (i32.store16 (i32.const 4096) (i32.const 0x7d7b)) (return (i64.const 0x200000001))))
  (i64.const 0)))`

func (f filter) build(t *testing.T) []byte {
	t.Helper()
	if f.query == "" {
		f.query = "(i64.const 0)"
	}
	if f.reply == "" {
		f.reply = "(i64.const 0)"
	}
	file := filepath.Join(t.TempDir(), "f.wasm")
	cmd := exec.Command("wat2wasm", "-", "-o", file)
	cmd.Stdin = strings.NewReader(fmt.Sprintf(text, f.imports, fmt.Sprintf("\\%02x", f.level), f.query, f.reply))
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("wat2wasm (Debian's package wabt): %v\n%s", err, said)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// open opens a session of the filter, with a result of three rows for everything.
func open(t *testing.T, f filter) *Session {
	t.Helper()
	r, err := wasm.NewRuntime(wasm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(t.Context()) })
	m, err := r.Load(t.Context(), "f", f.build(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	tpl, err := m.Template(t.Context(), wasm.Definition{Name: "f"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tpl.Close)
	canned, err := ReadCanned([]byte(`[{"match": "^fail", "error": {"errno": 1146, "sqlstate": "42S02", "message": "no"}},
		{"match": "", "columns": ["a", "b"], "rows": [[1, "x"], [2, null], [3, ""]]}]`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), tpl, canned, func(abi.LogLevel, string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func verdict(a abi.Action, arg uint32) string {
	return fmt.Sprintf("(i64.const %d)", abi.NewVerdict(a, arg))
}

// in answers something in one phase.
func in(phase abi.ReplyPhase, body string) string {
	return fmt.Sprintf("(if (i32.eq (local.get $phase) (i32.const %d)) (then (return %s))) (i64.const 0)", phase, body)
}

const (
	whole = `[{"columns":["a","b"],"rows":[["1","x"],["2",null],["3",""]]}]`
	// A row of two NULLs, framed, in the window.
	nulls = "(i64.store (i32.const 4096) (i64.const 0xfbfb00000002))"
	// A COM_QUERY "f".
	other = "(i32.store16 (i32.const 4096) (i32.const 0x6603))"
)

func TestWhatBecomesOfAStatement(t *testing.T) {
	for name, c := range map[string]struct {
		filter
		verdict, answers, fails string
		ended                   bool
	}{
		"pass":           {verdict: "pass", answers: whole},
		"pass, columns":  {filter: filter{level: abi.ReplyColumns}, verdict: "pass", answers: whole},
		"pass, rows":     {filter: filter{level: abi.ReplyRows}, verdict: "pass", answers: whole},
		"pass, whole":    {filter: filter{level: abi.ReplyBuffered}, verdict: "pass", answers: whole},
		"pass, summary":  {filter: filter{level: abi.ReplySummary}, verdict: "pass", answers: whole},
		"reject":         {filter: filter{query: verdict(abi.Reject, 0)}, verdict: "reject", answers: `[{"error":{"errno":1105,"sqlstate":"HY000","message":"The statement was rejected"}}]`},
		"close":          {filter: filter{query: verdict(abi.Close, 3)}, verdict: "close", answers: `[{"error":{"errno":1105,"sqlstate":"HY000","message":"\u0003SE"}}]`, ended: true},
		"detach":         {filter: filter{query: verdict(abi.Detach, 0)}, verdict: "detach", answers: whole, ended: true},
		"replaced":       {filter: filter{query: other + verdict(abi.Replaced, 2)}, verdict: "replaced", answers: whole},
		"replaced badly": {filter: filter{query: verdict(abi.Replaced, 0)}, verdict: "replaced", fails: "no command that can take its place"},
		"reply":          {filter: filter{query: "(drop (call $ok (i64.const 3) (i64.const 4) (i32.const 5)))" + verdict(abi.Reply, 0), imports: `(import "penstock_v1" "reply_ok" (func $ok (param i64 i64 i32) (result i32)))`}, verdict: "reply", answers: `[{"affected":3,"insert_id":4,"warnings":5}]`},
		"reply twice":    {filter: filter{query: "(drop (call $ok (i64.const 3) (i64.const 4) (i32.const 5)))(drop (call $ok (i64.const 0) (i64.const 0) (i32.const 0)))" + verdict(abi.Reply, 0), imports: `(import "penstock_v1" "reply_ok" (func $ok (param i64 i64 i32) (result i32)))`}, verdict: "reply", fails: "its reply is none: it built more behind what ended the reply"},
		"reply of none":  {filter: filter{query: verdict(abi.Reply, 0)}, verdict: "reply", fails: "its reply is none: it made none up"},
		"drop":           {filter: filter{level: abi.ReplyRows, reply: in(abi.PhaseRows, verdict(abi.Drop, 0))}, verdict: "pass", answers: `[{"columns":["a","b"]}]`},
		"done":           {filter: filter{level: abi.ReplyRows, reply: in(abi.PhaseColumns, verdict(abi.Done, 0))}, verdict: "pass", answers: `[{"columns":["a","b"]}]`},
		"rows replaced":  {filter: filter{level: abi.ReplyRows, reply: in(abi.PhaseRows, nulls+verdict(abi.Replaced, 6))}, verdict: "pass", answers: `[{"columns":["a","b"],"rows":[[null,null]]}]`},
		"rows of one":    {filter: filter{level: abi.ReplyRows, reply: in(abi.PhaseRows, "(i64.store (i32.const 4096) (i64.const 0xfb00000001))"+verdict(abi.Replaced, 5))}, verdict: "pass", fails: "a row of 1 fields in a result of 2 columns"},
		"reply rejected": {filter: filter{level: abi.ReplyBuffered, reply: in(abi.PhaseWhole, verdict(abi.Reject, 0))}, verdict: "pass", answers: `[{"error":{"errno":1105,"sqlstate":"HY000","message":"The statement was rejected"}}]`},
		"reply closes":   {filter: filter{level: abi.ReplyRows, reply: in(abi.PhaseRows, verdict(abi.Close, 0))}, verdict: "pass", answers: `[{"error":{"errno":1105,"sqlstate":"HY000","message":"The statement was rejected"}}]`, ended: true},
		"reply detaches": {filter: filter{level: abi.ReplyRows, reply: in(abi.PhaseColumns, verdict(abi.Detach, 0))}, verdict: "pass", answers: whole, ended: true},
		"drops a whole":  {filter: filter{level: abi.ReplyBuffered, reply: in(abi.PhaseWhole, verdict(abi.Drop, 0))}, verdict: "pass", fails: "it answered drop in phase 3"},
		"late":           {filter: filter{level: abi.ReplySummary, reply: verdict(abi.Reject, 0)}, verdict: "pass", fails: "it answered reject to a summary"},
		"traps":          {filter: filter{query: "(unreachable)"}, fails: "failed in ps_query: trap"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c.filter)
			o, err := s.Do(t.Context(), "SELECT a, b FROM t")
			if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Fatalf("%v, want %q", err, c.fails)
			}
			if !o.Asked || o.Verdict != c.verdict || o.Ended != c.ended {
				t.Errorf("%+v", o)
			}
			if answers, _ := json.Marshal(o.Answers); err == nil && string(answers) != c.answers {
				t.Errorf("%s\nwant %s", answers, c.answers)
			}
			if o.Ended {
				if _, err := s.Do(t.Context(), "SELECT 1"); err == nil {
					t.Error("the session goes on")
				}
			}
		})
	}
}

// The summary of a reply that an error ended comes with the error's message.
func TestTheSummaryOfAnError(t *testing.T) {
	const no = "(if (i32.and (i32.eq (local.get $n) (i32.const 2)) (i32.eq (i32.load16_u (i32.const 4096)) (i32.const 0x6f6e))) (then (return (i64.const 6))))"
	s := open(t, filter{level: abi.ReplySummary, reply: no + " (i64.const 0)"}) // Detach
	for _, sql := range []string{"SELECT 1", "failing"} {
		if o, err := s.Do(t.Context(), sql); err != nil || o.Ended != (sql == "failing") {
			t.Errorf("%s: %+v, %v", sql, o, err)
		}
	}
}

func TestErrorsEventsAndTheEnd(t *testing.T) {
	s := open(t, filter{level: abi.ReplyRows})
	o, err := s.Do(t.Context(), "failing")
	if err != nil || len(o.Answers) != 1 || o.Answers[0].Error == nil || o.Answers[0].Error.Errno != 1146 {
		t.Errorf("%+v, %v", o, err)
	}
	if d, err := s.Diagnostics(); err != nil || string(d) != "{}" {
		t.Errorf("%q, %v", d, err)
	}
	if ids, err := s.Timers(); err != nil || ids != nil {
		t.Errorf("%v, %v", ids, err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestCannedRepliesThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                   "canned replies: ",
		`[{"macht": "x"}]`:     `unknown field "macht"`,
		`[{"match": "("}]`:     "canned reply 1: match: ",
		`[{"rows": [[1, 2]]}]`: "a row of 2 values, and there are 0 columns",
	} {
		if _, err := ReadCanned([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
