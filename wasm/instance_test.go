package wasm

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

func TestQueryWritesHeaderAndPayload(t *testing.T) {
	i, _ := open(t, guest{}.build(), Definition{})
	var h abi.Header
	h.SetU64(abi.HdrSequence, 7)
	h.SetHint(abi.HintReplica, "r1")
	before := Now()
	v, err := i.Query(&h, []byte("\x03SELECT 1"))
	if err != nil || v != 0 {
		t.Fatalf("verdict %v, error %v", v, err)
	}
	if got := i.memory.bytes[guestWindow : guestWindow+9]; string(got) != "\x03SELECT 1" {
		t.Errorf("window holds %q", got)
	}
	in := abi.Header(i.memory.bytes[guestHeader : guestHeader+abi.HeaderSize])
	if in != h {
		t.Errorf("header in the guest differs:\n%v\n%v", in, h)
	}
	if now := int64(in.U64(abi.HdrNow)); now < before || now > Now() {
		t.Errorf("now is %d", now)
	}
	if d := in.U64(abi.HdrDeadline) - in.U64(abi.HdrNow); d != uint64(patience) {
		t.Errorf("deadline is %d ns away", d)
	}
	if k, name := h.Hint(); k != abi.HintReplica || string(name) != "r1" {
		t.Errorf("the hint was not handed on: %v %q", k, name)
	}
	if l := abi.ReplyLevel(h.U32(abi.HdrReplyLevel)); l != abi.ReplyKeep {
		t.Errorf("reply level is %d", l)
	}
}

// An event is told its own time, also after a command and a sleep.
func TestEventIsToldTheTime(t *testing.T) {
	tpl := template(t, scribbler(2), Definition{})
	i := openAttack(t, tpl)
	var h abi.Header
	if _, err := i.Query(&h, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if !i.Park() {
		t.Fatal("it does not sleep")
	}
	before := Now()
	if _, err := i.Event(abi.EventTimer, 1, 0); err != nil {
		t.Fatal(err)
	}
	in := abi.Header(i.memory.bytes[guestHeader : guestHeader+abi.HeaderSize])
	if now := int64(in.U64(abi.HdrNow)); now < before || now > Now() {
		t.Errorf("now is %d, not between %d and %d", now, before, Now())
	}
	if d := in.U64(abi.HdrDeadline) - in.U64(abi.HdrNow); d != uint64(tpl.def.Limits.Call) {
		t.Errorf("the deadline is %d ns after now, want %d", d, tpl.def.Limits.Call)
	}
}

func TestTruncatedPayload(t *testing.T) {
	// ps_query(len, flags): store payload_read(off=len, window, 100).
	i, _ := open(t, guest{
		imports: []guestImport{imported("payload_read")},
		hooks: map[string][]byte{abi.ExportQuery: code(
			store(code(opLocalGet, 0, c32(guestWindow), c32(100), opCall, 0)),
			answer(abi.Replaced, 5))},
	}.build(), Definition{})
	payload := append(bytes.Repeat([]byte("x"), guestCap), "12345"...)
	var h abi.Header
	if _, err := i.Query(&h, payload); err != nil {
		t.Fatal(err)
	}
	if i.stored() != 5 || string(i.Output()) != "12345" {
		t.Errorf("payload_read returned %d, output %q", i.stored(), i.Output())
	}
	in := abi.Header(i.memory.bytes[guestHeader : guestHeader+abi.HeaderSize])
	if in.U32(abi.HdrSessionFlags) != abi.SessionTruncated || h.U32(abi.HdrSessionFlags) != 0 {
		t.Error("the truncated flag must be in the guest's header and only there")
	}
}

func TestOutputJoinsWindowAndAppended(t *testing.T) {
	body := code(c32(guestDesc), c32(4), opCall, 0, opDrop)
	i, _ := open(t, guest{
		imports: []guestImport{imported("payload_append")},
		hooks:   map[string][]byte{abi.ExportQuery: code(body, body, answer(abi.Replaced, 3))},
	}.build(), Definition{Limits: Limits{Output: 7}})
	var h abi.Header
	for range 2 { // the second append goes beyond the cap; nothing piles up over calls
		if _, err := i.Query(&h, []byte("abc")); err != nil {
			t.Fatal(err)
		}
		if got := string(i.Output()); got != "abc\x60\x00\x00\x00" {
			t.Fatalf("output %q", got)
		}
	}
}

func TestRouteReplyEvent(t *testing.T) {
	i, _ := open(t, guest{
		desc: func(d []byte) { put32(d, abi.DescKind, uint32(abi.KindRouter)) },
		hooks: map[string][]byte{
			abi.ExportRoute: answer(abi.One, 3),
			// The phase's number as the length of a replacement, to see the order.
			abi.ExportReply: code(opLocalGet, 0, opI64ExtendU, c64(32), opI64Shl, c64(1), opI64Or),
			abi.ExportEvent: code(opLocalGet, 1, c64(32), opI64Shl, c64(1), opI64Or),
		},
	}.build(), Definition{Kind: abi.KindRouter})
	var h abi.Header
	if v, err := i.Route(&h, nil); err != nil || v != abi.NewVerdict(abi.One, 3) {
		t.Errorf("route: %#x, %v", v, err)
	}
	if v, err := i.Reply(&h, abi.PhaseWhole, []byte("wxyz")); err != nil || v != abi.NewVerdict(abi.Replaced, 3) || string(i.Output()) != "wxy" {
		t.Errorf("reply: %#x, %v, %q", v, err, i.Output())
	}
	if v, err := i.Event(abi.EventTimer, 4, 0); err != nil || v.Arg() != 4 || string(i.Output()) != "wxyz" {
		t.Errorf("event: %#x, %v, %q", v, err, i.Output())
	}
}

func TestNonsense(t *testing.T) {
	set := func(off int, v int32) []byte { return code(c32(int32(guestHeader+off)), c32(v), opI32Store, 2, 0) }
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"unknown action":    {c64(200), "is not an answer"},
		"router's action":   {answer(abi.One, 0), "is not an answer"},
		"reply's action":    {answer(abi.Drop, 0), "is not an answer"},
		"flags":             {c64(0x100), "unknown flags"},
		"beyond the window": {answer(abi.Replaced, guestCap+1), "in a window of"},
		"long message":      {answer(abi.Reject, 0xFFFFFFFF), "in a window of"},
		"reply level":       {code(set(abi.HdrReplyLevel, 9), answer(abi.Pass, 0)), "unknown reply level"},
		"hint":              {code(set(abi.HdrHintKind, 77), answer(abi.Pass, 0)), "unknown routing hint"},
		"hint length":       {code(set(abi.HdrHintLength, 65), answer(abi.Pass, 0)), "at most 64"},
		"sqlstate":          {code(set(abi.HdrSQLState, 0x20202020), answer(abi.Reject, 0)), "not an SQLSTATE"},
	} {
		t.Run(name, func(t *testing.T) {
			i, _ := open(t, guest{hooks: map[string][]byte{abi.ExportQuery: c.body}}.build(), Definition{})
			var h abi.Header
			_, err := i.Query(&h, nil)
			wantFailure(t, i, err, FailureNonsense, c.want)
		})
	}
}

