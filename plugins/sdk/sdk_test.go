package sdk_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

// probe is a filter whose hooks are the test's.
type probe struct {
	query func(q *sdk.Query) sdk.Verdict
	reply func(r *sdk.Reply) sdk.Verdict
	calls []string
}

var current *probe

func init() {
	sdk.RegisterFilter("probe", func(o *sdk.Options) (sdk.Filter, error) {
		if o.Bool("refuse", false) {
			return nil, errors.New("told to")
		}
		o.Commands(sdk.ComQuery, 0xfa)
		o.Needs(abi.NeedSQL | abi.NeedDigest)
		o.Features(abi.FeatureKV)
		o.ReplyLevel(abi.ReplyRows)
		o.OnFailure(abi.FailureRestart)
		current = &probe{}
		return current, nil
	})
	sdk.RegisterRouter("other", func(*sdk.Options) (sdk.Router, error) { return anywhere{}, nil })
}

type anywhere struct{}

func (anywhere) Route(*sdk.Query) sdk.Verdict { return sdk.Any(abi.RoleReplica) }

func (p *probe) Query(q *sdk.Query) sdk.Verdict { return p.query(q) }
func (p *probe) Reply(r *sdk.Reply) sdk.Verdict { return p.reply(r) }
func (p *probe) Timer(id uint32) sdk.Verdict {
	p.calls = append(p.calls, "timer")
	return sdk.Pass
}
func (p *probe) Detach(dst []byte) []byte   { return append(dst, "my state"...) }
func (p *probe) Diagnose(dst []byte) []byte { return append(dst, bytes.Repeat([]byte("x"), 70_000)...) }
func (p *probe) Close(abi.CloseReason)      { p.calls = append(p.calls, "close") }
func (p *probe) Open(r abi.OpenReason) error {
	p.calls = append(p.calls, "open")
	if r == abi.OpenRestart {
		return errors.New("no")
	}
	return nil
}

func named(name string) func(*sdktest.Host) { return func(h *sdktest.Host) { h.Plugin = name } }

func start(t *testing.T, query func(q *sdk.Query) sdk.Verdict) *sdktest.Session {
	t.Helper()
	s := sdktest.Start(t, `{}`, named("probe"))
	current.query = query
	return s
}

func TestDescriptor(t *testing.T) {
	s := start(t, nil)
	d := s.Descriptor()
	u32 := func(off int) uint32 {
		return uint32(d[off]) | uint32(d[off+1])<<8 | uint32(d[off+2])<<16 | uint32(d[off+3])<<24
	}
	if u32(abi.DescSize) != abi.DescriptorSize || u32(abi.DescKind) != uint32(abi.KindFilter) || u32(abi.DescWindowCap) != abi.MaxWindow ||
		u32(abi.DescNeeds) != abi.NeedSQL|abi.NeedDigest || u32(abi.DescReplyLevel) != uint32(abi.ReplyRows) ||
		u32(abi.DescOnFailure) != uint32(abi.FailureRestart) || u32(abi.DescFeatures) != abi.FeatureKV {
		t.Errorf("% x", d)
	}
	if want := uint32(1<<abi.EventTimer | 1<<abi.EventDetach | 1<<abi.EventDiagnostics); u32(abi.DescEvents) != want {
		t.Errorf("events %b, want %b", u32(abi.DescEvents), want)
	}
	if !s.Subscribed(sdk.ComQuery) || !s.Subscribed(0xfa) || s.Subscribed(sdk.ComPing) {
		t.Error("commands")
	}
}

func TestChoosing(t *testing.T) {
	s := sdktest.Start(t, ``, named("other"))
	if r := s.Query("SELECT 1", 0); r.Action != abi.Any || r.Arg != uint32(abi.RoleReplica) {
		t.Errorf("%+v", r)
	}
	if e := sdktest.InitError(t, `{}`); !strings.HasSuffix(e, `say which one with plugin = "NAME": probe other`) {
		t.Error(e)
	}
	if e := sdktest.InitError(t, `{}`, named("third")); !strings.HasSuffix(e, `"third" is not in this module; it has: probe other`) {
		t.Error(e)
	}
	if e := sdktest.InitError(t, `[]`, named("probe")); !strings.Contains(e, "must be a table, not a list") {
		t.Error(e)
	}
	if e := sdktest.InitError(t, `{"refuse":true}`, named("probe")); e != "probe: told to" {
		t.Error(e)
	}
	if e := sdktest.InitError(t, `{}`, named("probe"), func(h *sdktest.Host) { h.Features = 0 }); !strings.Contains(e, "lacks a feature") {
		t.Error(e)
	}
}

