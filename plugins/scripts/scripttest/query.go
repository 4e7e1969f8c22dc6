package scripttest

import (
	"reflect"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

// queries: what q says.
func queries(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function query(q)
  return q.answer({"x"}, {{q.sql}, {q.command}, {q.user}, {q.host}, {q.database}, {q.service}, {q.session}, {q.tls},
    {q.operation}, {q.digest}, {q.canonical}, {table.concat(q.tables, "+")}, {q.in_transaction}, {q.autocommit},
    {q.is("read", "ddl")}, {q.is("ddl")}, {q.sequence}, {q.statement_id}, {q.charset}, {nil}, {0.5}})
end`,
		"js": `const query = q =>
  q.answer(["x"], [[q.sql], [q.command], [q.user], [q.host], [q.database], [q.service], [q.session], [q.tls],
    [q.operation], [q.digest], [q.canonical], [q.tables.join("+")], [q.in_transaction], [q.autocommit],
    [q.is("read", "ddl")], [q.is("ddl")], [q.sequence], [q.statement_id], [q.charset], [null], [0.5]])`,
	})
	s.Facts["schema"] = "shop"
	for _, sql := range []string{"SELECT 'naïve 😀'", "SELECT '\xe9\xff\xed\xa0\x80' -- not UTF-8"} {
		r := s.Run(sdktest.Command{SQL: sql, Type: abi.TypeRead, Operation: abi.OpSelect, Digest: 0xabc, Canonical: "SELECT ?",
			Tables: []string{"a", "b.c"}, Charset: 45, StatementID: 9, Flags: abi.SessionInTransaction})
		sequence := map[bool]string{true: "1", false: "2"}[strings.HasSuffix(sql, "'") && r.Action == abi.Reply]
		want := []string{"columns x"}
		for _, v := range []string{sql, "query", "app", "127.0.0.1", "shop", "svc", "7", "", "select", "0000000000000abc", "SELECT ?", "a+b.c",
			"1", "0", "1", "0", sequence, "9", "45", "NULL", "0.5"} {
			want = append(want, "row "+v)
		}
		if r.Action != abi.Reply || !reflect.DeepEqual(s.Built, want) {
			k.Errorf("%v %q, want %q", r.Action, s.Built, want)
		}
	}
}

// verdicts: what query can return.
func verdicts(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function query(q)
  local what = q.sql
  if what == "pass" then return q.pass() end
  if what == "rewrite" then return q.rewrite("SELECT '\195\169'") end
  if what == "reject" then return q:reject(1142, "42000", "no") end
  if what == "plain" then return q.reject(1105) end
  if what == "close" then return q.close(1226, "42000", "go away") end
  if what == "ok" then return q.ok(3, 7) end
  if what == "hold" then return q.hold(250) end
  if what == "detach" then return q.detach() end
  if what == "server" then q.hint("server", "db2") end
  if what == "primary" then q.hint("primary") end
  if what == "silent" then q.replies("none") end
end`,
		"js": `function query(q) {
  switch (q.sql) {
  case "pass": return q.pass()
  case "rewrite": return q.rewrite("SELECT 'é'")
  case "reject": return q.reject(1142, "42000", "no")
  case "plain": return q.reject(1105)
  case "close": return q.close(1226, "42000", "go away")
  case "ok": return q.ok(3, 7)
  case "hold": return q.hold(250)
  case "detach": return q.detach()
  case "server": q.hint("server", "db2"); break
  case "primary": q.hint("primary"); break
  case "silent": q.replies("none")
  }
}`,
	})
	for sql, check := range map[string]func(r sdktest.Result) bool{
		"nothing": func(r sdktest.Result) bool { return r.Action == abi.Pass && r.Level == abi.ReplyKeep },
		"pass":    func(r sdktest.Result) bool { return r.Action == abi.Pass },
		"rewrite": func(r sdktest.Result) bool { return r.Action == abi.Replaced && r.SQL() == "SELECT 'é'" },
		"reject": func(r sdktest.Result) bool {
			return r.Action == abi.Reject && r.Errno == 1142 && r.SQLState == "42000" && r.Message() == "no"
		},
		"plain":  func(r sdktest.Result) bool { return r.Action == abi.Reject && r.Errno == 1105 && r.Message() == "" },
		"close":  func(r sdktest.Result) bool { return r.Action == abi.Close && r.Message() == "go away" },
		"ok":     func(r sdktest.Result) bool { return r.Action == abi.Reply && s.Built[0] == "ok 3 7 0" },
		"hold":   func(r sdktest.Result) bool { return r.Action == abi.Hold && r.Arg == 250 },
		"detach": func(r sdktest.Result) bool { return r.Action == abi.Detach },
		"server": func(r sdktest.Result) bool {
			return r.Hint == abi.HintServer && r.HintName == "db2" && r.Action == abi.Pass
		},
		"primary": func(r sdktest.Result) bool { return r.Hint == abi.HintPrimary },
		"silent":  func(r sdktest.Result) bool { return r.Level == abi.ReplyNone },
	} {
		if r := s.Query(sql, abi.TypeRead); !check(r) {
			k.Errorf("%s: %+v %q", sql, r, s.Built)
		}
	}
}

