package rehearsal

import (
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/header"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// way is a reply's on its way through the filter.
type way struct {
	*Session
	o       *Outcome
	text    []byte
	level   abi.ReplyLevel
	follow  wire.Reply
	held    []byte
	passed  [][]byte // what the client gets
	skip    bool     // the result's further rows are left out
	refused *Answer
	gone    bool
}

// reply shows the server's reply to a statement to the filter, and reads what
// comes out.
func (s *Session) reply(o *Outcome, statement string, level abi.ReplyLevel) error {
	answers := s.server(statement)
	if level == abi.ReplyNone {
		o.Answers = answers
		return nil
	}
	w := &way{Session: s, o: o, text: []byte(statement), level: level}
	w.follow.Reset(wire.ComQuery, caps)
	for _, p := range packets(answers) {
		if err := w.take(p); err != nil {
			return err
		}
	}
	if level == abi.ReplyBuffered {
		if err := w.show(abi.PhaseWhole); err != nil {
			return err
		}
	}
	if w.refused != nil {
		o.Answers, o.Changed = []Answer{*w.refused}, true
	} else {
		var err error
		if o.Answers, err = read(w.passed); err != nil {
			return s.nonsense(abi.ExportReply, fmt.Errorf("what it made of the reply is none: %w", err))
		}
	}
	if w.gone {
		return nil
	}
	v, err := s.inst.Reply(w.header(), abi.PhaseSummary, w.follow.Message)
	switch {
	case err != nil:
		return err
	case v.Action() == abi.Detach:
		o.Ended = true
		return s.leave()
	case v.Action() != abi.Pass:
		return s.nonsense(abi.ExportReply, fmt.Errorf("it answered %s to a summary: the reply has reached the client", v.Action()))
	}
	return nil
}

// take takes the next packet of the server's.
func (w *way) take(p []byte) error {
	part, err := w.follow.Next(wire.Header{Len: len(p), Seq: w.follow.NextSeq}, p)
	if err != nil {
		return err
	}
	hold := func() { w.held = wire.AppendPacket(w.held, 0, p) }
	switch {
	case w.refused != nil:
	case w.gone:
		w.passed = append(w.passed, p)
	case w.level == abi.ReplyBuffered:
		hold()
	case part == wire.PartColumnCount || part == wire.PartColumn:
		if hold(); w.follow.State == wire.ReplyRows {
			w.skip = false
			return w.show(abi.PhaseColumns)
		}
	case part == wire.PartRow && w.level >= abi.ReplyRows:
		if w.skip {
			return nil
		}
		if len(w.held) > 0 && len(w.held)+wire.HeaderLen+len(p) > int(w.desc.WindowCap) {
			err = w.show(abi.PhaseRows)
		}
		if !w.skip && w.refused == nil {
			hold()
		}
		return err
	case part == wire.PartRow && w.skip:
	default:
		if err := w.show(abi.PhaseRows); err != nil {
			return err
		}
		if w.refused == nil {
			w.passed = append(w.passed, p)
		}
	}
	return nil
}

// show shows the filter what is held, if it wants that, and does what it says.
func (w *way) show(phase abi.ReplyPhase) error {
	held := w.held
	if w.held = nil; len(held) == 0 {
		return nil
	}
	parts, err := unframe(held)
	if err != nil {
		return err
	}
	if phase == abi.PhaseColumns && w.level < abi.ReplyColumns {
		w.passed = append(w.passed, parts...)
		return nil
	}
	v, err := w.inst.Reply(w.header(), phase, held)
	if err != nil {
		return err
	}
	switch a := v.Action(); a {
	case abi.Pass:
	case abi.Done:
		if phase == abi.PhaseWhole {
			return w.nonsense(abi.ExportReply, errors.New("it answered done to a whole reply"))
		}
		w.skip, w.o.Changed = true, true
	case abi.Drop:
		if phase != abi.PhaseRows {
			return w.nonsense(abi.ExportReply, fmt.Errorf("it answered drop in phase %d of a reply", phase))
		}
		w.o.Changed = true
		return nil
	case abi.Replaced:
		w.o.Changed = true
		if parts, err = unframe(append([]byte(nil), w.inst.Output()...)); err != nil {
			return w.nonsense(abi.ExportReply, err)
		}
	case abi.Reject, abi.Close:
		e := w.rejection(w.inst.Output())
		w.refused = &e
		if a == abi.Close {
			w.o.Ended, w.gone = true, true
			return w.leave()
		}
		return nil
	case abi.Detach:
		w.o.Ended, w.gone = true, true
		w.passed = append(w.passed, parts...)
		return w.leave()
	}
	w.passed = append(w.passed, parts...)
	return nil
}

// header is the statement's, with what is known of its reply.
func (w *way) header() *abi.Header {
	h := w.Session.header(w.text)
	w.host.sql = w.text
	header.SetReply(h, &w.follow)
	h.SetU64(abi.HdrDuration, 1_000_000) // a server that is quick and steady
	h.SetU32(abi.HdrServer, 0)
	return h
}
