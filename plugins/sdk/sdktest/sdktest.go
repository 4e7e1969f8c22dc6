// Package sdktest runs a plugin in an ordinary test, with a fake host.
//
// [Start] does what the host does for a session: ps_init with the options,
// then ps_open. [Session.Run] is one command, [Session.Reply] a part of its
// reply, [Session.Event] an event. The fields of [Session] are what the fake
// host knows and has been told.
//
// A process holds one plugin instance, as a module does, so tests of plugins
// must not run in parallel, and a second Start ends the first session.
package sdktest

import (
	"testing"
	"time"

	// The plugin's hooks come with it.
	_ "github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Command is a command of the client, with what the host computed for it.
type Command struct {
	Com         byte // 0: COM_QUERY
	SQL         string
	Payload     []byte // instead of the command byte and SQL, for commands without a statement
	Type        uint64
	Operation   abi.Operation
	Flags       uint32 // Session*; the zero value means SessionAutocommit
	Charset     uint32
	Canonical   string
	Tables      []string
	Digest      uint64
	StatementID uint32
	Hint        abi.HintKind
	HintServer  string
}

// Summary is what the header says about a reply.
type Summary struct {
	State                         abi.ReplyState
	Errno                         uint32
	SQLState                      string
	Rows, Bytes, Affected, Insert uint64
	Warnings, Status, Columns     uint32
	Duration                      time.Duration
	Server                        uint32
}

// Result is a hook's answer and all that comes with it.
type Result struct {
	Action   abi.Action
	Arg      uint32
	Output   []byte // the window's part and what was appended
	Errno    uint32
	SQLState string
	Fallback uint32 // abi.NoTarget: none
	Level    abi.ReplyLevel
	Hint     abi.HintKind
	HintName string
}

// Message is the text of Reject and Close.
func (r Result) Message() string { return string(r.Output) }

// SQL is the statement of Replaced, without the command byte.
func (r Result) SQL() string {
	if len(r.Output) == 0 {
		return ""
	}
	return string(r.Output[1:])
}

// Session is a session with one plugin and a fake host.
type Session struct {
	*Host
	t        testing.TB
	sequence uint64
	last     Command
}

// Start initialises the plugin with options in JSON and opens a session. The
// configuration of the host can be set by functions before that.
func Start(t testing.TB, options string, configure ...func(*Host)) *Session {
	t.Helper()
	s, err := start(t, options, configure)
	if err != nil {
		t.Fatalf("ps_init: %v", err)
	}
	if err := s.Open(abi.OpenNew); err != nil {
		t.Fatalf("ps_open: %v", err)
	}
	return s
}

// InitError returns the error of ps_init; it fails the test if there is none.
func InitError(t testing.TB, options string, configure ...func(*Host)) string {
	t.Helper()
	_, err := start(t, options, configure)
	if err == nil {
		t.Fatalf("ps_init accepted %s", options)
	}
	return err.Error()
}

func start(t testing.TB, options string, configure []func(*Host)) (*Session, error) {
	h := newHost(options)
	for _, f := range configure {
		f(h)
	}
	boundary.Current = h
	boundary.Header = abi.Header{}
	return &Session{Host: h, t: t}, boundary.Plugin.Init(h.Features, len(options))
}

// Open calls ps_open, for another reason than the first.
func (s *Session) Open(reason abi.OpenReason) error { return boundary.Plugin.Open(reason) }

// Close calls ps_close.
func (s *Session) Close(reason abi.CloseReason) { boundary.Plugin.Close(reason) }

// Run calls the filter's or router's hook for the next command.
func (s *Session) Run(c Command) Result {
	s.sequence++
	return s.Again(c)
}

// Query is Run for a statement of the type.
func (s *Session) Query(sql string, typ uint64) Result { return s.Run(Command{SQL: sql, Type: typ}) }

// Again calls the hook for the same command once more, as after Hold.
func (s *Session) Again(c Command) Result {
	n := s.Prepare(c)
	var v abi.Verdict
	if s.router() {
		v = boundary.Plugin.Route(n)
	} else {
		v = boundary.Plugin.Query(n)
	}
	return s.result(v)
}

// Prepare writes the header and the window for a command without calling the
// hook, and returns the length in the window: for measuring allocations with Call.
func (s *Session) Prepare(c Command) int {
	s.last, s.command = c, c
	s.Output, s.Built = nil, nil
	s.header(&c)
	payload := c.Payload
	if payload == nil {
		payload = append([]byte{c.Com}, c.SQL...)
		if c.Com == 0 {
			payload[0] = comQuery
		}
	}
	s.payload = payload
	return copy(boundary.Window[:boundary.WindowCap], payload)
}

// Call calls the hook for what Prepare wrote and returns the bare verdict.
func (s *Session) Call(n int) abi.Verdict {
	if s.router() {
		return boundary.Plugin.Route(n)
	}
	return boundary.Plugin.Query(n)
}

func (s *Session) router() bool {
	return abi.Kind(le.Uint32(boundary.Descriptor[abi.DescKind:])) == abi.KindRouter
}

const comQuery = 0x03

func (s *Session) header(c *Command) {
	h := &boundary.Header
	*h = abi.Header{}
	h.SetU32(abi.HdrSize, abi.HeaderSize)
	h.SetU64(abi.HdrSequence, s.sequence)
	if h[abi.HdrCommand] = c.Com; c.Com == 0 {
		h[abi.HdrCommand] = comQuery
	}
	flags := c.Flags
	if flags == 0 {
		flags = abi.SessionAutocommit
	}
	h.SetU32(abi.HdrSessionFlags, flags)
	h.SetU64(abi.HdrType, c.Type)
	h.SetU32(abi.HdrOperation, uint32(c.Operation))
	h.SetU32(abi.HdrCharset, c.Charset)
	h.SetU32(abi.HdrSQLOffset, 1)
	h.SetU32(abi.HdrSQLLength, uint32(len(c.SQL)))
	h.SetU64(abi.HdrDigest, c.Digest)
	h.SetU32(abi.HdrStatementID, c.StatementID)
	h.SetU32(abi.HdrTargets, s.TargetsVersion)
	h.SetU64(abi.HdrNow, uint64(s.Now))
	h.SetU32(abi.HdrServer, s.Current)
	h.SetHint(c.Hint, c.HintServer)
	h.SetU32(abi.HdrReplyLevel, uint32(abi.ReplyKeep))
	h.SetU32(abi.HdrFallback, abi.NoTarget)
}

// Reply calls ps_reply for a part of the last command's reply.
func (s *Session) Reply(phase abi.ReplyPhase, sum Summary, payload []byte) Result {
	s.Output = nil
	s.header(&s.last)
	h := &boundary.Header
	h.SetU32(abi.HdrReplyState, uint32(sum.State))
	h.SetU32(abi.HdrReplyErrno, sum.Errno)
	copy(h[abi.HdrReplySQLSt:abi.HdrReplySQLSt+5], sum.SQLState)
	h.SetU64(abi.HdrRows, sum.Rows)
	h.SetU64(abi.HdrBytes, sum.Bytes)
	h.SetU64(abi.HdrAffected, sum.Affected)
	h.SetU64(abi.HdrLastInsertID, sum.Insert)
	h.SetU32(abi.HdrWarnings, sum.Warnings)
	h.SetU32(abi.HdrServerStatus, sum.Status)
	h.SetU64(abi.HdrDuration, uint64(sum.Duration))
	h.SetU32(abi.HdrServer, sum.Server)
	h.SetU32(abi.HdrColumns, sum.Columns)
	s.payload = payload
	n := copy(boundary.Window[:boundary.WindowCap], payload)
	if n < len(payload) {
		h.SetU32(abi.HdrSessionFlags, h.U32(abi.HdrSessionFlags)|abi.SessionTruncated)
	}
	return s.result(boundary.Plugin.Reply(phase, n))
}

// Event calls ps_event.
func (s *Session) Event(kind abi.EventKind, a, b uint64) Result {
	s.Output = nil
	boundary.Header.SetU64(abi.HdrNow, uint64(s.Now))
	boundary.Header.SetU32(abi.HdrTargets, s.TargetsVersion)
	return s.result(boundary.Plugin.Event(kind, a, b))
}

func (s *Session) result(v abi.Verdict) Result {
	h := &boundary.Header
	r := Result{
		Action:   v.Action(),
		Arg:      v.Arg(),
		Errno:    h.U32(abi.HdrErrno),
		Fallback: h.U32(abi.HdrFallback),
		Level:    abi.ReplyLevel(h.U32(abi.HdrReplyLevel)),
	}
	if state := h[abi.HdrSQLState : abi.HdrSQLState+5]; state[0] != 0 {
		r.SQLState = string(state)
	}
	kind, name := h.Hint()
	r.Hint, r.HintName = kind, string(name)
	switch r.Action {
	case abi.Replaced, abi.Reject, abi.Close:
		if int(r.Arg) > boundary.WindowCap {
			s.t.Errorf("the verdict's length %d is beyond the window", r.Arg)
			break
		}
		r.Output = append(append([]byte(nil), boundary.Window[:r.Arg]...), s.Output...)
	case abi.Pass, abi.Reply, abi.Hold, abi.Detach, abi.Drop, abi.Done, abi.One, abi.Any, abi.All:
	default:
		s.t.Errorf("unknown action %d", r.Action)
	}
	if a := r.Action; s.router() && (a == abi.One || a == abi.All) {
		s.Current = r.Arg
	}
	if v.Flags() != 0 {
		s.t.Errorf("the verdict has flags %x", v.Flags())
	}
	return r
}

// Descriptor returns what ps_init declared.
func (s *Session) Descriptor() []byte { return append([]byte(nil), boundary.Descriptor[:]...) }

// Subscribed reports whether the plugin asked for the command byte.
func (s *Session) Subscribed(com byte) bool {
	return boundary.Descriptor[abi.DescCommands+int(com/8)]&(1<<(com%8)) != 0
}
