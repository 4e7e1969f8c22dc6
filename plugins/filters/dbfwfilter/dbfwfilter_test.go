package dbfwfilter

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

// blocked asks whether a statement is blocked by one rule.
func blocked(t *testing.T, rule, sql string, configure ...func(*sdktest.Host)) bool {
	t.Helper()
	s := sdktest.Start(t, `{"rules":[`+rule+`]}`, configure...)
	return refused(t, s.Query(sql, 0))
}

func refused(t *testing.T, r sdktest.Result) bool {
	t.Helper()
	if r.Action != abi.Pass && r.Action != abi.Reject {
		t.Fatalf("%v", r.Action)
	}
	return r.Action == abi.Reject
}

func TestRules(t *testing.T) {
	const (
		secret  = `{"name":"r","type":"columns","values":["Secret"]}`
		sleep   = `{"name":"r","type":"function","values":["sleep","benchmark"]}`
		star    = `{"name":"r","type":"wildcard"}`
		noWhere = `{"name":"r","type":"no_where_clause","on_operations":["delete","update"]}`
		regex   = `{"name":"r","type":"regex","pattern":"union.*select"}`
		drop    = `{"name":"r","type":"operation","on_operations":"drop,truncate"}`
	)
	for _, c := range []struct {
		rule, sql string
		want      bool
	}{
		{secret, "SELECT secret FROM t", true},
		{secret, "SELECT t.SECRET FROM t", true},
		{secret, "SELECT `secret` FROM t", true},
		{secret, "SELECT \"secret\" FROM t", true},
		{secret, "SELECT/**/secret/**/FROM t", true},
		{secret, "SELECT /*!50000 secret*/ FROM t", true},
		{secret, "SELECT /*M!100000 secret*/ FROM t", true},
		{secret, "SELECT /* secret */ 1", false},
		{secret, "SELECT 1 -- secret", false},
		{secret, "SELECT 1 # secret", false},
		{secret, "SELECT 1 --secret", true},
		{secret, "SELECT 'secret'", true}, // a string may be a name
		{secret, "SELECT 'a secret'", false},
		{secret, "SELECT secrets FROM t", false},
		{secret, `SELECT '\', secret FROM t -- '`, true},
		{secret, `SELECT 'it''s', 1`, false},
		{secret, "SELECT 1; SELECT secret FROM t", true},
		{secret, "SELECT(secret)FROM t", true},
		{sleep, "SELECT SLEEP(5)", true},
		{sleep, "SELECT sleep (5)", true},
		{sleep, "SELECT sleep/**/(5)", true},
		{sleep, "SELECT sleep FROM t", false},
		{star, "SELECT * FROM t", true},
		{star, "SELECT*FROM t", true},
		{star, "SELECT DISTINCT * FROM t", true},
		{star, "SELECT a, t.* FROM t", true},
		{star, "SELECT */* x */FROM t", true},
		{star, "SELECT a FROM (SELECT * FROM t) x", true},
		{star, "SELECT COUNT(*) FROM t", false},
		{star, "SELECT a*b FROM t", false},
		{star, "INSERT INTO t VALUES (1) RETURNING *", true},
		{noWhere, "DELETE FROM t", true},
		{noWhere, "DELETE FROM t WHERE a=1", false},
		{noWhere, "UPDATE t SET a=(SELECT 1 FROM u WHERE b)", true},
		{noWhere, "UPDATE t SET a=1 WHERE b", false},
		{noWhere, "DELETE FROM t /* WHERE a */", true},
		{noWhere, "DELETE FROM t /*!999999 WHERE a */", true},
		{noWhere, "SELECT a FROM t", false},
		{noWhere, "EXPLAIN DELETE FROM t", true},
		{noWhere, "WITH c AS (SELECT 1) DELETE FROM t", true},
		{noWhere, "SET STATEMENT max_statement_time=1 FOR DELETE FROM t", true},
		{noWhere, "SELECT 1; DELETE FROM t", true},
		{noWhere, "BEGIN NOT ATOMIC DELETE FROM t; END", true},
		{noWhere, "BEGIN NOT ATOMIC IF 1 THEN UPDATE t SET a=1; END IF; END", true},
		{regex, "SELECT 1 UNION\nSELECT 2", true},
		{regex, "SELECT 1", false},
		{drop, "DROP TABLE t", true},
		{drop, "/* x */ truncate t", true},
		{drop, "SELECT 'drop'", false},
	} {
		if got := blocked(t, c.rule, c.sql); got != c.want {
			t.Errorf("%s\n%s: blocked %v", c.rule, c.sql, got)
		}
	}
}

