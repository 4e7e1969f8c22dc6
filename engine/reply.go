package engine

import (
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// replyFlow carries a reply up the chain, packet by packet, through the stages
// of the filters that want to see it, to the client. It exists only for replies
// that some filter wants to see or that Penstock itself makes; all others are
// pumped.
type replyFlow struct {
	s      *Session
	c      *command
	stages []stage
	check  wire.Reply // of what the client gets: it must be a whole reply
}

// flow prepares the stages of the filters above position k.
func (s *Session) flow(c *command, k int) *replyFlow {
	f := &s.replies
	f.s, f.c = s, c
	f.stages = f.stages[:0]
	f.check.Reset(c.code, s.ident.Capabilities)
	for i := k - 1; i >= 0; i-- {
		if l := s.body.chain[i]; l.inst != nil && l.level >= abi.ReplyColumns {
			f.stages = append(f.stages, stage{link: l, level: l.level, held: l.held[:0], caps: s.ident.Capabilities})
			f.stages[len(f.stages)-1].follow.Reset(c.code, s.ident.Capabilities)
		}
	}
	return f
}

// capabilities are those by which replies to the client are laid out.
func (s *Session) capabilities() wire.Capability { return s.ident.Capabilities }

// watched reports whether any filter wants to see at least that much of the
// current command's reply.
func (s *Session) watched(level abi.ReplyLevel) bool {
	for _, l := range s.body.chain {
		if l.inst != nil && l.level >= level {
			return true
		}
	}
	return false
}

// push hands a packet to stage n; behind the last stage is the client.
func (f *replyFlow) push(n int, payload []byte) error {
	if n == len(f.stages) {
		return f.toClient(payload)
	}
	return f.stages[n].take(f, n, payload)
}

// pushFramed hands a sequence of framed packets to stage n.
func (f *replyFlow) pushFramed(n int, framed []byte) error {
	for len(framed) > 0 {
		if len(framed) < wire.HeaderLen {
			return fmt.Errorf("%d stray bytes behind the last packet", len(framed))
		}
		h := wire.ParseHeader(framed)
		if len(framed) < wire.HeaderLen+h.Len || h.Continued() {
			return fmt.Errorf("a packet of %d bytes does not fit its frame", h.Len)
		}
		if err := f.push(n, framed[wire.HeaderLen:wire.HeaderLen+h.Len]); err != nil {
			return err
		}
		framed = framed[wire.HeaderLen+h.Len:]
	}
	return nil
}

// toClient sends a packet to the client under the next sequence number.
func (f *replyFlow) toClient(payload []byte) error {
	if f.check.Done() {
		return fmt.Errorf("a packet behind the end of the reply")
	}
	part, err := f.check.Next(wire.Header{Len: len(payload), Seq: f.c.replySeq}, payload)
	if err != nil {
		return fmt.Errorf("a reply that no client could read: %w", err)
	}
	if part == wire.PartErr {
		f.s.counters.errors.Add(1)
	}
	f.c.started = true
	next, err := f.s.client.WriteMessage(payload, f.c.replySeq)
	if err != nil {
		return f.s.clientFailed(err)
	}
	f.c.replySeq = next
	return nil
}

// pumpFiltered brings a server's reply to the client through the stages.
func (s *Session) pumpFiltered(c *command, u *upstream) error {
	f := s.flow(c, len(s.body.chain))
	src, r := u.conn.Wire(), &s.reply
	for !r.Done() {
		h, err := src.PeekHeader()
		if err != nil {
			return s.lost(c, u, err)
		}
		if h.Continued() {
			return s.tooLargeToFilter(c, u)
		}
		payload, _, err := src.ReadMessage(wire.MaxPayload)
		if err != nil {
			return s.lost(c, u, err)
		}
		part, err := r.Next(h, payload)
		if err != nil {
			return s.lost(c, u, err)
		}
		if part == wire.PartPrepareOK || (part == wire.PartOK || part == wire.PartRowsEnd) && r.Status.Has(wire.StatusSessionStateChanged) {
			if payload, err = s.edit(c, u, part, payload); err != nil {
				return s.lost(c, u, err)
			}
		}
		if err := f.push(0, payload); err != nil {
			return s.flowFailed(c, u, err)
		}
		if part == wire.PartLocalInfile {
			if err := s.sendLocalInfile(c, u); err != nil {
				return err
			}
			f.localInfileSent()
		}
	}
	if err := f.end(); err != nil {
		return s.flowFailed(c, u, err)
	}
	return nil
}

func (f *replyFlow) localInfileSent() {
	f.check.LocalInfileSent()
	for i := range f.stages {
		f.stages[i].follow.LocalInfileSent()
	}
	f.c.replySeq = f.s.reply.NextSeq
}

// end lets stages that held the whole reply back decide, and checks that the
// client has a whole reply.
func (f *replyFlow) end() error {
	for n := range f.stages {
		if err := f.stages[n].finish(f, n); err != nil {
			return err
		}
	}
	for n := range f.stages {
		f.stages[n].link.held = f.stages[n].held[:0]
	}
	if !f.check.Done() {
		return fmt.Errorf("a reply without its end")
	}
	return nil
}

// flowFailed ends a command whose reply a filter has spoilt. What the server
// still has to say of it is read first where the session goes on.
func (s *Session) flowFailed(c *command, u *upstream, err error) error {
	var failed *stageError
	if e, ok := err.(*stageError); ok {
		failed = e
	} else {
		return err
	}
	if u != nil {
		if err := s.drain(c, u, &s.reply); err != nil {
			return err
		}
		s.replied(c, u, &s.reply)
	}
	ce := failed.err
	if c.started && !s.replies.check.Done() && s.replies.midReply() {
		// In the middle of rows an ERR packet ends the reply.
		if _, err := s.client.WriteMessage(ce.packet(nil), c.replySeq); err != nil {
			return s.clientFailed(err)
		}
		s.counters.errors.Add(1)
		if err := s.client.Flush(); err != nil {
			return s.clientFailed(err)
		}
		if ce.Fatal {
			return failed.err
		}
		return nil
	}
	return ce
}

// midReply reports whether an ERR packet may come next.
func (f *replyFlow) midReply() bool { return f.c.code != wire.ComStmtPrepare }

func (s *Session) tooLargeToFilter(c *command, u *upstream) error {
	s.disconnect(u.target, true)
	ce := clientErrorf(wire.ErNetPacketTooLarge, "08S01", "A row of 16 MiB or more cannot pass a filter that looks at rows")
	if c.started {
		return ce.fatal()
	}
	return ce
}

// answer sends a one-packet reply of Penstock's own, seen by the filters above
// position k.
func (s *Session) answer(c *command, k int, payload []byte) error {
	return s.answerFramed(c, k, nil, payload)
}

// answerBuilt sends the reply that the filter at position k made up.
func (s *Session) answerBuilt(c *command, k int) error {
	s.built.finish()
	if len(s.built.packets) == 0 {
		return s.linkFailed(s.body.chain[k], &wasm.Failure{Definition: s.body.chain[k].def.name, Export: abi.ExportQuery,
			Kind: wasm.FailureNonsense, Err: fmt.Errorf("it answered reply and made none up")})
	}
	return s.answerFramed(c, k, s.built.packets, nil)
}

func (s *Session) answerFramed(c *command, k int, framed, payload []byte) error {
	f := s.flow(c, k)
	s.reply.Reset(c.code, s.ident.Capabilities)
	var err error
	if payload != nil {
		s.observe(payload)
		err = f.push(0, payload)
	} else {
		s.observeFramed(framed)
		err = f.pushFramed(0, framed)
	}
	if err == nil {
		err = f.end()
	}
	if err != nil {
		if _, ok := err.(*stageError); ok {
			return s.flowFailed(c, nil, err)
		}
		if s.stopping() || k >= len(s.body.chain) {
			return err
		}
		err = s.linkFailed(s.body.chain[k], &wasm.Failure{Definition: s.body.chain[k].def.name, Export: abi.ExportQuery,
			Kind: wasm.FailureNonsense, Err: err})
		if c.started {
			return err.(*clientError).fatal()
		}
		return err
	}
	if err := s.client.Flush(); err != nil {
		return s.clientFailed(err)
	}
	return s.summarise(c)
}

// observe follows a reply that no server made, for its summary.
func (s *Session) observe(payload []byte) {
	s.reply.Next(wire.Header{Len: len(payload), Seq: s.cmd.replySeq}, payload)
}

func (s *Session) observeFramed(framed []byte) {
	seq := s.cmd.replySeq
	for len(framed) >= wire.HeaderLen && !s.reply.Done() {
		h := wire.ParseHeader(framed)
		if len(framed) < wire.HeaderLen+h.Len {
			return
		}
		h.Seq = seq
		seq++
		if _, err := s.reply.Next(h, framed[wire.HeaderLen:wire.HeaderLen+h.Len]); err != nil {
			return
		}
		framed = framed[wire.HeaderLen+h.Len:]
	}
}

// summarise calls the filters that want the summary, the last of the chain first.
func (s *Session) summarise(c *command) error {
	for i := len(s.body.chain) - 1; i >= 0; i-- {
		l := s.body.chain[i]
		if l.inst == nil || l.level < abi.ReplySummary {
			continue
		}
		s.prepareHeader(c)
		s.prepareReply(&s.reply)
		verdict, err := l.inst.Reply(&s.hdr, abi.PhaseSummary, nil)
		if err == nil && verdict.Action() != abi.Pass && verdict.Action() != abi.Detach {
			err = &wasm.Failure{Definition: l.def.name, Export: abi.ExportReply, Kind: wasm.FailureNonsense,
				Err: fmt.Errorf("it answered %s to a summary: the reply has reached the client", verdict.Action())}
		}
		if err != nil {
			if ce := s.linkFailed(l, err); l.inst == nil || !ce.(*clientError).Fatal {
				continue
			} else {
				c.active, c.started = false, false
				return ce
			}
		}
		if verdict.Action() == abi.Detach {
			s.closeDetached(l)
		}
	}
	return nil
}

// prepareReply fills in the header's fields about the reply so far.
func (s *Session) prepareReply(r *wire.Reply) {
	h := &s.hdr
	state := abi.ReplyStateOK
	switch {
	case r.Errno != 0:
		state = abi.ReplyStateError
	case !r.Done() && r.Results == 0:
		state = abi.ReplyStateNone
	case r.Columns > 0:
		state = abi.ReplyStateResult
	}
	h.SetU32(abi.HdrReplyState, uint32(state))
	h.SetU32(abi.HdrReplyErrno, uint32(r.Errno))
	copy(h[abi.HdrReplySQLSt:], r.SQLState[:])
	h.SetU64(abi.HdrRows, r.Rows)
	h.SetU64(abi.HdrBytes, r.Bytes)
	h.SetU64(abi.HdrAffected, r.Affected)
	h.SetU64(abi.HdrLastInsertID, r.LastInsertID)
	h.SetU32(abi.HdrWarnings, uint32(r.Warnings))
	h.SetU32(abi.HdrServerStatus, uint32(r.Status))
	now := monotonic()
	h.SetU64(abi.HdrNow, uint64(now))
	if s.cmd.sent != 0 {
		h.SetU64(abi.HdrDuration, uint64(now-s.cmd.sent))
	}
	h.SetU32(abi.HdrServer, uint32(int32(s.lastTarget)))
	h.SetU32(abi.HdrColumns, uint32(r.Columns))
}
