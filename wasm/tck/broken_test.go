package tck

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// desc changes one field of the descriptor.
func desc(off int, v uint32) func(func(int, uint32)) {
	return func(put func(int, uint32)) { put(off, v) }
}

// router makes a router of a plugin.
func router(route string) plugin {
	return plugin{route: route, desc: func(put func(int, uint32)) {
		put(abi.DescKind, uint32(abi.KindRouter))
		put(abi.DescReplyLevel, 0)
	}}
}

// whole is a filter that looks at whole replies, and answers with reply to them.
func whole(reply string) plugin {
	return plugin{desc: desc(abi.DescReplyLevel, uint32(abi.ReplyBuffered)), reply: reply}
}

// when is a body that answers something in one phase, and Pass in others.
func when(phase abi.ReplyPhase, then string) string {
	return fmt.Sprintf("(if (result i64) (i32.eq (local.get $phase) (i32.const %d)) (then %s) (else (i64.const 0)))", phase, then)
}

// on does the same for an event.
func on(kind abi.EventKind, then string) string {
	return fmt.Sprintf("(if (result i64) (i32.eq (local.get $kind) (i32.const %d)) (then %s) (else (i64.const 0)))", kind, then)
}

// given is a condition on the payload of ps_query: its size is at least n.
func given(n int, then string) string {
	return fmt.Sprintf("(if (result i64) (i32.ge_u (local.get $n) (i32.const %d)) (then %s) (else (i64.const 0)))", n, then)
}

// window fills the beginning of the window with a string.
func window(text string) string {
	var b strings.Builder
	for n, c := range []byte(text) {
		fmt.Fprintf(&b, "(i32.store8 (i32.const %d) (i32.const %d))", 4096+n, c)
	}
	return b.String()
}

const (
	forever = "(loop $l (br $l)) (unreachable)"
	trap    = "(unreachable)"
	marker  = `(func (export "penstock_v1"))`
	initial = `(func (export "ps_init") (param i64 i32) (result i32) (i32.const 1024))`
	memory  = `(memory (export "memory") 1)`
)