// The second byte of a two-byte character is not a quote's escape.
func TestCharsets(t *testing.T) {
	for _, c := range []struct {
		collation uint32
		sql       string
		want      bool
	}{
		{28, "SELECT '\xbf\\', secret FROM t WHERE '1'", true}, // gbk
		{45, "SELECT '\xc3\xa4\\', secret FROM t WHERE '1'", true},
		{13, "SELECT '\x83\\' AS secret", true}, // sjis
		{28, "SELECT '\xbf\\'", false},
	} {
		s := sdktest.Start(t, `{"rules":[{"name":"r","type":"columns","values":["secret"]}]}`)
		if got := refused(t, s.Run(sdktest.Command{SQL: c.sql, Charset: c.collation})); got != c.want {
			t.Errorf("collation %d, %q: blocked %v", c.collation, c.sql, got)
		}
	}
}

func TestMessage(t *testing.T) {
	s := sdktest.Start(t, `{"rules":[{"name":"no star","type":"wildcard"},
		{"name":"mine","type":"regex","pattern":"x","errno":4001,"sqlstate":"45000","message":"do not"}]}`)
	if r := s.Query("SELECT * FROM t", 0); r.Errno != 1141 || r.SQLState != "42000" || r.Message() != `Access denied by the firewall: rule "no star"` {
		t.Errorf("%+v %s", r, r.Message())
	}
	if r := s.Query("SELECT x", 0); r.Errno != 4001 || r.SQLState != "45000" || r.Message() != "do not" {
		t.Errorf("%+v %s", r, r.Message())
	}
	if s.Metrics["statements_blocked"] != 2 {
		t.Errorf("%v", s.Metrics)
	}
}

func TestAllow(t *testing.T) {
	s := sdktest.Start(t, `{"action":"allow","log_no_match":true,"rules":[
		{"name":"reads","type":"regex","pattern":"^select [a-z, ]+ from orders where id *= *\\d+$"}]}`)
	for sql, want := range map[string]bool{
		"SELECT a, b FROM orders WHERE id = 7":                             false,
		"  SELECT a FROM orders WHERE id=7;":                               false,
		"SELECT a FROM orders WHERE id=7; DROP TABLE orders":               true,
		"SELECT a FROM orders WHERE id=7 /*!50000 OR 1 */":                 true,
		"SELECT password FROM users":                                       true,
		"SELECT a FROM orders WHERE id=7; SELECT b FROM orders WHERE id=8": false,
	} {
		if got := refused(t, s.Query(sql, 0)); got != want {
			t.Errorf("%s: blocked %v", sql, got)
		}
	}
	if len(s.Lines) == 0 || !strings.Contains(s.Lines[0], "no rule matches") {
		t.Errorf("%q", s.Lines)
	}
}

func TestIgnore(t *testing.T) {
	s := sdktest.Start(t, `{"action":"ignore","log_match":true,"rules":[{"name":"star","type":"wildcard"}]}`)
	if refused(t, s.Query("SELECT * FROM t", 0)) {
		t.Error("blocked")
	}
	if len(s.Lines) != 1 || s.Lines[0] != `dbfwfilter: rule "star" matches: SELECT * FROM t` {
		t.Errorf("%q", s.Lines)
	}
	if refused(t, s.Query(strings.Repeat(" ", 300_000)+"SELECT 1", 0)) {
		t.Error("too long: blocked")
	}
}

