package engine

import (
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// largePrefix is how much of a command of 16 MiB or more is looked at, in bytes.
const largePrefix = 256 << 10

// command is the command that a session works on.
type command struct {
	code      wire.Command
	payload   []byte // the whole payload, or of a large command its beginning; valid until the next read from the client
	sql       []byte // the statement's text, in payload or in stmt
	stmt      *backend.Statement
	sequence  uint64
	sent      time.Duration // monotonic: when it went to the server
	replySeq  byte          // sequence number of the next packet to the client
	serverSeq byte          // sequence number that the server's reply begins with

	active     bool // from reading it to its reply's end
	started    bool // part of the reply has reached the client
	large      bool // 16 MiB or more: still in the client's stream, payload is a prefix
	rest       int  // bytes of a packet of such a command that are still in the client's stream
	spent      bool // it was 16 MiB or more and has gone to a server: it cannot be sent again
	replaced   bool // a filter rewrote it
	prepared   bool // the header has been filled in
	classified bool
	class      sql.Class
}

// command reads the next command from the client and sees it through. An
// error ends the session.
func (s *Session) command() error {
	c := &s.cmd
	*c = command{sequence: c.sequence + 1, active: true}
	s.replies.above = 0
	s.quietFilters()
	err := s.readCommand(c)
	if err == nil {
		err = s.dispatch(c)
	}
	if err != nil {
		err = s.commandFailed(c, err)
	}
	if err == nil {
		c.active, c.started = false, false
		// They point into a buffer that is about to serve another session.
		c.payload, c.sql, c.stmt = nil, nil, nil
		if s.queries.enabled() {
			s.queries.complete()
		}
	}
	return err
}

// commandFailed answers a failed command if the session can go on after it.
func (s *Session) commandFailed(c *command, err error) error {
	var ce *clientError
	if errors.As(err, &ce) && !ce.Fatal && !s.stopping() { // a session that is to end says why it ends
		return s.refuse(c, ce)
	}
	return err
}

// readCommand takes the command in: whole, unless it is 16 MiB or more.
func (s *Session) readCommand(c *command) error {
	h, err := s.client.PeekHeader()
	if err != nil {
		return s.clientFailed(err)
	}
	if h.Len == wire.MaxPayload {
		raw, err := s.client.Peek(wire.HeaderLen + largePrefix)
		if err != nil {
			return s.clientFailed(err)
		}
		c.large, c.payload, c.replySeq = true, raw[wire.HeaderLen:], h.Seq+1
	} else {
		c.payload, c.replySeq, err = s.client.ReadMessage(wire.MaxPayload)
		if err != nil {
			return s.clientFailed(err)
		}
		c.replySeq++
	}
	if len(c.payload) == 0 {
		return clientErrorf(wire.ErMalformedPacket, "HY000", "Malformed communication packet: a command packet without a command byte")
	}
	c.code = wire.Command(c.payload[0])
	s.counters.command(c.code)
	return s.resolveStatement(c)
}

// resolveStatement finds the statement's text.
func (s *Session) resolveStatement(c *command) error {
	switch c.code {
	case wire.ComQuery, wire.ComStmtPrepare:
		c.sql = c.payload[1:]
	case wire.ComStmtExecute, wire.ComStmtBulkExecute, wire.ComStmtFetch, wire.ComStmtReset,
		wire.ComStmtSendLongData, wire.ComStmtClose:
		if len(c.payload) < 5 {
			return clientErrorf(wire.ErMalformedPacket, "HY000", "Malformed communication packet: %s without a statement id", c.code)
		}
		id := binary.LittleEndian.Uint32(c.payload[1:])
		if id == wire.LastStatementID {
			c.stmt = s.statements.Last()
		} else {
			c.stmt, _ = s.statements.Get(id)
		}
		if c.stmt != nil {
			c.sql = c.stmt.Text
		} else if c.code.HasReply() {
			return clientErrorf(wire.ErUnknownStmtHandler, "HY000", "Unknown prepared statement handler (%d) given to %s", id, serverName(c.code))
		}
	}
	return nil
}

// serverName is what servers call the routine for a command in their errors.
func serverName(c wire.Command) string {
	return "mysqld" + strings.ToLower(strings.TrimPrefix(c.String(), "COM"))
}

// classify computes what the lexer knows of the command's statement, once.
func (s *Session) classify(c *command) sql.Class {
	if !c.classified {
		c.classified = true
		c.class = sql.Class{}
		if c.sql != nil {
			c.class = s.service.statements.Classify(c.sql, s.mode)
		}
	}
	return c.class
}

// dispatch runs the command down the chain, then hands it to whoever
// executes it.
func (s *Session) dispatch(c *command) error {
	if s.queries.enabled() && c.code != wire.ComChangeUser {
		s.queries.begin(c.code, c.sql)
	}
	switch c.code {
	case wire.ComQuit:
		return errQuit
	case wire.ComChangeUser:
		return s.changeUser(c)
	}
	if c.code.Replication() && !s.body.plan.cfg.AllowReplication {
		return clientErrorf(wire.ErFeatureDisabled, "HY000", "Replication through service %q is not allowed: set allow_replication = true to permit it", s.service.name)
	}
	if c.large && c.code == wire.ComStmtPrepare {
		return clientErrorf(wire.ErNetPacketTooLarge, "08S01", "A statement of 16 MiB or more cannot be prepared")
	}
	if !c.code.Known() {
		return clientErrorf(wire.ErUnknownComError, "08S01", "Unknown command")
	}
	if s.body.commands.Has(byte(c.code)) {
		if answered, err := s.runFilters(c); answered || err != nil {
			return err
		}
	}
	switch c.code {
	case wire.ComStmtClose:
		return s.closeStatement(c)
	case wire.ComStmtReset:
		return s.resetStatement(c)
	case wire.ComStmtSendLongData:
		return s.sendLongData(c)
	case wire.ComResetConnection:
		return s.resetConnection(c)
	case wire.ComProcessKill:
		return s.processKill(c)
	case wire.ComQuery:
		if s.classify(c).Type&abi.TypeKill != 0 {
			if handled, err := s.killStatement(c); handled || err != nil {
				return err
			}
		}
	}
	return s.route(c)
}

// refuse answers the command with an ERR packet. What the client still has
// to say of the command is read first.
func (s *Session) refuse(c *command, ce *clientError) error {
	if c.started {
		return ce.fatal() // the client is in the middle of a reply: nothing can be said any more
	}
	if err := s.discardLarge(c); err != nil {
		return err
	}
	s.info("command refused", "command", c.code.String(), "errno", ce.Errno, "error", ce.Message)
	if !c.code.HasReply() {
		return nil
	}
	return s.answer(c, len(s.body.chain), ce.packet(nil))
}

// discardLarge reads the rest of a large command and throws it away.
func (s *Session) discardLarge(c *command) error {
	if c.rest > 0 {
		if err := s.client.Discard(c.rest); err != nil {
			return s.clientFailed(err)
		}
		c.rest = 0
	}
	for c.large {
		h, err := s.client.PeekHeader()
		if err == nil {
			err = s.client.Discard(wire.HeaderLen + h.Len)
		}
		if err != nil {
			return s.clientFailed(err)
		}
		c.large, c.replySeq = h.Len == wire.MaxPayload, h.Seq+1
	}
	return nil
}

// clientFailed says why the client's connection cannot be used any more.
func (s *Session) clientFailed(err error) error {
	if cause := s.ctx.Err(); cause != nil {
		return cause
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errStalled
	}
	return errors.Join(errClientGone, err)
}