func TestQuery(t *testing.T) {
	s := start(t, func(q *sdk.Query) sdk.Verdict {
		if q.Command() != sdk.ComQuery || string(q.SQL()) != "SELECT 1" || q.Truncated() || q.Digest() != 9 || q.Charset() != 45 ||
			q.Operation() != abi.OpSelect || !q.Is(abi.TypeRead) || !q.InTransaction() || q.Autocommit() || q.Sequence() != 1 ||
			string(q.Canonical()) != "SELECT ?" || strings.Join(q.Tables(), ",") != "a,b.c" || string(q.Payload()) != "\x03SELECT 1" {
			t.Errorf("%q %q %q", q.SQL(), q.Canonical(), q.Tables())
		}
		if k, n := q.Hint(); k != abi.HintServer || string(n) != "db1" {
			t.Errorf("hint %v %q", k, n)
		}
		q.SetHint(abi.HintPrimary, "")
		q.RaiseReply(abi.ReplySummary)
		return sdk.Pass
	})
	r := s.Run(sdktest.Command{SQL: "SELECT 1", Digest: 9, Charset: 45, Operation: abi.OpSelect, Type: abi.TypeRead, Flags: abi.SessionInTransaction,
		Canonical: "SELECT ?", Tables: []string{"a", "b.c"}, Hint: abi.HintServer, HintServer: "db1"})
	if r.Action != abi.Pass || r.Hint != abi.HintPrimary || r.Level != abi.ReplySummary {
		t.Errorf("%+v", r)
	}
}

// A statement beyond the window is fetched whole, up to a limit.
func TestWhole(t *testing.T) {
	text := "SELECT '" + strings.Repeat("a", 100_000) + "'"
	s := start(t, func(q *sdk.Query) sdk.Verdict {
		if !q.Truncated() || len(q.SQL()) != abi.MaxWindow-1 {
			t.Errorf("truncated %v, %d bytes", q.Truncated(), len(q.SQL()))
		}
		if _, ok := q.Whole(100_000); ok {
			t.Error("beyond the limit")
		}
		whole, ok := q.Whole(200_000)
		if !ok || string(whole) != text || q.Truncated() {
			t.Errorf("%v, %d bytes", ok, len(whole))
		}
		return q.Replace(append(bytes.Clone(whole), " LIMIT 1"...))
	})
	if r := s.Query(text, 0); r.SQL() != text+" LIMIT 1" {
		t.Errorf("%v, %d bytes", r.Action, len(r.SQL()))
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		make func(q *sdk.Query) sdk.Verdict
		want sdktest.Result
	}{
		{func(*sdk.Query) sdk.Verdict { return sdk.Reject(1234, "42000", "no") }, sdktest.Result{Action: abi.Reject, Arg: 2, Errno: 1234, SQLState: "42000", Output: []byte("no")}},
		{func(*sdk.Query) sdk.Verdict { return sdk.Close(1, "", "bye") }, sdktest.Result{Action: abi.Close, Arg: 3, Errno: 1, Output: []byte("bye")}},
		{func(*sdk.Query) sdk.Verdict { return sdk.Hold(1500 * time.Microsecond) }, sdktest.Result{Action: abi.Hold, Arg: 2}},
		{func(*sdk.Query) sdk.Verdict { return sdk.Hold(0) }, sdktest.Result{Action: abi.Hold, Arg: 1}},
		{func(*sdk.Query) sdk.Verdict { return sdk.DetachMe }, sdktest.Result{Action: abi.Detach}},
		{func(q *sdk.Query) sdk.Verdict { return q.Replace([]byte("DO 1")) }, sdktest.Result{Action: abi.Replaced, Arg: 5, Output: []byte("\x03DO 1")}},
	} {
		r := start(t, c.make).Query("SELECT 1", 0)
		if r.Action != c.want.Action || r.Arg != c.want.Arg || r.Errno != c.want.Errno || r.SQLState != c.want.SQLState || !bytes.Equal(r.Output, c.want.Output) {
			t.Errorf("%+v, want %+v", r, c.want)
		}
	}
	r := start(t, func(*sdk.Query) sdk.Verdict { return sdk.Reject(1, "", strings.Repeat("x", 1000)) }).Query("", 0)
	if len(r.Output) != 511 {
		t.Errorf("a message of %d bytes", len(r.Output))
	}
	if r := start(t, func(q *sdk.Query) sdk.Verdict { return q.Replace(nil) }).Run(sdktest.Command{Com: sdk.ComStmtExecute, SQL: "x"}); r.Action != abi.Pass {
		t.Errorf("an execution's statement was replaced: %v", r.Action)
	}
}