// wantFailure checks a failure and that the instance is dead.
func wantFailure(t *testing.T, i *Instance, err error, kind FailureKind, text string) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) || f.Kind != kind || !strings.Contains(f.Error()+f.Detail(), text) {
		t.Fatalf("got %v, want a failure of kind %v with %q", err, kind, text)
	}
	if strings.Contains(f.Error(), "recovered by wazero") {
		t.Errorf("%q is of no use to an administrator at its end", f)
	}
	var h abi.Header
	for _, call := range []func() (abi.Verdict, error){
		func() (abi.Verdict, error) { return i.Query(&h, nil) },
		func() (abi.Verdict, error) { return i.Route(&h, nil) },
		func() (abi.Verdict, error) { return i.Reply(&h, abi.PhaseSummary, nil) },
		func() (abi.Verdict, error) { return i.Event(abi.EventTimer, 0, 0) },
	} {
		if _, again := call(); again != error(f) {
			t.Errorf("a dead instance answered %v", again)
		}
	}
	if i.Output() != nil || i.Failed() != f {
		t.Error("a dead instance has output")
	}
	if err := i.Close(abi.CloseSessionEnd); err != nil {
		t.Errorf("closing a dead instance: %v", err)
	}
}

func TestNoAllocations(t *testing.T) {
	i, _ := open(t, guest{
		imports: []guestImport{imported("log_enabled"), imported("payload_append")},
		desc:    func(d []byte) { put32(d, abi.DescReplyLevel, uint32(abi.ReplySummary)) },
		hooks: map[string][]byte{abi.ExportQuery: code(
			store(code(c32(5), opCall, 0)),
			store(code(c32(0), c32(100), opCall, 1)),
			opLocalGet, 1, c32(1000), opI32Add, 0x21, 1, // enough loops for the meter to tick
			opLoop, 0x40, opLocalGet, 1, c32(1), opI32Sub, opLocalTee, 1, opBrIf, 0, opEnd,
			answer(abi.Replaced, 9))},
	}.build(), Definition{})
	var h abi.Header
	payload := bytes.Repeat([]byte("q"), 200)
	for name, call := range map[string]func(){
		"query": func() { i.Query(&h, payload); i.Output() },
		"route": func() { i.Route(&h, payload) },
		"reply": func() { i.Reply(&h, abi.PhaseSummary, nil) },
		"event": func() { i.Event(abi.EventTimer, 1, 2) },
	} {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s: %v allocations a call", name, n)
		}
	}
	if i.Failed() != nil {
		t.Fatal(i.Failed())
	}
}

func BenchmarkQuery(b *testing.B) {
	b.Run("metered", func(b *testing.B) { benchmarkQuery(b, nil) })
	b.Run("unmetered", func(b *testing.B) { benchmarkQuery(b, asIs) })
}

func benchmarkQuery(b *testing.B, rw Rewriter) {
	i, _ := openOn(b, newRuntimeOf(b, Config{Rewrite: rw}), guest{}.build(), Definition{})
	var h abi.Header
	payload := bytes.Repeat([]byte("q"), 200)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := i.Query(&h, payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	t := template(b, guest{}.build(), Definition{})
	s := &session{}
	b.ReportAllocs()
	for b.Loop() {
		i, err := t.Open(b.Context(), abi.OpenNew, s, nil)
		if err != nil {
			b.Fatal(err)
		}
		i.Close(abi.CloseSessionEnd)
	}
}
