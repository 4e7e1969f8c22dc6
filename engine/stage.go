package engine

import (
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// maxBuffered bounds the reply that is held back for a filter that wants it
// whole, in bytes. A longer one cannot be shown to it and is refused.
const maxBuffered = 16 << 20

// stage is one filter's place in a reply's way up the chain. Packets come in
// one by one and are held until the filter can decide about them: the column
// definitions of a result together, rows in batches, or the whole reply.
type stage struct {
	link    *link
	level   abi.ReplyLevel
	caps    wire.Capability
	follow  wire.Reply // of what comes in
	held    []byte     // framed packets
	columns int        // still to come of the current result's definitions
	phase   abi.ReplyPhase
	mute    bool // the rest of the reply is thrown away: it was rejected
	skip    bool // the rest of the rows is thrown away: the filter is done
	built   []byte
}

// stageError says that a stage has ended the reply with an error for the client.
type stageError struct{ err *clientError }

func (e *stageError) Error() string { return e.err.Error() }

// take accepts the next packet of the reply.
func (t *stage) take(f *replyFlow, n int, payload []byte) error {
	part, err := t.follow.Next(wire.Header{Len: len(payload), Seq: t.follow.NextSeq}, payload)
	if err != nil {
		return fmt.Errorf("a reply that cannot be followed: %w", err)
	}
	if t.mute {
		return nil
	}
	if t.level == abi.ReplyBuffered {
		if len(t.held)+len(payload) > maxBuffered {
			return t.refuse(clientErrorf(wire.ErNetPacketTooLarge, "08S01",
				"The result is larger than the %d bytes that filter %q can be shown as a whole", maxBuffered, t.link.def.name))
		}
		t.held = wire.AppendPacket(t.held, 0, payload)
		return nil
	}
	switch part {
	case wire.PartColumnCount:
		t.phase, t.skip = abi.PhaseColumns, false
		t.columns = int(t.follow.Columns)
		t.held = wire.AppendPacket(t.held, 0, payload)
		return nil
	case wire.PartColumn:
		t.held = wire.AppendPacket(t.held, 0, payload)
		if t.columns--; t.columns == 0 && t.caps.Has(wire.ClientDeprecateEOF) {
			return t.flush(f, n)
		}
		return nil
	case wire.PartColumnsEnd:
		t.held = wire.AppendPacket(t.held, 0, payload)
		return t.flush(f, n)
	case wire.PartRow:
		if t.level < abi.ReplyRows {
			break
		}
		if t.skip {
			return nil
		}
		t.phase = abi.PhaseRows
		if len(t.held) > 0 && len(t.held)+wire.HeaderLen+len(payload) > int(t.link.def.desc.WindowCap) {
			if err := t.flush(f, n); err != nil || t.mute || t.skip {
				return err
			}
		}
		t.held = wire.AppendPacket(t.held, 0, payload)
		return nil
	}
	if err := t.flush(f, n); err != nil || t.mute {
		return err
	}
	return f.push(n+1, payload)
}

// flush shows the filter what is held and does what it says.
func (t *stage) flush(f *replyFlow, n int) error {
	if len(t.held) == 0 {
		return nil
	}
	s, l := f.s, t.link
	held := t.held
	t.held = t.held[:0]
	if l.inst == nil {
		return f.pushFramed(n+1, held)
	}
	s.prepareHeader(f.c)
	s.prepareReply(&t.follow)
	verdict, err := l.inst.Reply(&s.hdr, t.phase, held)
	if err == nil {
		return t.obey(f, n, verdict, held)
	}
	ce := s.linkFailed(l, err).(*clientError)
	if l.inst == nil { // bypassed by explicit choice
		return f.pushFramed(n+1, held)
	}
	return t.refuse(ce)
}

func (t *stage) obey(f *replyFlow, n int, verdict abi.Verdict, held []byte) error {
	s, l := f.s, t.link
	switch verdict.Action() {
	case abi.Pass:
		return f.pushFramed(n+1, held)
	case abi.Detach:
		s.closeDetached(l)
		return f.pushFramed(n+1, held)
	case abi.Replaced:
		t.built = append(t.built[:0], l.inst.Output()...)
		if err := f.pushFramed(n+1, t.built); err != nil {
			if _, ours := err.(*stageError); ours || s.stopping() {
				return err
			}
			return t.refuse(s.linkFailed(l, t.nonsense(err)).(*clientError))
		}
		return nil
	case abi.Drop:
		if t.phase == abi.PhaseRows {
			return nil
		}
	case abi.Done:
		t.skip = true
		return f.pushFramed(n+1, held)
	case abi.Reject, abi.Close:
		ce := s.rejection(l)
		ce.Fatal = verdict.Action() == abi.Close
		return t.refuse(ce)
	}
	return t.refuse(s.linkFailed(l, t.nonsense(fmt.Errorf("it answered %s in phase %d of a reply", verdict.Action(), t.phase))).(*clientError))
}

func (t *stage) nonsense(err error) error {
	return &wasm.Failure{Definition: t.link.def.name, Export: abi.ExportReply, Kind: wasm.FailureNonsense, Err: err}
}

func (t *stage) refuse(ce *clientError) error {
	t.mute, t.held = true, t.held[:0]
	return &stageError{ce}
}

// finish shows the whole reply to a filter that asked for it.
func (t *stage) finish(f *replyFlow, n int) error {
	if t.mute || t.level != abi.ReplyBuffered {
		return nil
	}
	t.phase = abi.PhaseWhole
	return t.flush(f, n)
}
