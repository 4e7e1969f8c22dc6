// Package rehearsal runs one plugin without any server: statements go in, and
// what the plugin does with them comes out. The plugin runs in the sandbox that
// sessions run it in, is told what the engine would tell it, and sees replies that
// are made up from a list (see [Canned]), as packets, at the level that it asks for.
//
// It stands in for a session's chain of one link. What needs a server or a
// network is not there: connections, transactions, prepared statements.
package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// caps are the client's that the replies are for.
const caps = wire.ClientProtocol41 | wire.ClientTransactions | wire.ClientDeprecateEOF

// Session is one session with one plugin.
type Session struct {
	inst     *wasm.Instance
	desc     *wasm.Descriptor
	host     *host
	canned   []Canned
	sequence uint64
}

// Open opens a session of the template. log takes what the plugin logs.
// The session must be closed, and belongs to one goroutine.
func Open(ctx context.Context, t *wasm.Template, canned []Canned, log func(abi.LogLevel, string)) (*Session, error) {
	h := &host{log: log, timers: map[uint32]time.Duration{}}
	i, err := t.Open(ctx, abi.OpenNew, h, nil)
	if err != nil {
		return nil, err
	}
	return &Session{inst: i, desc: t.Descriptor(), host: h, canned: canned}, nil
}

// Close ends the session.
func (s *Session) Close() error {
	if s.inst == nil {
		return nil
	}
	return s.leave()
}

// Outcome is what became of one statement.
type Outcome struct {
	SQL     string        `json:"sql"`
	Asked   bool          `json:"asked"`             // the plugin was asked about it
	Verdict string        `json:"verdict"`           // the action, empty if it was not asked
	To      string        `json:"to,omitempty"`      // a router's: where it goes
	SQLNow  string        `json:"sql_now,omitempty"` // the statement that took its place
	Hint    string        `json:"hint,omitempty"`    // routing hint that was left
	Held    time.Duration `json:"held,omitempty"`    // how long Hold kept it, in nanoseconds
	Ended   bool          `json:"ended,omitempty"`   // the session is over
	Answers []Answer      `json:"answers,omitempty"` // what the client gets
	Changed bool          `json:"changed,omitempty"` // the filter had a hand in these
}

// errEnded is returned for statements behind a Close or a failure.
var errEnded = errors.New("the plugin has ended the session")

// Do runs a statement, as a COM_QUERY. An error is the plugin's failure, or the context's.
func (s *Session) Do(ctx context.Context, statement string) (*Outcome, error) {
	if s.inst == nil {
		return nil, errEnded
	}
	o := &Outcome{SQL: statement}
	text := []byte(statement)
	if !s.desc.WantsCommand(byte(wire.ComQuery)) || s.desc.Texts != nil && !s.desc.Texts.In(text) {
		o.Answers = s.server(statement)
		return o, nil
	}
	o.Asked = true
	s.sequence++
	h, verdict, err := s.ask(ctx, o, text)
	if err != nil {
		return o, err
	}
	return o, s.heed(o, h, verdict)
}

// ask calls the command hook, again while it holds.
func (s *Session) ask(ctx context.Context, o *Outcome, text []byte) (*abi.Header, abi.Verdict, error) {
	call := s.inst.Query
	if s.desc.Kind == abi.KindRouter {
		call = s.inst.Route
	}
	payload := append([]byte{byte(wire.ComQuery)}, text...)
	for {
		s.host.sql = text
		h := s.header(text)
		v, err := call(h, payload)
		if err != nil {
			return h, v, err
		}
		o.Verdict = v.Action().String()
		if v.Action() != abi.Hold {
			return h, v, nil
		}
		wait := max(time.Duration(v.Arg())*time.Millisecond, time.Millisecond)
		o.Held += wait
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return h, v, ctx.Err()
		}
	}
}

