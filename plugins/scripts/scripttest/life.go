package scripttest

import (
	"reflect"
	"strings"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

// options: setup reads them like any plugin, and what is wrong is said in the same words.
func options(k *Kit) {
	script := Scripts{
		"lua": `function setup(o)
  all = {o.string("text", "none"), tostring(o.bool("flag", true)), o.int("n", 5, 1, 10), o.enum("word", "red", "red", "green"),
    table.concat(o.list("list"), "+"), o.duration("wait", 1500), o.size("size", 64), tostring(o.has("text")), o.string("empty")}
  if o.has("bad") then o.fail("bad", "is bad") end
  hits = o.counter("hits") level = o.gauge("level") times = o.histogram("times")
end
function query(q) hits.add() hits:add(2) level.set(7) times.observe(3) log(table.concat(all, "|")) end`,
		"js": `let all, hits, level, times
function setup(o) {
  all = [o.string("text", "none"), o.bool("flag", true), o.int("n", 5, 1, 10), o.enum("word", "red", "red", "green"),
    o.list("list").join("+"), o.duration("wait", 1500), o.size("size", 64), o.has("text"), o.string("empty")]
  if (o.has("bad")) o.fail("bad", "is bad")
  hits = o.counter("hits"); level = o.gauge("level"); times = o.histogram("times")
}
function query(q) { hits.add(); hits.add(2); level.set(7); times.observe(3); log(all.join("|")) }`,
	}
	for _, c := range []struct {
		options map[string]any
		want    string
	}{
		{nil, "none|true|5|red||1500|64|false|"},
		{map[string]any{"text": "x", "flag": false, "n": 10, "word": "Green", "list": "a, b", "wait": "2s", "size": "1Ki", "empty": "y"}, "x|false|10|green|a+b|2000|1024|true|y"},
	} {
		s := k.Start(script, c.options)
		s.Query("x", 0)
		if len(s.Lines) != 1 || s.Lines[0] != c.want {
			k.Errorf("%v: %q", c.options, s.Lines)
		}
		if want := map[string]int64{"hits": 3, "level": 7, "times": 3}; !reflect.DeepEqual(s.Metrics, want) {
			k.Errorf("%v", s.Metrics)
		}
	}
	k.refused(`option "n" must be a whole number from 1 to 10, not 11`, script, map[string]any{"n": 11})
	k.refused(`unknown option "tezt"; allowed: script, max_statement_size, text, flag`, script, map[string]any{"tezt": 1})
	k.refused(`option "bad" is bad`, script, map[string]any{"bad": 1})
	k.refused(`unknown option "text"; allowed: script`, Scripts{"lua": "function query(q) end", "js": "function query(q) {}"}, map[string]any{"text": ""})
}

// problems: what is wrong with a script refuses the definition.
func problems(k *Kit) {
	for _, c := range []struct{ lua, js, want string }{
		{"", "", `option "script" is required`},
		{"x = 1", "let x = 1", `option "script" defines none of query, reply and row`},
		{"-- one\nx = = 1", "// one\nlet x = = 1", "script:2: "},
		{"function query(q)\n  if q then\n", "function query(q) {\n  if (q) {\n", "script:"},
		{"function query(q) end\n\nnosuch()", "function query(q) {}\n\nnosuch()", "script:3: "},
		{"function query(q) end\nerror('told to')", "function query(q) {}\nthrow new Error('told to')", "script:2: told to"},
		{"function query(q) end\nerror({})", "function query(q) {}\nthrow {}", "script"},
		{"goto nowhere", "let a; let a", "script:"},
		{"function query(q) end function setup(o)\n o.int(true) end", "function query(q) {} function setup(o) {\n o.int(true) }", "script:2: o.int: argument 1 has to be a string, not true"},
		{"function query(q) end function setup(o)\n o.nosuch() end", "function query(q) {} function setup(o) {\n o.nosuch() }", "script:2: o has no nosuch"},
		{"function query(q) end function setup(o) o.commands('nosuch') end", "function query(q) {} function setup(o) { o.commands('nosuch') }", `has to be one of bulk_execute, close, debug`},
		{"function query(q) end function setup(o) return 5 end", "function query(q) {} function setup(o) { return 5 }", "setup returned 5"},
		{"function query(q) end function setup(o) o.counter('No name') o.counter('') end", "function query(q) {} function setup(o) { o.enum('x', 'y', 'z') }", "script"},
		{"local function f() return f() + 1 end f()", "function f() { return f() + 1 }; f()", "script:"},
	} {
		if strings.Contains(c.lua, "No name") && k.Language == "lua" {
			continue // the fake host takes any name
		}
		k.refused(c.want, Scripts{"lua": c.lua, "js": c.js})
	}
	// The script is to blame, and not the options that it did not come to ask for.
	for _, s := range []Scripts{
		{"lua": "function setup(o) o.string('text', '') end\nfunction query(q", "js": "function setup(o) { o.string('text', '') }\nfunction query(q"},
		{"lua": "function query(q) end\nfunction setup(o) nosuch() o.string('text', '') end", "js": "function query(q) {}\nfunction setup(o) { nosuch(); o.string('text', '') }"},
	} {
		k.refused("filter: script:2: ", s, map[string]any{"text": "x"})
	}
	k.refused("max_statement_size", Scripts{"lua": "function query(q) end", "js": "function query(q) {}"}, map[string]any{"max_statement_size": "1G"})
}

// failures: an error while the session runs fails the plugin, with its place.
func failures(k *Kit) {
	for _, c := range []struct{ lua, js, want string }{
		{"local t = nil\n return t.x", "const t = null\n return t.x", "script:2: "},
		{"error('told to')", "throw new Error('told to')", "script:1: told to"},
		{"\n\nreturn 5", "\n\nreturn 5", "script: query returned 5"},
		{"return {1}", "return [1]", "query returned a list"},
		{"return query", "return query", "script: query returned "},
		{"q.reject(1142, '42000', 'no')", "q.reject(1142, '42000', 'no')", "query did not return the verdict of q.reject"},
		{"return q.reject('x')", "return q.reject('x')", `script:1: q.reject: argument 1 has to be a whole number from 1 to 65535, not "x"`},
		{"return q.reject(1142, 'no')", "return q.reject(1142, 'no')", "the SQLSTATE has to be five digits"},
		{"return q.rewrite()", "return q.rewrite()", "q.rewrite: argument 1 has to be a string, not nothing"},
		{"return q.usre", "return q.usre", "script:1: q has no usre; it has answer, autocommit, "},
		{"q.sql = 'x'", "q.sql = 'x'", "q.sql cannot be changed"},
		{"return q['dig' .. 'est']", "return q['dig' + 'est']", "q.digest has to be written like this"},
		{"q.is('reads')", "q.is('reads')", "q.is: argument 1 has to be one of account"},
		{"q.hint('server')", "q.hint('server')", "q.hint: argument 2"},
		{"return q.answer({}, {})", "return q.answer([], [])", "q.answer: argument 1"},
		{"return q.answer({'a'}, {{1, 2}})", "return q.answer(['a'], [[1, 2]])", "row 1 has to be a list of 1 values at most"},
		{"return q.answer({'a'}, {{q}})", "return q.answer(['a'], [[q]])", "value 1 of row 1 cannot be"},
		{"log('x', 'loud')", "log('x', 'loud')", "log: argument 2 has to be one of debug"},
		{"set_timer(99, 1)", "set_timer(99, 1)", "set_timer: argument 1"},
		{"return dofile('x')", "return require('x')", "script:1: "},
		{"return io.open('x')", "return console.log('x')", "script:1: "},
		{"return os.time()", "return process.env", "script:1: "},
	} {
		s := k.Start(Scripts{"lua": "function query(q) " + c.lua + " end", "js": "function query(q) { " + c.js + " }"})
		k.fails(c.want, func() { s.Query("SELECT 1", abi.TypeRead) })
	}
}

// globals: what a script has besides its hooks.
func globals(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function query(q)
  assert(kv.get("a") == nil and kv.create("a", "1") and not kv.create("a", "2") and kv.get("a") == "1")
  assert(kv.swap("a", "1", "x\0y") and not kv.swap("a", "1", "z") and not kv.swap("b", "1", "z"))
  assert(kv.get("a") == "x\0y" and kv.delete("a") and not kv.delete("a"))
  assert(kv.add("n") == 1 and kv.add("n", 41) == 42)
  kv.set("ttl", "v", 1000)
  sink(1, "line\n")
  log("quiet", "debug") log("loud", "error")
  set_timer(3, 250) assert(not cancel_timer(4)) set_timer(4, 1) assert(cancel_timer(4))
  local r = random() assert(r >= 0 and r < 1 and r ~= random())
  local m = math.random(3, 4) assert(m == 3 or m == 4) assert(math.random(1) == 1 and math.random() < 1)
  assert(now() == 3600000 and info("user") == "app" and info("attr.nothing") == "")
end`,
		"js": `function assert(ok) { if (!ok) throw new Error("assertion failed") }
function query(q) {
  assert(kv.get("a") === undefined && kv.create("a", "1") && !kv.create("a", "2") && kv.get("a") === "1")
  assert(kv.swap("a", "1", "x\0y") && !kv.swap("a", "1", "z") && !kv.swap("b", "1", "z"))
  assert(kv.get("a") === "x\0y" && kv.delete("a") && !kv.delete("a"))
  assert(kv.add("n") === 1 && kv.add("n", 41) === 42)
  kv.set("ttl", "v", 1000)
  sink(1, "line\n")
  log("quiet", "debug"); log("loud", "error")
  set_timer(3, 250); assert(!cancel_timer(4)); set_timer(4, 1); assert(cancel_timer(4))
  const r = random(); assert(r >= 0 && r < 1 && r !== random())
  const m = Math.random(); assert(m >= 0 && m < 1 && m !== Math.random())
  assert(now() === 3600000 && info("user") === "app" && info("attr.nothing") === "")
}`,
	})
	if r := s.Query("x", 0); r.Action != abi.Pass {
		k.Errorf("%+v", r)
	}
	if s.KV["n"] != "42" || s.KV["ttl"] != "v" || len(s.KV) != 2 || string(s.Sinks[1]) != "line\n" || strings.Join(s.Lines, " ") != "quiet loud" ||
		!reflect.DeepEqual(s.Timers, map[uint32]time.Duration{3: 250 * time.Millisecond}) {
		k.Errorf("%q %v %q %v", s.KV, s.Sinks, s.Lines, s.Timers)
	}
}

// outside: q, r and o mean nothing when their hook does not run.
func outside(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function setup(o) kept_o = o end
function query(q) kept = q no = q.reject(1142) if q.sql == "o" then kept_o.string("x") end if q.sql == "again" then return no end end
function row(r) kept_r = r end
function timer(id) if id == 1 then log(kept.sql) elseif id == 2 then log(kept_r.rows) else kept.reject(1) end end`,
		"js": `let kept_o, kept, no, kept_r
function setup(o) { kept_o = o }
function query(q) { kept = q; no = q.reject(1142); if (q.sql === "o") kept_o.string("x"); if (q.sql === "again") return no }
function row(r) { kept_r = r }
function timer(id) { if (id === 1) log(kept.sql); else if (id === 2) log(kept_r.rows); else kept.reject(1) }`,
	})
	if r := s.Query("again", 0); r.Action != abi.Reject {
		k.Errorf("%+v", r)
	}
	k.fails("o can be used in setup alone", func() { s.Query("o", 0) })
	for id, want := range map[uint64]string{1: "q can be used in query alone", 3: "q can be used in query alone"} {
		k.fails(want, func() { s.Event(abi.EventTimer, id, 0) })
	}
}

