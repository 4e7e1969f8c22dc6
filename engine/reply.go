package engine

import (
	"fmt"
	"slices"

	"github.com/penstock-db/penstock/engine/wire"
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

	above   int        // filters above this position of the chain have seen…
	refused wire.Reply // …this error as the end of the reply; above is 0 if there was none
}

// flow prepares the stages of the filters above position k.
func (s *Session) flow(c *command, k int) *replyFlow {
	f := &s.replies
	f.s, f.c = s, c
	f.stages = f.stages[:0]
	f.check.Reset(c.code, s.ident.Capabilities)
	f.above = 0
	for i := k - 1; i >= 0; i-- {
		l := s.body.chain[i]
		if l.inst == nil || l.level < abi.ReplyColumns {
			continue
		}
		if len(f.stages) < cap(f.stages) {
			f.stages = f.stages[:len(f.stages)+1]
		} else {
			f.stages = append(f.stages, stage{})
		}
		f.stages[len(f.stages)-1].begin(l, c.code, s.ident.Capabilities)
	}
	return f
}

// close gives the stages' buffers back.
func (f *replyFlow) close() {
	for n := range f.stages {
		f.stages[n].end()
	}
	f.stages = f.stages[:0]
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
		payload, rest, err := unframe(framed)
		if err == nil {
			err = f.push(n, payload)
		}
		if err != nil {
			return err
		}
		framed = rest
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

// finish lets the stages from n on that held the whole reply back decide.
func (f *replyFlow) finish(n int) error {
	for ; n < len(f.stages); n++ {
		if err := f.stages[n].finish(f, n); err != nil {
			return err
		}
	}
	return nil
}

// refuse ends the reply with the error of a stage that has refused the rest
// of it. The stages behind that one, and the client, get the error as if it had
// come from the server, which may send one at any point of a reply. It returns
// what ends the session, if anything does.
func (f *replyFlow) refuse(err error) error {
	fatal := false
	for err != nil {
		r, ok := err.(*refusal)
		if !ok {
			return err
		}
		fatal = fatal || r.err.Fatal
		f.above = len(f.s.body.chain)
		if r.stage >= 0 {
			f.above = slices.Index(f.s.body.chain, f.stages[r.stage].link)
		}
		payload := r.err.packet(nil)
		f.refused.Reset(f.c.code, f.s.ident.Capabilities)
		f.refused.Next(wire.Header{Len: len(payload)}, payload)
		f.s.info("reply refused", "errno", r.err.Errno, "error", r.err.Message)
		if err = f.push(r.stage+1, payload); err == nil {
			err = f.finish(r.stage + 1)
		}
		if err == nil && fatal {
			if err := f.s.client.Flush(); err != nil {
				return f.s.clientFailed(err)
			}
			return r.err.fatal() // it has been told
		}
	}
	return nil
}

// whole checks that the client has a whole reply.
func (f *replyFlow) whole() error {
	if !f.check.Done() {
		return fmt.Errorf("a reply without its end")
	}
	return nil
}

// pumpFiltered brings a server's reply to the client through the stages.
func (s *Session) pumpFiltered(c *command, u *upstream) error {
	f := s.flow(c, len(s.body.chain))
	defer f.close()
	err := s.feed(c, u, f)
	if err == nil {
		err = f.finish(0)
	}
	if _, refused := err.(*refusal); refused {
		err = s.replyRefused(c, u, f, err)
	}
	if err != nil {
		return err
	}
	return f.whole()
}

// feed pushes the server's packets into the flow.
func (s *Session) feed(c *command, u *upstream, f *replyFlow) error {
	src, r := u.conn.Wire(), &s.reply
	for !r.Done() {
		h, err := src.PeekHeader()
		if err != nil {
			return s.lost(c, u, err)
		}
		if h.Continued() {
			return &refusal{-1, clientErrorf(wire.ErNetPacketTooLarge, "08S01", "A row of 16 MiB or more cannot pass a filter that looks at rows")}
		}
		payload, _, err := src.ReadMessage(wire.MaxPayload)
		if err != nil {
			return s.lost(c, u, err)
		}
		part, err := r.Next(h, payload)
		if err != nil {
			return s.lost(c, u, err)
		}
		if s.edits(u, part) {
			if payload, err = s.edit(c, u, part, payload); err != nil {
				return s.lost(c, u, err)
			}
		}
		if err := f.push(0, payload); err != nil {
			return err
		}
		if part == wire.PartLocalInfile {
			if err := s.sendLocalInfile(c, u); err != nil {
				return err
			}
			f.localInfileSent()
		}
	}
	return nil
}

func (f *replyFlow) localInfileSent() {
	f.check.LocalInfileSent()
	for i := range f.stages {
		f.stages[i].follow.LocalInfileSent()
		f.stages[i].out.reply.LocalInfileSent()
	}
}

// replyRefused ends the client's reply with an error, and reads what the
// server still has to say where the session goes on.
func (s *Session) replyRefused(c *command, u *upstream, f *replyFlow, err error) error {
	if err := f.refuse(err); err != nil {
		return err
	}
	if err := s.client.Flush(); err != nil {
		return s.clientFailed(err)
	}
	if err := s.drain(c, u, &s.reply); err != nil {
		return err
	}
	if c.code == wire.ComStmtPrepare && c.stmt != nil { // the client does not know of it
		if err := u.conn.CloseStatement(c.stmt); err != nil {
			return s.lost(c, u, err)
		}
		s.statements.Close(c.stmt)
		c.stmt = nil
	}
	return nil
}

// answer sends a one-packet reply of Penstock's own, seen by the filters above
// position k.
func (s *Session) answer(c *command, k int, payload []byte) error {
	f := s.flow(c, k)
	defer f.close()
	s.reply.Reset(c.code, s.ident.Capabilities)
	s.reply.Next(wire.Header{Len: len(payload), Seq: c.replySeq}, payload)
	return s.answered(f, f.push(0, payload))
}

// answerBuilt sends the reply that the filter at position k made up. It has
// been vetted.
func (s *Session) answerBuilt(c *command, k int) error {
	f := s.flow(c, k)
	defer f.close()
	s.reply.Reset(c.code, s.ident.Capabilities)
	for rest := s.built.packets; len(rest) > 0; {
		var payload []byte
		payload, rest, _ = unframe(rest)
		s.reply.Next(wire.Header{Len: len(payload), Seq: s.reply.NextSeq}, payload)
	}
	return s.answered(f, f.pushFramed(0, s.built.packets))
}

// answered ends a reply that no server made. err is what became of it so far.
func (s *Session) answered(f *replyFlow, err error) error {
	if err == nil {
		err = f.finish(0)
	}
	if err = f.refuse(err); err == nil {
		err = f.whole()
	}
	if err != nil {
		return err
	}
	if err := s.client.Flush(); err != nil {
		return s.clientFailed(err)
	}
	return s.summarise(f.c)
}