// broken are modules that break one rule each, with what the kit must say.
var broken = []struct {
	name, rule, says string
	plugin
}{
	{"another language's magic", "module/format", "magic number", plugin{instead: "not assembled: \x7fELF"}},
	{"imports a global", "module/imports", "is a global; a plugin may import functions only", plugin{imports: `(import "env" "g" (global i32))`}},
	{"imports from elsewhere", "module/imports", "import env.printf cannot be provided", plugin{imports: `(import "env" "printf" (func (param i32) (result i32)))`}},
	{"imports log with another signature", "module/imports", "has the signature (i32) -> i32, expected (i32, i32, i32) -> i32", plugin{imports: `(import "penstock_v1" "log" (func (param i32) (result i32)))`}},
	{"imports what cannot answer", "module/imports", "cannot answer UNSUPPORTED", plugin{imports: `(import "penstock_v1" "teleport" (func (param i32)))`}},
	{"imports from the future, built for today", "module/minor", "it imports penstock_v1.teleport, which version 1.0 does not have", plugin{imports: `(import "penstock_v1" "teleport" (func (param i32) (result i32)))`}},
	{"exports no memory", "module/exports", "export memory is missing", plugin{instead: "(module (memory 1)" + marker + initial + ")"}},
	{"has no marker", "module/exports", "export penstock_v1 is missing", plugin{omit: "penstock_v1"}},
	{"speaks another version", "module/exports", "the module speaks penstock_v2", plugin{instead: `(module (func (export "penstock_v2"))` + initial + memory + ")"}},
	{"has no ps_init", "module/exports", "export ps_init is missing", plugin{omit: "ps_init"}},
	{"ps_query with an i32 verdict", "module/exports", "export ps_query has the signature (i32, i32) -> i32, expected (i32, i32) -> i64",
		plugin{omit: "ps_query", extra: `(func (export "ps_query") (param i32 i32) (result i32) (i32.const 0))`}},
	{"is a command", "module/exports", "build it as a reactor", plugin{extra: `(func (export "_start"))`}},
	{"exports a name of the host's", "module/reserved", "names that begin with penstock_ belong to the host", plugin{extra: `(func (export "penstock_fuel"))`}},

	{"begins with 64 MiB", "start/memory", "starts with 67108864 bytes of memory, the definition's cap is 33554432", plugin{pages: "1024"}},
	{"_initialize traps", "start/returns", "failed in _initialize: trap", plugin{extra: `(func (export "_initialize") (unreachable))`}},
	{"ps_init never returns", "start/time", "failed in ps_init: timeout", plugin{init: forever}},
	{"ps_init refuses everything", "start/options", "it refuses the given options: ps_init returned BAD_ARG", plugin{init: "(i32.const -2)"}},
	{"refuses without words", "start/refusal", "absent options: ps_init returned BAD_ARG and had not called fail",
		plugin{init: "(if (result i32) (local.get $n) (then (i32.const 1024)) (else (i32.const -2)))"}},
	{"dies of odd options", "start/refusal", "options of 100 KB: failed in ps_init: trap",
		plugin{init: "(if (i32.gt_u (local.get $n) (i32.const 1000)) (then (unreachable))) (i32.const 1024)"}},
	{"declares at random", "start/repeatable", "with the same options ps_init declared byte",
		plugin{imports: `(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))`,
			init: fmt.Sprintf("(drop (call $random (i32.const %d) (i32.const 16))) (i32.const 1024)", 1024+abi.DescCommands)}},

	{"descriptor outside of memory", "descriptor/place", "ps_init returned 0xffd0, and its 96 bytes are not in the plugin's 65536 bytes", plugin{init: "(i32.const 65488)"}},
	{"descriptor too short", "descriptor/place", "DescSize is 92", plugin{desc: desc(abi.DescSize, 92)}},
	{"neither filter nor router", "descriptor/kind", "DescKind is 3", plugin{desc: desc(abi.DescKind, 3)}},
	{"small window", "descriptor/window", "the window has 4096 bytes; it must have 16384 to 65536", plugin{desc: desc(abi.DescWindowCap, 4096)}},
	{"window outside of memory", "descriptor/window", "is not in the plugin's 65536 bytes of memory", plugin{desc: desc(abi.DescWindow, 60000)}},
	{"crooked header", "descriptor/header", "the header is at 0x804, which is no multiple of 8", plugin{desc: desc(abi.DescHeader, 2052)}},
	{"short header", "descriptor/header", "the header has 100 bytes; it must have at least 152", plugin{desc: desc(abi.DescHeaderCap, 100)}},
	{"header in the window", "descriptor/overlap", "window (0x1000, 16384 bytes) and header (0x1000, 256 bytes) overlap", plugin{desc: desc(abi.DescHeader, 4096)}},
	{"unknown need", "descriptor/needs", "unknown bits 0x100", plugin{desc: desc(abi.DescNeeds, 1<<8)}},
	{"unknown feature", "descriptor/features", "the features 0x80", plugin{desc: desc(abi.DescFeatures, 1<<7)}},
	{"unknown reply level", "descriptor/reply-level", "DescReplyLevel is 5", plugin{desc: desc(abi.DescReplyLevel, 5)}},
	{"unknown policy", "descriptor/on-failure", "DescOnFailure is 9", plugin{desc: desc(abi.DescOnFailure, 9)}},
	{"unknown event", "descriptor/events", "unknown bits 0x10000", plugin{desc: desc(abi.DescEvents, 1<<16)}},
	{"text without an end", "descriptor/texts", "text 0 says 9 bytes, and 3 are left", plugin{data: "\\09abc", desc: func(put func(int, uint32)) { put(abi.DescTexts, 512); put(abi.DescTextsSize, 4) }}},
	{"empty text", "descriptor/texts", "text 0 has 0 bytes", plugin{desc: func(put func(int, uint32)) { put(abi.DescTexts, 512); put(abi.DescTextsSize, 4) }}},
	{"reserved bytes", "descriptor/reserved", "DescReserved is 0x1", plugin{desc: desc(abi.DescReserved, 1)}},
	{"subscribes without a hook", "descriptor/exports", "it subscribes to commands, but does not export ps_query", plugin{omit: "ps_query"}},
	{"wants replies without a hook", "descriptor/exports", "its reply level is 3, but does not export ps_reply", plugin{omit: "ps_reply"}},
	{"router without ps_route", "descriptor/exports", "it is a router, but does not export ps_route", plugin{omit: "ps_route", desc: desc(abi.DescKind, uint32(abi.KindRouter))}},

	{"refuses sessions without words", "open/returns", "ps_open returned INTERNAL and had not called fail", plugin{open: "(i32.const -9)"}},
	{"dies of being swapped in", "open/reasons", "OpenSwap without a state: failed in ps_open: trap", plugin{open: "(if (i32.eq (local.get $reason) (i32.const 1)) (then (unreachable))) (i32.const 0)"}},
	{"dies of being closed", "close/returns", "CloseSwap: plugin plugin failed in ps_close: trap", plugin{close: "(if (i32.eq (local.get $reason) (i32.const 1)) (then (unreachable)))"}},

	{"traps", "hook/trap", `COM_QUERY "SELECT 1": failed in ps_query: trap: wasm error: unreachable`, plugin{query: trap}},
	{"exits", "hook/exit", "failed in ps_query: exit", plugin{imports: `(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`, query: "(call $exit (i32.const 3)) (i64.const 0)"}},
	{"never answers", "hook/time", "failed in ps_query: timeout: time budget used up", plugin{query: forever}},
	{"calls itself for ever", "hook/stack", "nested too deeply", plugin{extra: "(func $f (param i64) (result i64) (i64.add (call $f (local.get 0)) (i64.const 1)))", query: "(call $f (i64.const 0))"}},
	{"dies when memory is denied", "hook/memory", "failed in ps_query: memory",
		plugin{query: "(if (i32.lt_s (memory.grow (i32.const 100)) (i32.const 0)) (then (unreachable))) (i64.const 0)"}},
	{"loses memory", "hook/grows", "it does not settle: ",
		plugin{extra: "(global $at (mut i32) (i32.const 65536))",
			query: `(if (i32.ge_u (i32.add (global.get $at) (i32.const 2048)) (i32.mul (memory.size) (i32.const 65536))) (then (drop (memory.grow (i32.const 1)))))
				(i32.store (global.get $at) (i32.const 7)) (global.set $at (i32.add (global.get $at) (i32.const 2048))) (i64.const 0)`}},

	{"answers a router's verdict", "verdict/action", "ps_query answered any", plugin{query: verdict(abi.Any, 1)}},
	{"answers nonsense", "verdict/action", "ps_query answered action(99)", plugin{query: "(i64.const 99)"}},
	{"router that passes", "verdict/action", "ps_route answered pass", router("(i64.const 0)")},
	{"flags", "verdict/flags", "with the flags 0x1", plugin{query: "(i64.const 256)"}},
	{"more than the window", "verdict/length", "ps_query answered replaced with 20000 bytes; the window has 16384", plugin{query: verdict(abi.Replaced, 20000)}},
	{"holds unasked", "verdict/hold", "ps_query answered hold, and the descriptor has no NeedHold", plugin{query: verdict(abi.Hold, 5)}},
	{"unknown target", "verdict/target", "ps_route answered one with target 7; the target table has 2", router(verdict(abi.One, 7))},
	{"unknown role", "verdict/role", "ps_route answered any with role 9", router(verdict(abi.Any, 9))},
	{"replaces by nothing", "verdict/replaced", "was replaced by nothing", plugin{query: verdict(abi.Replaced, 0)}},
	{"makes a COM_QUIT of it", "verdict/replaced", "(command 0x03) was replaced by command 0x01", plugin{query: window("\x01") + verdict(abi.Replaced, 1)}},
	{"replaces what is too large", "verdict/replaced", "COM_QUERY of 16 MiB and more was replaced; it cannot be", plugin{query: verdict(abi.Replaced, 5)}},
	{"replies with nothing", "verdict/reply", "it built none", plugin{query: verdict(abi.Reply, 0)}},
	{"replies with half a result", "verdict/reply", "a packet says 9 bytes, and 1 are there",
		plugin{imports: imports("reply_append"), data: "\\09\\00\\00\\00x", query: "(drop (call $reply_append (i32.const 512) (i32.const 5)))" + verdict(abi.Reply, 0)}},
	{"replies twice", "verdict/reply", "it called reply_ok behind what ended the reply",
		plugin{imports: imports("reply_columns", "reply_ok"), data: "\\01\\00\\fd\\00\\00\\01\\00x",
			query: "(drop (call $reply_columns (i32.const 512) (i32.const 8))) (drop (call $reply_ok (i64.const 0) (i64.const 0) (i32.const 0)))" + verdict(abi.Reply, 0)}},
	{"lower-case SQLSTATE", "verdict/sqlstate", `ps_query answered reject with SQLSTATE "hy000"`,
		plugin{query: header(abi.HdrSQLState, 0x30307968) + header(abi.HdrSQLState+4, 0x30) + verdict(abi.Reject, 0)}},
	{"huge error number", "verdict/errno", "with error number 70000", plugin{query: header(abi.HdrErrno, 70000) + verdict(abi.Reject, 0)}},
	{"unknown hint", "header/hint", "ps_query left the hint 9", plugin{query: header(abi.HdrHintKind, 9) + verdict(abi.Pass, 0)}},
	{"long hint", "header/hint", "a name of 65 bytes", plugin{query: header(abi.HdrHintLength, 65) + verdict(abi.Pass, 0)}},
	{"unknown level for a command", "header/reply-level", "left the reply level 6", plugin{query: header(abi.HdrReplyLevel, 6) + verdict(abi.Pass, 0)}},
	{"unknown fallback", "header/fallback", "left the fallback 2", router(header(abi.HdrFallback, 2) + verdict(abi.One, 0))},
	{"writes the host's part", "header/in", "ps_query wrote to offset 8 of the header", plugin{query: header(abi.HdrSequence, 999) + verdict(abi.Pass, 0)}},

	{"dies of an empty statement", "input/empty", "failed in ps_query: trap", plugin{query: "(drop (i64.div_u (i64.const 1) (i64.extend_i32_u (i32.sub (local.get $n) (i32.const 1))))) (i64.const 0)"}},
	{"dies of bytes that are no text", "input/bytes", "failed in ps_query: trap",
		plugin{query: "(if (i32.eq (i32.load8_u (i32.const 4105)) (i32.const 255)) (then (unreachable))) (i64.const 0)"}},
	{"dies of a long statement", "input/long", "COM_QUERY of several windows: failed in ps_query: trap", plugin{query: given(16384, trap)}},
	{"dies of prepared statements", "input/prepared", "COM_STMT_EXECUTE: failed in ps_query: trap",
		plugin{query: fmt.Sprintf("(if (i32.load (i32.const %d)) (then (unreachable))) (i64.const 0)", 2048+abi.HdrStatementID)}},

	{"drops definitions", "reply/answers", "ps_reply answered drop in phase columns", plugin{reply: when(abi.PhaseColumns, verdict(abi.Drop, 0))}},
	{"rejects what is over", "reply/answers", "ps_reply answered reject in phase summary", plugin{reply: when(abi.PhaseSummary, verdict(abi.Reject, 0))}},
	{"replaces rows by no packets", "reply/framing", "a packet says 120 bytes", plugin{reply: when(abi.PhaseRows, window("x\x00\x00\x00x")+verdict(abi.Replaced, 5))}},
	{"rows with a field too few", "reply/shape", "a row has 1 fields; the result has 2 columns", plugin{reply: when(abi.PhaseRows, window("\x02\x00\x00\x00\x01x")+verdict(abi.Replaced, 6))}},
	{"rows with an ERR among them", "reply/shape", "among the rows that is none", plugin{reply: when(abi.PhaseRows, window("\x03\x00\x00\x00\xff\x28\x04")+verdict(abi.Replaced, 7))}},
	{"definitions that are cut", "reply/shape", "it says 3 columns and defines 0", plugin{reply: when(abi.PhaseColumns, window("\x01\x00\x00\x00\x03")+verdict(abi.Replaced, 5))}},
	{"a whole reply without an end", "reply/shape", "the reply does not end", whole(when(abi.PhaseWhole, verdict(abi.Replaced, 0)))},
	{"asks for the client's file", "reply/shape", "a request for the client's file", whole(when(abi.PhaseWhole, window("\x03\x00\x00\x00\xfb/x")+verdict(abi.Replaced, 7)))},
	{"dies of errors", "reply/odd", "failed in ps_reply: trap", plugin{desc: desc(abi.DescReplyLevel, 1),
		reply: fmt.Sprintf("(if (i32.eq (i32.load (i32.const %d)) (i32.const %d)) (then (unreachable))) (i64.const 0)", 2048+abi.HdrReplyState, abi.ReplyStateError)}},

	{"leaves at an event", "event/verdict", "EventSessionReset was answered detach", plugin{event: on(abi.EventSessionReset, verdict(abi.Detach, 0))}},
	{"diagnostics in prose", "event/diagnostics", `it answered "all is well"`, plugin{event: on(abi.EventDiagnostics, window("all is well")+verdict(abi.Replaced, 11))}},
	{"cannot read its own state", "event/detach", "its successor does not open with the 3 bytes",
		plugin{imports: imports("state_read"), event: on(abi.EventDetach, verdict(abi.Replaced, 3)),
			open: "(if (i32.eq (call $state_read (i32.const 512) (i32.const 100)) (i32.const 3)) (then (unreachable))) (i32.const 0)"}},
	{"dies of a reset", "event/reset", "failed in ps_event: trap", plugin{event: on(abi.EventSessionReset, trap)}},

	{"stores in ps_init", "import/phase", "it called kv_del while it is started with the given options: WRONG_PHASE",
		plugin{imports: imports("kv_del"), init: "(drop (call $kv_del (i32.const 512) (i32.const 1))) (i32.const 1024)"}},
	{"a pointer into nowhere", "import/pointers", "FAULT", plugin{imports: imports("log"), query: "(drop (call $log (i32.const 3) (i32.const -10) (i32.const 5))) (i64.const 0)"}},
	{"floods the log", "import/log", "more than 200 lines while",
		plugin{imports: imports("log"), query: "(local $i i32) (loop $l (drop (call $log (i32.const 3) (i32.const 512) (i32.const 5))) (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300)))) (i64.const 0)"}},
	{"an unknown log level", "import/log", "it logged at level 9", plugin{imports: imports("log"), query: "(drop (call $log (i32.const 9) (i32.const 512) (i32.const 5))) (i64.const 0)"}},
	{"a metric with a bad name", "import/metric", `metric_define(1, "Bad Name") answered BAD_ARG`,
		plugin{imports: imports("metric_define"), data: "Bad Name", open: "(drop (call $metric_define (i32.const 1) (i32.const 512) (i32.const 8))) (i32.const 0)"}},
	{"timer 16", "import/timer", "timer_set(16) answered BAD_ARG", plugin{imports: imports("timer_set"), open: "(drop (call $timer_set (i32.const 16) (i32.const 5))) (i32.const 0)"}},
	{"a timer that nobody waits for", "import/timer", "does not subscribe to EventTimer",
		plugin{imports: imports("timer_set"), desc: desc(abi.DescEvents, 0), open: "(drop (call $timer_set (i32.const 1) (i32.const 5))) (i32.const 0)"}},
	{"a row without columns", "import/rows", "reply_row answered WRONG_PHASE", plugin{imports: imports("reply_row"), query: "(drop (call $reply_row (i32.const 512) (i32.const 4)))" + verdict(abi.Reply, 0)}},
	{"columns in another format", "import/rows", "reply_columns answered BAD_ARG",
		plugin{imports: imports("reply_columns"), data: "\\ff\\ff", query: "(drop (call $reply_columns (i32.const 512) (i32.const 2)))" + verdict(abi.Reply, 0)}},

	{"remembers in its window", "state/sleep", "awake it answered reject",
		plugin{query: fmt.Sprintf("(i32.store (i32.const %d) (i32.add (i32.load (i32.const %[1]d)) (i32.const 1))) (i64.or (i64.const %d) (i64.shl (i64.extend_i32_u (i32.and (i32.load (i32.const %[1]d)) (i32.const 255))) (i64.const 32)))",
			4096+abi.MinWindow-8, abi.Reject)}},
}

