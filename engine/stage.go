package engine

import (
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

const (
	// maxBuffered bounds the reply that is held back for a filter that wants
	// it whole, in bytes. A longer one cannot be shown to it and is refused.
	maxBuffered = 16 << 20
	// keptBuffer is the largest buffer that a link keeps for the next reply.
	keptBuffer = 2 * abi.MaxWindow
)

// stage is one filter's place in a reply's way up the chain. Packets come in
// one by one and are held until the filter can decide about them: the column
// definitions of a result together, rows in batches, or the whole reply.
type stage struct {
	link    *link
	level   abi.ReplyLevel
	caps    wire.Capability
	follow  wire.Reply // of what comes in
	out     vet        // of what goes on
	held    []byte     // framed packets
	built   []byte     // what the filter put in their place
	columns int        // still to come of the current result's definitions
	phase   abi.ReplyPhase
	mute    bool // the rest of the reply is thrown away: it was refused
	skip    bool // the rest of the rows is thrown away: the filter is done
}

// refusal says that a stage has ended the reply with an error for the client.
type refusal struct {
	stage int // -1: in front of the first
	err   *clientError
}

func (e *refusal) Error() string { return e.err.Error() }

// begin prepares the stage for a command's reply.
func (t *stage) begin(l *link, cmd wire.Command, caps wire.Capability) {
	follow, out := t.follow, t.out // for their buffers
	*t = stage{link: l, level: l.level, caps: caps, held: l.held[:0], built: l.built[:0], follow: follow, out: out}
	t.follow.Reset(cmd, caps)
	t.out.reset(cmd, caps)
}

// end gives the buffers back to the link, unless they have grown.
func (t *stage) end() {
	t.link.held, t.link.built = nil, nil
	if cap(t.held) <= keptBuffer {
		t.link.held = t.held[:0]
	}
	if cap(t.built) <= keptBuffer {
		t.link.built = t.built[:0]
	}
	t.link, t.held, t.built = nil, nil, nil
}

// take accepts the next packet of the reply.
func (t *stage) take(f *replyFlow, n int, payload []byte) error {
	part, err := t.follow.Next(wire.Header{Len: len(payload), Seq: t.follow.NextSeq}, payload)
	if err != nil {
		return fmt.Errorf("a reply that cannot be followed: %w", err)
	}
	switch {
	case t.mute:
		return nil
	case t.level == abi.ReplyBuffered:
		return t.takeWhole(f, n, part, payload)
	case !hasResults(f.c.code):
		return t.pass(f, n, payload)
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
			return t.flush(f, n, t.follow.State)
		}
		return nil
	case wire.PartColumnsEnd:
		t.held = wire.AppendPacket(t.held, 0, payload)
		return t.flush(f, n, t.follow.State)
	case wire.PartRow:
		if t.level < abi.ReplyRows {
			break
		}
		if t.skip {
			return nil
		}
		t.phase = abi.PhaseRows
		if len(t.held) > 0 && len(t.held)+wire.HeaderLen+len(payload) > int(t.link.def.desc.WindowCap) {
			if err := t.flush(f, n, wire.ReplyRows); err != nil || t.skip {
				return err
			}
		}
		t.held = wire.AppendPacket(t.held, 0, payload)
		return nil
	}
	if err := t.flush(f, n, wire.ReplyRows); err != nil {
		return err
	}
	return t.pass(f, n, payload)
}

// hasResults reports whether the reply to a command can have column
// definitions and rows that are shown in phases.
func hasResults(cmd wire.Command) bool {
	switch cmd {
	case wire.ComQuery, wire.ComStmtExecute, wire.ComStmtBulkExecute, wire.ComStmtFetch, wire.ComProcessInfo:
		return true
	}
	return false
}