// header is what the engine would say of the statement.
func (s *Session) header(text []byte) *abi.Header {
	h := &abi.Header{}
	h.SetU64(abi.HdrSequence, s.sequence)
	h[abi.HdrCommand] = byte(wire.ComQuery)
	flags := uint32(abi.SessionAutocommit)
	h.SetU32(abi.HdrCharset, 45)
	h.SetU32(abi.HdrTargets, 1)
	h.SetU32(abi.HdrServer, abi.NoTarget)
	if len(text) > 0 {
		h.SetU32(abi.HdrSQLOffset, 1)
		h.SetU32(abi.HdrSQLLength, uint32(len(text)))
	}
	if s.desc.Needs&abi.NeedClassify != 0 {
		class := sql.Classify(text, sql.Mode{})
		h.SetU64(abi.HdrType, class.Type)
		h.SetU32(abi.HdrOperation, uint32(class.Operation))
		if class.Type&abi.TypeMulti != 0 {
			flags |= abi.SessionMultiStatement
		}
	}
	if s.desc.Needs&abi.NeedDigest != 0 {
		h.SetU64(abi.HdrDigest, sql.Digest(sql.Canonical(nil, text, sql.Mode{})))
	}
	h.SetU32(abi.HdrSessionFlags, flags)
	return h
}

// heed does what the verdict says.
func (s *Session) heed(o *Outcome, h *abi.Header, v abi.Verdict) error {
	o.Hint = hint(h)
	out := s.inst.Output()
	switch v.Action() {
	case abi.Reject, abi.Close:
		o.Answers, o.Changed = []Answer{s.rejection(out)}, true
		if o.Ended = v.Action() == abi.Close; o.Ended {
			return s.leave()
		}
		return nil
	case abi.Reply:
		answers, err := s.host.built.answers()
		if err != nil {
			return s.nonsense(abi.ExportQuery, fmt.Errorf("its reply is none: %w", err))
		}
		o.Answers, o.Changed = answers, true
		return nil
	case abi.Detach:
		o.Answers = s.server(o.SQL)
		o.Ended = true
		return s.leave()
	case abi.One, abi.All:
		if v.Arg() >= uint32(len(servers)) {
			return s.nonsense(abi.ExportRoute, fmt.Errorf("it chose target %d of %d", v.Arg(), len(servers)))
		}
		o.To = servers[v.Arg()].name
		if v.Action() == abi.All {
			o.To = "all, the reply of " + o.To
		}
	case abi.Any:
		o.To = map[abi.Role]string{abi.RolePrimary: "any primary", abi.RoleReplica: "any replica", abi.RoleRunning: "any that runs"}[abi.Role(v.Arg())]
	case abi.Replaced:
		if len(out) == 0 || out[0] != byte(wire.ComQuery) || len(out) >= wire.MaxPayload {
			return s.nonsense(abi.ExportQuery, errors.New("its replacement of a COM_QUERY is no command that can take its place"))
		}
		o.SQLNow = string(out[1:])
	}
	statement := o.SQL
	if o.SQLNow != "" {
		statement = o.SQLNow
	}
	level := s.desc.ReplyLevel
	if l := abi.ReplyLevel(h.U32(abi.HdrReplyLevel)); l != abi.ReplyKeep {
		level = l
	}
	if s.desc.Kind == abi.KindRouter {
		level = abi.ReplyNone
	}
	return s.reply(o, statement, level)
}

// leave closes the instance: the plugin has had enough of the session.
func (s *Session) leave() error {
	err := s.inst.Close(abi.CloseSessionEnd)
	s.inst = nil
	return err
}

// nonsense is the failure of a plugin that answers what no client could read.
func (s *Session) nonsense(export string, err error) error {
	name := s.inst.Template().Definition().Name
	return &wasm.Failure{Definition: name, Export: export, Kind: wasm.FailureNonsense, Err: err}
}

// rejection is the ERR packet of Reject and Close.
func (s *Session) rejection(message []byte) Answer {
	errno, state := s.inst.Answer()
	e := &Error{Errno: uint16(errno), SQLState: string(state[:]), Message: string(message)}
	if e.Errno == 0 {
		e.Errno = wire.ErUnknownError
	}
	if state[0] == 0 {
		e.SQLState = wire.SQLStateOf(e.Errno)
	}
	if e.Message == "" {
		e.Message = "The statement was rejected"
	}
	return Answer{Error: e}
}

func hint(h *abi.Header) string {
	kind, name := h.Hint()
	switch kind {
	case abi.HintPrimary:
		return "primary"
	case abi.HintReplica:
		return "replica"
	case abi.HintServer:
		return "server " + string(name)
	case abi.HintLast:
		return "the last server"
	case abi.HintAll:
		return "all servers"
	}
	return ""
}