func TestAnswer(t *testing.T) {
	s := start(t, func(q *sdk.Query) sdk.Verdict {
		return q.Answer().Columns(sdk.Column{Name: "id", Type: sdk.TypeLong}, sdk.Column{Name: "text"}).
			Row([]byte("1"), nil).Row([]byte("2"), []byte("")).OK(3, 4, 5).Error(1064, "42000", "bad").Verdict()
	})
	r := s.Query("SELECT 1", 0)
	if want := "columns id text|row 1 NULL|row 2 |ok 3 4 5|err 1064 42000 bad"; r.Action != abi.Reply || strings.Join(s.Built, "|") != want {
		t.Errorf("%v %q", r.Action, s.Built)
	}
}

func TestReply(t *testing.T) {
	def := []byte("\x03def\x00\x00\x00\x01a\x00\x0c\x2d\x00\x50\x00\x00\x00\x03\x00\x00\x00\x00\x00")
	s := start(t, func(*sdk.Query) sdk.Verdict { return sdk.Pass })
	var got []string
	current.reply = func(r *sdk.Reply) sdk.Verdict {
		if r.Phase() != abi.PhaseRows {
			return sdk.Pass
		}
		for p := r.Packets(); ; {
			payload, _, ok := p.Next()
			if !ok {
				return r.Replace(sdk.AppendPacket(nil, []byte("\x019")))
			}
			row := r.Row(payload)
			v, _ := row.Next()
			got = append(got, string(v))
		}
	}
	for _, com := range []byte{sdk.ComQuery, sdk.ComStmtExecute} {
		s.Run(sdktest.Command{Com: com, SQL: "x"})
		s.Reply(abi.PhaseColumns, sdktest.Summary{}, sdk.AppendPacket(sdk.AppendPacket(nil, []byte{1}), def))
		row := []byte("\x017")
		if com == sdk.ComStmtExecute {
			row = []byte("\x00\x00wxyz")
		}
		r := s.Reply(abi.PhaseRows, sdktest.Summary{}, sdk.AppendPacket(sdk.AppendPacket(nil, row), row))
		if r.Action != abi.Replaced || string(r.Output) != "\x02\x00\x00\x00\x019" {
			t.Errorf("%v %q", r.Action, r.Output)
		}
	}
	if strings.Join(got, ",") != "7,7,wxyz,wxyz" {
		t.Errorf("%q", got)
	}
}

func TestEvents(t *testing.T) {
	s := start(t, nil)
	s.Event(abi.EventTimer, 3, 0)
	s.Event(abi.EventTargetsChanged, 1, 0) // not subscribed: nothing happens
	if r := s.Event(abi.EventDetach, 0, 0); r.Action != abi.Replaced || string(r.Output) != "my state" {
		t.Errorf("%+v", r)
	}
	if r := s.Event(abi.EventDiagnostics, 0, 0); r.Action != abi.Replaced || len(r.Output) != 70_000 {
		t.Errorf("%v, %d bytes", r.Action, len(r.Output))
	}
	if err := s.Open(abi.OpenRestart); err == nil {
		t.Error("Open's error is lost")
	}
	s.Close(abi.CloseSessionEnd)
	if got := strings.Join(current.calls, ","); got != "open,timer,open,close" {
		t.Error(got)
	}
}