// summary: what r says when a reply has ended.
func summary(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function reply(r) log(table.concat({r.command, r.state, r.errno, r.sqlstate, r.rows, r.bytes, r.affected, r.insert_id, r.warnings, r.duration,
  tostring(r.server), r.user, r.sequence}, "|")) end`,
		"js": `function reply(r) { log([r.command, r.state, r.errno, r.sqlstate, r.rows, r.bytes, r.affected, r.insert_id, r.warnings, r.duration,
  r.server, r.user, r.sequence].join("|")) }`,
	})
	s.Targets = []sdktest.Target{{Name: "db1"}, {Name: "db2"}}
	s.Run(sdktest.Command{Com: sdk.ComStmtExecute})
	s.Reply(abi.PhaseSummary, sdktest.Summary{State: abi.ReplyStateError, Errno: 1062, SQLState: "23000", Rows: 2, Bytes: 3, Affected: 4, Insert: 5,
		Warnings: 6, Duration: 1500 * time.Microsecond, Server: 1}, nil)
	if want := "execute|error|1062|23000|2|3|4|5|6|1.5|db2|app|1"; len(s.Lines) != 1 || s.Lines[0] != want {
		k.Errorf("%q, want %q", s.Lines, want)
	}
}

// life: open, timer, reset, close.
func life(k *Kit) {
	script := Scripts{
		"lua": `function open(reason) log("open " .. reason) set_timer(1, 5) if reason == "restart" then return "not again" end end
function timer(id) log("timer " .. id) end
function reset() log("reset") end
function close(reason) log("close " .. reason) end
function query(q) end`,
		"js": `function open(reason) { log("open " + reason); set_timer(1, 5); if (reason === "restart") return "not again" }
function timer(id) { log("timer " + id) }
function reset() { log("reset") }
function close(reason) { log("close " + reason) }
function query(q) {}`,
	}
	s := k.Start(script)
	s.Event(abi.EventTimer, 1, 0)
	s.Event(abi.EventSessionReset, 0, 0)
	s.Close(abi.CloseSwap)
	if got, want := strings.Join(s.Lines, ", "), "open new, timer 1, reset, close swap"; got != want {
		k.Errorf("%q, want %q", got, want)
	}
	if err := s.Open(abi.OpenRestart); err == nil || err.Error() != "not again" {
		k.Errorf("%v", err)
	}
}

// garbage: nothing is kept from one statement to the next.
func garbage(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function query(q) local t = {} for i = 1, 100 do t[i] = q.sql .. i end if #t ~= 100 then return q.reject(1) end end`,
		"js":  `function query(q) { const t = []; for (let i = 0; i < 100; i++) t.push(q.sql + i); if (t.length !== 100) return q.reject(1) }`,
	})
	for range 20_000 {
		if r := s.Query("SELECT 1", 0); r.Action != abi.Pass {
			k.Fatalf("%+v", r)
		}
	}
}