// What cannot be read does not pass.
func TestUnreadable(t *testing.T) {
	const rules = `"rules":[{"name":"x","type":"regex","pattern":"zzz"}]`
	s := sdktest.Start(t, `{`+rules+`}`)
	for _, c := range []sdktest.Command{
		{SQL: "SELECT '" + strings.Repeat("a", 200_000) + "'"},
		{SQL: "PREPARE s FROM @x"},
		{SQL: "SELECT 1; prepare s from 'select 1'"},
		{SQL: "EXECUTE IMMEDIATE CONCAT('a', 'b')"},
		{Com: sdk.ComStmtExecute, Payload: []byte{sdk.ComStmtExecute, 1, 0, 0, 0}},
	} {
		if !refused(t, s.Run(c)) {
			t.Errorf("%.40s passed", c.SQL)
		}
	}
	s = sdktest.Start(t, `{"dynamic_sql":"allow","max_statement_size":"1Mi",`+rules+`}`)
	for _, c := range []sdktest.Command{
		{SQL: "SELECT '" + strings.Repeat("a", 200_000) + "'"},
		{SQL: "PREPARE s FROM @x"},
		{SQL: "EXECUTE s"},
		{SQL: ""},
	} {
		if refused(t, s.Run(c)) {
			t.Errorf("%.40s was blocked", c.SQL)
		}
	}
	if !refused(t, s.Query("SELECT '"+strings.Repeat("a", 100_000)+"zzz'", 0)) {
		t.Error("what lies beyond the window is not checked")
	}
}

func TestUsers(t *testing.T) {
	for users, want := range map[string]bool{
		`"app"`: true, `"other"`: false, `"%@127.0.0.%"`: true, `"app@10.%"`: false, `"a_p@%"`: true, `"other","app"`: true, `"%"`: true,
	} {
		if got := blocked(t, `{"name":"r","type":"wildcard","users":[`+users+`]}`, "SELECT * FROM t"); got != want {
			t.Errorf("%s: blocked %v", users, got)
		}
	}
	s := sdktest.Start(t, `{"rules":[{"name":"r","type":"wildcard","users":["boss"]}]}`)
	s.Facts["user"] = "boss"
	s.Event(abi.EventSessionReset, 0, 0)
	if !refused(t, s.Query("SELECT * FROM t", 0)) {
		t.Error("COM_CHANGE_USER is not noticed")
	}
}

func TestTimes(t *testing.T) {
	defer func() { now = time.Now }()
	now = func() time.Time { return time.Date(2026, 1, 2, 14, 30, 0, 0, time.FixedZone("", 3600)) } // 13:30 UTC
	for times, want := range map[string]bool{
		`"13:00:00-14:00:00"`: true, `"13:31-14:00"`: false, `"22:00-06:00"`: false, `"13:30-01:00"`: true, `"00:00-24:00"`: true, `"00:00-01:00","13:00-14:00"`: true,
	} {
		if got := blocked(t, `{"name":"r","type":"wildcard","at_times":[`+times+`]}`, "SELECT * FROM t"); got != want {
			t.Errorf("%s: blocked %v", times, got)
		}
	}
}

func TestSpeed(t *testing.T) {
	s := sdktest.Start(t, `{"rules":[{"name":"r","type":"limit_queries","count":3,"period":"1s","holdoff":"10s"}]}`)
	ask := func(want bool) {
		t.Helper()
		if got := refused(t, s.Query(`SELECT '\'' /*! */`, 0)); got != want { // read four times, counted once
			t.Errorf("blocked %v", got)
		}
	}
	for range 3 {
		ask(false)
	}
	ask(true)
	s.Now += 9 * time.Second
	ask(true)
	s.Now += 2 * time.Second
	ask(false)
	for range 10 {
		s.Now += 500 * time.Millisecond
		ask(false)
	}
}

