package engine

import (
	"github.com/penstock-db/penstock/engine/wire"
)

// pump forwards the reply from a server to the client, buffer to buffer: only
// headers and first bytes are looked at. It returns a *lostError if the server
// fails and any other error if the client does.
func (s *Session) pump(c *command, u *upstream) error {
	src, dst, r := u.conn.Wire(), s.client, &s.reply
	for !r.Done() {
		n, part, err := s.scan(u, src.Buffered())
		if err != nil {
			return s.lost(c, u, err)
		}
		if n > 0 {
			c.started = true
			if err := dst.CopyFrom(src, int64(n)); err != nil {
				return s.copyFailed(c, u, err)
			}
		}
		switch {
		case part == wire.PartLocalInfile:
			if err := s.sendLocalInfile(c, u); err != nil {
				return err
			}
		case part != wire.PartNone:
			if err := s.forwardEdited(c, u, part); err != nil {
				return err
			}
		case n == 0:
			// About to wait for the server: what the client can have, it gets.
			if dst.Pending() > 0 {
				if err := dst.Flush(); err != nil {
					return s.clientFailed(err)
				}
			}
			if err := src.Fill(); err != nil {
				return s.lost(c, u, err)
			}
		}
	}
	if r.Errno != 0 {
		s.counters.errors.Add(1)
	}
	return nil
}

// scan takes packets from the front of buf. n are the bytes that can be
// forwarded as they are. A part other than PartNone is the packet behind them:
// it has been taken, and has to be handled by the caller; PartLocalInfile is
// among the n bytes.
func (s *Session) scan(u *upstream, buf []byte) (n int, part wire.Part, err error) {
	r := &s.reply
	for !r.Done() {
		n += r.Scan(buf[min(n, len(buf)):])
		rest := buf[min(n, len(buf)):]
		if len(rest) < wire.HeaderLen {
			break
		}
		h := wire.ParseHeader(rest)
		need := r.Need(h)
		if len(rest) < wire.HeaderLen+need {
			break
		}
		part, err := r.Next(h, rest[wire.HeaderLen:min(len(rest), wire.HeaderLen+h.Len)])
		if err != nil {
			return n, wire.PartNone, err
		}
		if s.edits(u, part) {
			return n, part, nil
		}
		n += wire.HeaderLen + h.Len
		if part == wire.PartLocalInfile {
			return n, part, nil
		}
		if n > len(buf) {
			break
		}
	}
	return n, wire.PartNone, nil
}

// edits reports whether a packet cannot be forwarded as it is, or tells
// something that the session has to know.
func (s *Session) edits(u *upstream, part wire.Part) bool {
	switch part {
	case wire.PartPrepareOK:
		return true
	case wire.PartOK, wire.PartRowsEnd:
		return s.reply.Status.Has(wire.StatusSessionStateChanged)
	}
	return false
}

// forwardEdited forwards the packet that is next on the server's connection
// after changing what the client must see differently.
func (s *Session) forwardEdited(c *command, u *upstream, part wire.Part) error {
	src := u.conn.Wire()
	h, err := src.PeekHeader()
	var raw []byte
	if err == nil {
		raw, err = src.Peek(wire.HeaderLen + h.Len)
	}
	if err != nil {
		return s.lost(c, u, err)
	}
	payload, err := s.edit(c, u, part, raw[wire.HeaderLen:])
	if err != nil {
		return s.lost(c, u, err)
	}
	c.started = true
	if _, err := s.client.WriteMessage(payload, h.Seq); err != nil {
		return s.clientFailed(err)
	}
	if err := src.Discard(len(raw)); err != nil {
		return s.lost(c, u, err)
	}
	return nil
}

// edit returns the payload as the client is to get it. It may change raw.
func (s *Session) edit(c *command, u *upstream, part wire.Part, payload []byte) ([]byte, error) {
	if part == wire.PartPrepareOK {
		if c.stmt == nil { // else another server was lost when it had answered
			c.stmt = s.statements.New(c.sql)
		}
		c.stmt.Params, c.stmt.Columns = int(s.reply.Params), int(s.reply.Columns)
		u.conn.Bind(c.stmt, s.reply.StatementID)
		wire.PatchStatementID(payload, c.stmt.ID)
		return payload, nil
	}
	if payload[0] == 0xfe && !u.conn.Capabilities().Has(wire.ClientDeprecateEOF) {
		return payload, nil // an EOF packet has no room for session state
	}
	ok := wire.OK{Capabilities: u.conn.Capabilities()}
	if err := ok.Decode(payload); err != nil {
		return nil, err
	}
	s.track(&ok)
	if s.ident.Capabilities.Has(wire.ClientSessionTrack) {
		return payload, nil
	}
	s.edited = s.edited[:0]
	out, err := wire.AppendOKWithoutState(s.edited, payload)
	s.edited = out
	return out, err
}

// sendLocalInfile forwards the client's LOAD DATA LOCAL data to the server, up
// to and with the empty packet that ends it.
func (s *Session) sendLocalInfile(c *command, u *upstream) error {
	if err := s.client.Flush(); err != nil {
		return s.clientFailed(err)
	}
	dst := u.conn.Wire()
	for continued := false; ; {
		h, err := s.client.PeekHeader()
		if err == nil {
			err = s.client.Discard(wire.HeaderLen)
		}
		if err != nil {
			return s.clientFailed(err)
		}
		// A filter may have changed how many packets came before: each side
		// has its own count.
		c.replySeq = h.Seq + 1
		if err := dst.WriteHeader(wire.Header{Len: h.Len, Seq: s.reply.NextSeq}); err != nil {
			return s.lost(c, u, err)
		}
		s.reply.NextSeq++
		if err := dst.CopyFrom(s.client, int64(h.Len)); err != nil {
			if wire.ErrSide(err) == wire.SideSource {
				return s.clientFailed(err)
			}
			return s.lost(c, u, err)
		}
		if h.Len == 0 && !continued {
			break
		}
		continued = h.Continued()
	}
	if err := dst.Flush(); err != nil {
		return s.lost(c, u, err)
	}
	s.reply.LocalInfileSent()
	return nil
}

func (s *Session) copyFailed(c *command, u *upstream, err error) error {
	if wire.ErrSide(err) == wire.SideSource {
		return s.lost(c, u, err)
	}
	return s.clientFailed(err)
}

// drain reads the rest of a reply that nobody is to see. The summary is in r. A
// server that asks for the client's file is given none.
func (s *Session) drain(c *command, u *upstream, r *wire.Reply) error {
	src := u.conn.Wire()
	for !r.Done() {
		h, err := src.PeekHeader()
		if err != nil {
			return s.lost(c, u, err)
		}
		head, err := src.Peek(wire.HeaderLen + r.Need(h))
		if err != nil {
			return s.lost(c, u, err)
		}
		part, err := r.Next(h, head[wire.HeaderLen:])
		if err == nil {
			err = src.Discard(wire.HeaderLen + h.Len)
		}
		if err == nil && part == wire.PartLocalInfile {
			if err = src.WriteHeader(wire.Header{Seq: r.NextSeq}); err == nil {
				err = src.Flush()
			}
			r.LocalInfileSent()
		}
		if err != nil {
			return s.lost(c, u, err)
		}
	}
	return nil
}