// needs: the host is asked for what the script names.
func needs(k *Kit) {
	for _, c := range []struct {
		lua, js  string
		needs    uint32
		features uint64
		level    abi.ReplyLevel
		commands []byte
	}{
		{"function query(q) end", "function query(q) {}", 0, 0, abi.ReplyNone,
			[]byte{sdk.ComQuery, sdk.ComStmtPrepare, sdk.ComStmtExecute, sdk.ComStmtBulkExecute}},
		{"function query(q) return q.digest .. q.sql end", "function query(q) { return q.digest + q.sql }", abi.NeedDigest | abi.NeedSQL, 0, abi.ReplyNone,
			[]byte{sdk.ComQuery, sdk.ComStmtPrepare, sdk.ComStmtExecute, sdk.ComStmtBulkExecute}},
		{"function query(q) if q.is('ddl') then kv.add('n') end end", "function query(q) { if (q.is('ddl')) kv.add('n') }", abi.NeedClassify, abi.FeatureKV, abi.ReplyNone,
			[]byte{sdk.ComQuery, sdk.ComStmtPrepare, sdk.ComStmtExecute, sdk.ComStmtBulkExecute}},
		{"function reply(r) sink(0, r.digest) end", "function reply(r) { sink(0, r.digest) }", 0, abi.FeatureSinks, abi.ReplySummary,
			[]byte{sdk.ComQuery, sdk.ComStmtExecute, sdk.ComStmtBulkExecute}},
		{"function row(r, v) end function reply(r) end", "function row(r, v) {} function reply(r) {}", 0, 0, abi.ReplyRows,
			[]byte{sdk.ComQuery, sdk.ComStmtExecute, sdk.ComStmtBulkExecute, sdk.ComStmtFetch}},
		{"function setup(o) o.commands('ping', 'init_db') end function query(q) end", "function setup(o) { o.commands('ping', 'init_db') } function query(q) {}", 0, 0, abi.ReplyNone,
			[]byte{sdk.ComPing, sdk.ComInitDB}},
	} {
		s := k.Start(Scripts{"lua": c.lua, "js": c.js})
		d := s.Descriptor()
		u32 := func(at int) uint32 {
			return uint32(d[at]) | uint32(d[at+1])<<8 | uint32(d[at+2])<<16 | uint32(d[at+3])<<24
		}
		if u32(abi.DescNeeds) != c.needs || uint64(u32(abi.DescFeatures)) != c.features || abi.ReplyLevel(u32(abi.DescReplyLevel)) != c.level {
			k.Errorf("%s: needs %x, features %x, level %d", c.lua, u32(abi.DescNeeds), u32(abi.DescFeatures), u32(abi.DescReplyLevel))
		}
		for com := range 256 {
			if got, want := s.Subscribed(byte(com)), strings.IndexByte(string(c.commands), byte(com)) >= 0; got != want {
				k.Errorf("%s: command %#x is asked for: %v", c.lua, com, got)
			}
		}
	}
}

// largeStatements: a script never decides by a part of a statement.
func largeStatements(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function query(q) pcall(function() return q.sql end) if q.command == "ping" then return q.sql end return q.rewrite(q.sql .. "!") end`,
		"js":  `function query(q) { try { q.sql } catch (e) {} return q.rewrite(q.sql + "!") }`,
	}, map[string]any{"max_statement_size": "128KiB"})
	whole := strings.Repeat("x", 100_000) // more than the window
	if r := s.Query(whole, 0); r.Action != abi.Replaced || r.SQL() != whole+"!" {
		k.Errorf("%v %d bytes", r.Action, len(r.Output))
	}
	if r := s.Query(whole+whole, 0); r.Action != abi.Reject || r.Errno != 1153 {
		k.Errorf("%+v", r)
	}
}