func TestPrepared(t *testing.T) {
	s := sdktest.Start(t, `{"rules":[{"name":"r","type":"wildcard"}]}`)
	for _, com := range []byte{sdk.ComStmtPrepare, sdk.ComStmtExecute, sdk.ComStmtBulkExecute} {
		if !refused(t, s.Run(sdktest.Command{Com: com, SQL: "SELECT * FROM t"})) {
			t.Errorf("command %#x passed", com)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	s := sdktest.Start(t, `{"rules":[{"name":"r","type":"columns","values":["secret"]},{"name":"w","type":"no_where_clause"}]}`)
	n := s.Prepare(sdktest.Command{SQL: "SELECT a, b FROM t WHERE c = 'x' AND d IN (1, 2, 3)"})
	s.Call(n)
	if a := testing.AllocsPerRun(100, func() { s.Call(n) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestOptions(t *testing.T) {
	for options, part := range map[string]string{
		`{}`:                              `at least one rule`,
		`{"rules":"x"}`:                   `"rules" must be a list of tables, not a string`,
		`{"rules":[1]}`:                   `"rules[1]" must be a table, not a number`,
		`{"rules":[{"name":"a"}]}`:        `"rules[1].type" is required`,
		`{"rules":[{"type":"wildcard"}]}`: `"rules[1].name" is required`,
		`{"rules":[{"name":"a","type":"wildcard"},{"name":"a","type":"wildcard"}]}`: `"rules[2].name" must be unique`,
		`{"rules":[{"name":"a","type":"magic"}]}`:                                   `one of regex, columns`,
		`{"rules":[{"name":"a","type":"columns"}]}`:                                 `"rules[1].values" is required`,
		`{"rules":[{"name":"a","type":"regex","pattern":"(?=x)"}]}`:                 `no lookaround`,
		`{"rules":[{"name":"a","type":"limit_queries","count":1}]}`:                 `required with period and holdoff`,
		`{"rules":[{"name":"a","type":"wildcard","at_times":["9-17"]}]}`:            `times of the day`,
		`{"rules":[{"name":"a","type":"wildcard","at_times":["09:60-17:00"]}]}`:     `times of the day`,
		`{"rules":[{"name":"a","type":"wildcard","colour":1}]}`:                     `unknown option "rules[1].colour"`,
		`{"rules":[{"name":"a","type":"operation"}]}`:                               `on_operations" is required`,
		`{"rules":[{"name":"a","type":"wildcard","on_operations":["selekt"]}]}`:     `it has "selekt"`,
		`{"action":"deny","rules":[{"name":"a","type":"wildcard"}]}`:                `block, allow, ignore`,
		`{"rules":[{"name":"a","type":"wildcard","errno":0}]}`:                      `from 1 to 65535`,
	} {
		if e := sdktest.InitError(t, options); !strings.Contains(e, part) {
			t.Errorf("%s: %s", options, e)
		}
	}
}

// The lexer takes anything, and its tokens lie in the statement, in order.
func FuzzLexer(f *testing.F) {
	for _, sql := range []string{"SELECT * FROM t WHERE a='it''s' -- x", "/*!50000 a*/ `b``c` \"d\\\"e\"", "'\\", "((;)", "/*", "\xbf\\'"} {
		f.Add([]byte(sql), uint32(28), true, true)
	}
	f.Fuzz(func(t *testing.T, sql []byte, collation uint32, escapes, executes bool) {
		l := lexer{collation: collation}
		l.read(sql, reading{escapes, executes})
		at := 0
		for _, k := range l.tokens {
			if k.start < at || k.end < k.start || k.end > len(sql) || k.depth < 0 {
				t.Fatalf("token %+v after %d in %q", k, at, sql)
			}
			at = k.end
		}
		for _, s := range split(nil, l.tokens) {
			s.text(sql)
			s.wildcard()
			s.noWhere()
			s.verb("select")
			s.names([]string{"a"})
			s.calls([]string{"a"})
		}
	})
}