func TestBrokenModulesFail(t *testing.T) {
	cache := t.TempDir()
	tested := map[string]bool{}
	for _, b := range broken {
		tested[b.rule] = true
		t.Run(b.name, func(t *testing.T) {
			var code []byte
			if text, raw := strings.CutPrefix(b.instead, "not assembled: "); raw {
				code = []byte(text)
			} else {
				code = b.build(t)
			}
			r := examine(t, code, Config{CacheDir: cache, Call: 200 * time.Millisecond})
			result := r.Result(b.rule)
			if result.Verdict != Fail || !strings.Contains(strings.Join(result.Seen, "\n"), b.says) {
				t.Errorf("%s: %s %q %s, want %q", b.rule, result.Verdict, result.Seen, result.Reason, b.says)
				for _, f := range r.Failed() {
					t.Logf("%s: %q", f.Rule.ID, f.Seen)
				}
			}
		})
	}
	for _, r := range Rules() {
		if !tested[r.ID] && !provenByHost[r.ID] {
			t.Errorf("no module breaks rule %s", r.ID)
		}
	}
}

// provenByHost are rules that no module can break while the host does its part:
// the kit has them because other hosts run it, too.
var provenByHost = map[string]bool{
	"state/clones":   true, // the host copies memory and globals, or does not copy at all
	"state/sessions": true, // memories are apart
	"input/large":    true, // its prefix is no different from a long statement's
	"reply/binary":   true,
}
