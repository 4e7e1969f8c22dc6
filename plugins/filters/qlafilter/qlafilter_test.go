package qlafilter

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

const everything = `["date","user","query","reply_time","total_reply_time","default_db","num_rows","reply_size",
	"error_msg","transaction","num_warnings","server","session","service","command"]`

// log runs one statement with its reply and returns what is in sink 0.
func log(t *testing.T, options string, c sdktest.Command, sum sdktest.Summary, configure ...func(*sdktest.Host)) (string, sdktest.Result) {
	t.Helper()
	clock := func(*sdktest.Host) {
		now = func() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC) }
	}
	s := sdktest.Start(t, options, append(configure, clock)...)
	r := s.Run(c)
	if r.Action != abi.Pass {
		t.Fatalf("%v", r.Action)
	}
	if r.Level >= abi.ReplyColumns && r.Level != abi.ReplyKeep {
		s.Reply(abi.PhaseColumns, sdktest.Summary{Duration: 3 * time.Millisecond}, nil)
	}
	if r.Level != abi.ReplyKeep {
		s.Reply(abi.PhaseSummary, sum, nil)
	}
	return string(s.Sinks[0]), r
}

var done = sdktest.Summary{State: abi.ReplyStateResult, Rows: 2, Bytes: 99, Warnings: 1, Duration: 12 * time.Millisecond, Server: 1}

func servers(h *sdktest.Host) {
	h.Targets = []sdktest.Target{{Name: "db1"}, {Name: "db2"}}
	h.Facts["schema"] = "demo"
}

func TestCSV(t *testing.T) {
	for _, c := range []struct{ options, sql, want string }{
		{`{}`, "SELECT 1", "2026-03-04 05:06:07.089,app@127.0.0.1,SELECT 1\n"},
		{`{}`, "SELECT 1,\r\n2\n,3", "2026-03-04 05:06:07.089,app@127.0.0.1,\"SELECT 1, 2 ,3\"\n"},
		{`{"log_data":"query","separator":";"}`, `SELECT "a",1`, `"SELECT ""a"",1"` + "\n"},
		{`{"log_data":["query","num_rows"],"separator":"\t","newline_replacement":"\\n"}`, "a\nb", "a\\nb\t2\n"},
		{`{"log_data":"query","use_canonical_form":true}`, "SELECT 1", "SELECT ?\n"},
		{`{"log_data":"query","max_query_length":6}`, "SELECT 1", "SELECT\n"},
		{`{"log_data":"total_reply_time,reply_time"}`, "SELECT 1", "12,3\n"},
		{`{"log_data":"total_reply_time","duration_unit":"us"}`, "SELECT 1", "12000\n"},
		{`{"match":"insert"}`, "SELECT 1", ""},
		{`{"exclude":"SELECT"}`, "SELECT 1", ""},
		{`{"user":"other"}`, "SELECT 1", ""},
		{`{"source":"127.0.0.0/8","log_data":"query"}`, "SELECT 1", "SELECT 1\n"},
	} {
		got, r := log(t, c.options, sdktest.Command{SQL: c.sql, Canonical: "SELECT ?"}, done, servers)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.options, got, c.want)
		}
		if c.want == "" && r.Level != abi.ReplyKeep {
			t.Errorf("%s: asks for the reply of what it does not log", c.options)
		}
	}
}

func TestJSON(t *testing.T) {
	line, _ := log(t, `{"format":"json","log_data":`+everything+`}`,
		sdktest.Command{Com: sdk.ComStmtExecute, SQL: "SELECT \"\x01\xff\"", Flags: abi.SessionInTransaction},
		sdktest.Summary{State: abi.ReplyStateError, Errno: 1146, SQLState: "42S02", Duration: time.Second, Server: 1}, servers)
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for k, want := range map[string]any{
		"user": "app@127.0.0.1", "query": "SELECT \"\x01\ufffd\"", "total_reply_time": 1000.0, "reply_time": 3.0,
		"default_db": "demo", "num_rows": 0.0, "error_msg": "1146 (42S02)", "transaction": "TRANSACTION", "num_warnings": 0.0,
		"server": "db2", "session": "7", "service": "svc", "command": "COM_STMT_EXECUTE",
	} {
		if got[k] != want {
			t.Errorf("%s: %v, want %v", k, got[k], want)
		}
	}
}

func TestTransactions(t *testing.T) {
	for typ, want := range map[uint64]string{abi.TypeBegin: "BEGIN", abi.TypeCommit: "COMMIT", abi.TypeRollback: "ROLLBACK", abi.TypeRead: "AUTOCOMMIT"} {
		if got, _ := log(t, `{"log_data":"transaction"}`, sdktest.Command{SQL: "x", Type: typ}, done); got != want+"\n" {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A statement whose reply never came is logged without it.
func TestNoReply(t *testing.T) {
	s := sdktest.Start(t, `{"format":"json","log_data":["query","num_rows"]}`)
	s.Query("a", 0)
	s.Query("b", 0)
	s.Close(abi.CloseSessionEnd)
	want := `{"query":"a","num_rows":null}` + "\n" + `{"query":"b","num_rows":null}` + "\n"
	if got := string(s.Sinks[0]); got != want {
		t.Errorf("%q", got)
	}
}

func TestDestinations(t *testing.T) {
	s := sdktest.Start(t, `{"log_type":["unified","stdout"],"sink":2,"log_data":"query"}`)
	s.Query("a", 0)
	s.Reply(abi.PhaseSummary, done, nil)
	if string(s.Sinks[2]) != "a\n" || len(s.Lines) != 1 || s.Lines[0] != "a" {
		t.Errorf("%v %q", s.Sinks, s.Lines)
	}
}

func TestNoAllocation(t *testing.T) {
	s := sdktest.Start(t, `{"match":"nothing like it"}`)
	n := s.Prepare(sdktest.Command{SQL: "SELECT 1"})
	if a := testing.AllocsPerRun(100, func() { s.Call(n) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestOptions(t *testing.T) {
	for options, part := range map[string]string{
		`{"log_data":"colour"}`:  `date, user, query, reply_time`,
		`{"log_type":"session"}`: `unified, stdout; it has "session"`,
		`{"format":"xml"}`:       `csv, json`,
		`{"filebase":"/tmp/x"}`:  `unknown option "filebase"`,
		`{"sink":"a"}`:           `a whole number`,
	} {
		if e := sdktest.InitError(t, options); !strings.Contains(e, part) {
			t.Errorf("%s: %s", options, e)
		}
	}
}