func TestHostFunctions(t *testing.T) {
	s := start(t, nil)
	if sdk.Info(sdk.InfoUser) != "app" || sdk.Info("nonsense") != "" {
		t.Error("Info")
	}
	if err := sdk.KVCreate("k", []byte("1"), 0); err != nil {
		t.Error(err)
	}
	if err := sdk.KVCreate("k", nil, 0); err != abi.CASMismatch {
		t.Error(err)
	}
	if err := sdk.KVSwap("k", []byte("1"), []byte("5"), time.Second); err != nil {
		t.Error(err)
	}
	if v, err := sdk.KVAdd("k", 2, 0); v != 7 || err != nil {
		t.Error(v, err)
	}
	if v, err := sdk.KVGet("k"); string(v) != "7" || err != nil {
		t.Error(v, err)
	}
	if err := sdk.KVDelete("k"); err != nil {
		t.Error(err)
	}
	if _, err := sdk.KVGet("k"); err != abi.NotFound {
		t.Error(err)
	}
	if err := sdk.SetTimer(2, 1500*time.Microsecond); err != nil || s.Timers[2] != 2*time.Millisecond {
		t.Error(err, s.Timers)
	}
	if err := sdk.SetTimer(16, 1); err != abi.BadArg {
		t.Error(err)
	}
	if err := sdk.CancelTimer(2); err != nil {
		t.Error(err)
	}
	if n, err := sdk.Sink(1).Write([]byte("line")); n != 4 || err != nil || string(s.Sinks[1]) != "line" {
		t.Error(n, err)
	}
	s.State = []byte("old")
	if string(sdk.HandedOver()) != "old" {
		t.Error("HandedOver")
	}
	first := sdk.Random()
	if sdk.Random() == first {
		t.Error("Random repeats itself")
	}
	if sdk.Tee("svc", nil) == nil {
		t.Error("Tee")
	}
}

func TestTargets(t *testing.T) {
	s := start(t, func(*sdk.Query) sdk.Verdict {
		for range 3 {
			if n := len(sdk.Targets()); n != 2 {
				t.Fatalf("%d targets", n)
			}
		}
		d := sdk.Targets()[1]
		if string(d.Name()) != "db2" || d.Lag() != -1 || d.Weight() != 3 || d.Index() != 1 || !d.Usable() {
			t.Errorf("%+v", d)
		}
		return sdk.Pass
	})
	s.Targets = []sdktest.Target{{Name: "db1"}, {Name: "db2", Status: abi.TargetRunning, Lag: -1, Weight: 3}}
	for range 3 {
		s.Query("x", 0)
	}
	if s.Reads != 1 {
		t.Errorf("the table was read %d times for one version", s.Reads)
	}
	s.TargetsVersion++
	s.Query("x", 0)
	if s.Reads != 2 {
		t.Errorf("a new version was not read: %d", s.Reads)
	}
}

func TestPassAllocatesNothing(t *testing.T) {
	s := start(t, func(q *sdk.Query) sdk.Verdict {
		if len(q.SQL()) == 0 || q.Is(abi.TypeWrite) {
			return sdk.DetachMe
		}
		return sdk.Pass
	})
	n := s.Prepare(sdktest.Command{SQL: "SELECT 1"})
	if a := testing.AllocsPerRun(100, func() { s.Call(n) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestState(t *testing.T) {
	state := sdk.AppendState([]byte{}, 3)
	state = sdk.AppendText(sdk.AppendNumber(state, 1<<63), "")
	state = sdk.AppendText(state, "text")
	r := sdk.ReadState(state, 3)
	if n, a, b := r.Number(), r.Text(), r.Text(); n != 1<<63 || a != "" || b != "text" || r.More() || r.End() != nil {
		t.Error(n, a, b, r.More(), r.End())
	}
	if r := sdk.ReadState(state, 4); r.More() || r.Number() != 0 || r.End() == nil {
		t.Error("another form")
	}
	if r := sdk.ReadState(state, 3); r.Number() == 0 || r.End() == nil {
		t.Error("not read to its end")
	}
	if r := sdk.ReadState(state, 3); r.Time() != 0 {
		t.Error("a time before the clock began")
	}
	for n := range state { // cut off anywhere
		r := sdk.ReadState(state[:n], 3)
		r.Number()
		r.Text()
		if text := r.Text(); text != "" || r.End() == nil {
			t.Errorf("%d bytes: %q, %v", n, text, r.End())
		}
	}
}
