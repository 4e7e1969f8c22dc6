package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// errServerGone ends a session whose server was lost when part of a reply had
// reached the client: nothing can be said any more.
var errServerGone = errors.New("a server was lost in the middle of a reply")

// exchange sends the command to one server and its reply to the client.
func (s *Session) exchange(c *command, d destination) error {
	u, err := s.connect(d)
	if err != nil {
		return err
	}
	if err := s.send(c, u); err != nil {
		return err
	}
	if !c.code.HasReply() {
		s.replied(c, u, &s.reply)
		return nil
	}
	if err := s.forwardReply(c, u); err != nil {
		return err
	}
	if u.outstanding {
		s.replied(c, u, &s.reply)
	}
	if err := s.client.Flush(); err != nil {
		return s.clientFailed(err)
	}
	return s.summarise(c)
}

// forwardReply brings the reply to the client: through the filters that want
// to see it, else directly.
func (s *Session) forwardReply(c *command, u *upstream) error {
	if s.watched(abi.ReplyColumns) || c.replySeq != c.serverSeq {
		return s.pumpFiltered(c, u)
	}
	return s.pump(c, u)
}

// send sends the command to a server. Statement ids become the server's.
func (s *Session) send(c *command, u *upstream) error {
	payload := c.payload
	if c.stmt != nil && c.code != wire.ComStmtPrepare {
		var err error
		if payload, err = s.statementFor(c, u); err != nil {
			return err
		}
	}
	w := u.conn.Wire()
	s.reply.Reset(c.code, u.conn.Capabilities())
	u.begin()
	c.sent = monotonic()
	if c.large {
		return s.stream(c, u, payload)
	}
	var err error
	if c.serverSeq, err = w.WriteMessage(payload, 0); err == nil {
		err = w.Flush()
	}
	if err != nil {
		return s.lost(c, u, err)
	}
	return nil
}

// stream sends a command of 16 MiB or more packet by packet, without holding
// it. Its first packet begins with head, which may differ from what the client
// sent in the statement id only.
func (s *Session) stream(c *command, u *upstream, head []byte) error {
	w := u.conn.Wire()
	first := true
	c.spent = true
	for c.large || first {
		h, err := s.client.PeekHeader()
		if err != nil {
			return s.clientFailed(err)
		}
		if err := w.WriteHeader(h); err != nil {
			return s.lost(c, u, err)
		}
		if err := s.client.Discard(wire.HeaderLen); err != nil {
			return s.clientFailed(err)
		}
		c.large, c.replySeq, c.rest = h.Continued(), h.Seq+1, h.Len
		if first {
			// The bytes in head are still in the client's buffer.
			n := min(len(head), statementHead)
			if _, err := w.Write(head[:n]); err != nil {
				return s.lost(c, u, err)
			}
			if err := s.client.Discard(n); err != nil {
				return s.clientFailed(err)
			}
			c.rest -= n
			first = false
		}
		err = w.CopyFrom(s.client, int64(c.rest))
		var side *wire.SideError
		switch {
		case err == nil:
			c.rest = 0
		case errors.As(err, &side) && side.Side == wire.SideTarget:
			c.rest -= int(side.Copied)
			return s.lost(c, u, err)
		default:
			return s.clientFailed(err)
		}
	}
	c.payload = nil // gone with the reads
	if c.stmt == nil {
		c.sql = nil
	}
	c.serverSeq = c.replySeq
	if err := w.Flush(); err != nil {
		return s.lost(c, u, err)
	}
	return nil
}

// statementHead is the length of a command byte and a statement id.
const statementHead = 5

// replied takes over what a finished reply says of the session's state.
func (s *Session) replied(c *command, u *upstream, r *wire.Reply) {
	took := monotonic() - c.sent
	u.end(took)
	if r.HasStatus {
		u.conn.SetStatus(r.Status)
		s.noteStatus(u, r.Status)
	}
	s.lastTarget = u.target
	if r.Errno != 0 {
		u.errors.Add(1)
	}
	if s.queries.enabled() {
		s.queries.response(u.server.cfg.Name, took)
	}
	s.statementReplied(c, u, r)
	if r.Errno == 0 && (c.code == wire.ComInitDB || c.code == wire.ComQuery || c.code == wire.ComSetOption) {
		s.noteSuccess(c)
	}
}

// lost says that the server failed while it worked on the command, and gives
// its connection up.
func (s *Session) lost(c *command, u *upstream, err error) error {
	if s.stopping() {
		return s.ctx.Err()
	}
	e := &lostError{target: u.target, server: u.server.cfg.Name, started: c.started, err: err, inTransaction: s.inTransaction()}
	e.notSent = u.hungup.Load() && c.sent == 0
	s.warn("lost a server", "server", e.server, "command", c.code.String(), "in-transaction", e.inTransaction, "error", err)
	// A server that was taken away has to be told to stop; one that fails cannot be.
	s.disconnect(u.target, u.server.status().Has(abi.TargetMaintenance))
	s.proxy.kick(e.server)
	return e
}

// unreachableError says that no connection to a server could be had.
type unreachableError struct {
	server string
	role   string
	errno  uint16
	err    error
}

func (e *unreachableError) Error() string {
	if e.server == "" {
		return fmt.Sprintf("no server is available as %s", e.role)
	}
	return fmt.Sprintf("server %q cannot be reached: %v", e.server, e.err)
}

func (e *unreachableError) Unwrap() error { return e.err }

// client is what the client is told: the server's own words if it had any.
func (e *unreachableError) client() error {
	var refused *wire.ERR
	if errors.As(e.err, &refused) {
		return &clientError{Errno: refused.Errno, SQLState: refused.SQLState, Message: refused.Message, cause: e}
	}
	return clientErrorf(wire.ErConnectionKilled, "08S01", "%w: the statement was not executed", e)
}

func (u *upstream) begin() {
	u.outstanding = true
	u.server.outstanding.Add(1)
}

func (u *upstream) end(took time.Duration) {
	if u.outstanding {
		u.outstanding = false
		u.server.outstanding.Add(-1)
		u.server.observe(took)
	}
}