// takeWhole holds a packet back for a filter that wants the whole reply. Only
// a request for the client's file cannot wait: its answer is needed for the
// reply to go on. What came before is shown first.
func (t *stage) takeWhole(f *replyFlow, n int, part wire.Part, payload []byte) error {
	t.phase = abi.PhaseWhole
	if part == wire.PartLocalInfile {
		if err := t.flush(f, n, wire.ReplyFirst); err != nil {
			return err
		}
		return t.pass(f, n, payload)
	}
	if len(t.held)+len(payload) > maxBuffered {
		return t.refuse(n, clientErrorf(wire.ErNetPacketTooLarge, "08S01",
			"The result is larger than the %d bytes that filter %q can be shown as a whole", maxBuffered, t.link.def.name))
	}
	t.held = wire.AppendPacket(t.held, 0, payload)
	return nil
}

// finish shows the whole reply to a filter that asked for it.
func (t *stage) finish(f *replyFlow, n int) error {
	if t.mute || t.level != abi.ReplyBuffered {
		return nil
	}
	t.phase = abi.PhaseWhole
	return t.flush(f, n, wire.ReplyDone)
}

// pass sends a packet on as it came.
func (t *stage) pass(f *replyFlow, n int, payload []byte) error {
	if err := t.out.pass(payload); err != nil {
		if !t.out.changed {
			return err // it came like this
		}
		return t.refuse(n, f.s.linkFailed(t.link, t.nonsense(fmt.Errorf("what it sent does not fit what follows: %w", err))))
	}
	return f.push(n+1, payload)
}

// passHeld sends held packets on as they came.
func (t *stage) passHeld(f *replyFlow, n int, held []byte) error {
	for len(held) > 0 {
		payload, rest, err := unframe(held)
		if err == nil {
			err = t.pass(f, n, payload)
		}
		if err != nil {
			return err
		}
		held = rest
	}
	return nil
}

// flush shows the filter what is held and does what it says. The reply must be
// in the given state behind it.
func (t *stage) flush(f *replyFlow, n int, behind wire.ReplyState) error {
	if len(t.held) == 0 {
		return nil
	}
	s, l := f.s, t.link
	held := t.held
	t.held = t.held[:0]
	if l.inst == nil {
		return t.passHeld(f, n, held)
	}
	s.prepareHeader(f.c)
	s.prepareReply(&t.follow)
	verdict, err := l.inst.Reply(&s.hdr, t.phase, held)
	if err != nil {
		return t.failed(f, n, held, err)
	}
	switch verdict.Action() {
	case abi.Pass:
		return t.passHeld(f, n, held)
	case abi.Detach:
		s.closeDetached(l)
		return t.passHeld(f, n, held)
	case abi.Replaced:
		t.built = append(t.built[:0], l.inst.Output()...)
		if err := t.out.replacement(t.built, behind); err != nil {
			return t.failed(f, n, held, t.nonsense(err))
		}
		return f.pushFramed(n+1, t.built)
	case abi.Drop:
		if t.phase == abi.PhaseRows {
			return nil
		}
	case abi.Done:
		t.skip = true
		return t.passHeld(f, n, held)
	case abi.Reject, abi.Close:
		ce := s.rejection(l)
		ce.Fatal = verdict.Action() == abi.Close
		return t.refuse(n, ce)
	}
	return t.failed(f, n, held, t.nonsense(fmt.Errorf("it answered %s in phase %d of a reply", verdict.Action(), t.phase)))
}

// failed does what on_failure says. A filter that is to be bypassed is, with
// what was held, unless it has changed the beginning of this reply: the rest as
// the server sent it would not fit.
func (t *stage) failed(f *replyFlow, n int, held []byte, err error) error {
	ce := f.s.linkFailed(t.link, err)
	if t.link.inst == nil && !t.out.changed {
		return t.passHeld(f, n, held)
	}
	return t.refuse(n, ce)
}

func (t *stage) nonsense(err error) error {
	return &wasm.Failure{Definition: t.link.def.name, Export: abi.ExportReply, Kind: wasm.FailureNonsense, Err: err}
}

func (t *stage) refuse(n int, ce *clientError) error {
	t.mute, t.held = true, t.held[:0]
	return &refusal{n, ce}
}
