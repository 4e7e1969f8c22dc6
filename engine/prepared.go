package engine

import (
	"errors"

	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/wire"
)

// statementFor returns the payload of a COM_STMT_* command as the server must
// get it, the statement prepared there.
func (s *Session) statementFor(c *command, u *upstream) ([]byte, error) {
	if err := s.prepare(c, u); err != nil {
		return nil, err
	}
	if c.code != wire.ComStmtExecute && c.code != wire.ComStmtBulkExecute {
		s.adapted = append(s.adapted[:0], c.payload...)
		u.conn.AdaptID(c.stmt, s.adapted)
		return s.adapted, nil
	}
	if c.stmt.LongDataLost() {
		s.statements.ClearLongData(c.stmt)
		return nil, clientErrorf(wire.ErConnectionKilled, "08S01", "Long data that was sent for the statement is lost with the connection to its server: it was not executed; send the data and execute it again")
	}
	if err := u.conn.SendLongData(c.stmt); err != nil {
		return nil, s.lost(c, u, err)
	}
	head, used, err := u.conn.AdaptExecute(s.adapted[:0], c.stmt, c.payload)
	if err != nil {
		return nil, &clientError{Errno: wire.ErMalformedPacket, SQLState: "HY000", Message: "Malformed communication packet: " + err.Error(), cause: err}
	}
	s.adapted = append(head, c.payload[used:]...)
	if c.large && len(head) != used {
		return nil, clientErrorf(wire.ErNotSupportedYet, "42000", "An execution of 16 MiB or more that relies on parameter types sent before cannot move to server %q", u.server.cfg.Name)
	}
	return s.adapted, nil
}

// prepare prepares the command's statement on a server that does not have it.
func (s *Session) prepare(c *command, u *upstream) error {
	err := u.conn.Prepare(s.ctx, c.stmt)
	var refused *backend.ServerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return &clientError{Errno: refused.ERR.Errno, SQLState: refused.ERR.SQLState, Message: refused.ERR.Message, cause: err}
	}
	return s.lost(c, u, err)
}

// statementReplied keeps track of what an execution left open.
func (s *Session) statementReplied(c *command, u *upstream, r *wire.Reply) {
	if c.stmt == nil {
		return
	}
	switch c.code {
	case wire.ComStmtExecute, wire.ComStmtBulkExecute:
		s.statements.ClearLongData(c.stmt)
		cursor := -1
		if r.Errno == 0 && r.Status.Has(wire.StatusCursorExists) {
			cursor = u.target
		}
		s.statements.SetCursor(c.stmt, cursor)
	case wire.ComStmtFetch:
		if r.Errno != 0 || r.Status.Has(wire.StatusLastRowSent) {
			s.statements.SetCursor(c.stmt, -1)
		}
	case wire.ComStmtSendLongData:
		s.statements.PinLongData(c.stmt, u.target)
	case wire.ComStmtPrepare:
		s.countHistory()
	}
}

// closeStatement forgets a statement on all servers. The command has no reply.
func (s *Session) closeStatement(c *command) error {
	if c.stmt == nil {
		return nil
	}
	for _, u := range s.body.upstreams {
		if u == nil || u.gone() {
			continue
		}
		err := u.conn.CloseStatement(c.stmt)
		if err == nil {
			err = u.conn.Wire().Flush()
		}
		if err != nil { // the command has no reply: the next one that needs the server finds out
			s.warn("cannot close a statement", "server", u.server.cfg.Name, "error", err)
		}
	}
	s.statements.Close(c.stmt)
	s.countHistory()
	return nil
}

// resetStatement clears a statement's long data and closes its cursor.
func (s *Session) resetStatement(c *command) error {
	target := s.statements.Pinned(c.stmt, wire.ComStmtFetch)
	if target < 0 {
		target = s.statements.Pinned(c.stmt, wire.ComStmtExecute)
	}
	s.statements.ClearLongData(c.stmt)
	s.statements.SetCursor(c.stmt, -1)
	if target < 0 {
		// Nothing is open anywhere: no server need be asked.
		ok := wire.OK{Capabilities: s.ident.Capabilities, Status: s.status}
		return s.answer(c, len(s.body.chain), ok.Encode(nil))
	}
	return s.deliver(c, destination{target: target, fallback: -1})
}

// sendLongData keeps a statement's long data until it is known where the
// execution goes; more than can be held goes to a server at once.
func (s *Session) sendLongData(c *command) error {
	if c.stmt == nil {
		return s.discardLarge(c) // has no reply: the error comes with the execution
	}
	pinned := s.statements.Pinned(c.stmt, c.code)
	if pinned < 0 && !c.large {
		err := s.statements.HoldLongData(c.stmt, c.payload)
		if err == nil || !errors.Is(err, backend.ErrLongDataLimit) {
			return err
		}
	}
	err := s.forwardLongData(c, pinned)
	if err != nil {
		s.statements.LoseLongData(c.stmt) // has no reply: the error comes with the execution
		_, err = s.reconsider(c, destination{target: pinned, fallback: -1}, err)
	}
	return err
}

// forwardLongData sends long data to the server that it is pinned to, or to the
// one where the execution will go.
func (s *Session) forwardLongData(c *command, pinned int) error {
	d := destination{target: pinned, fallback: -1}
	if pinned < 0 {
		code := c.code
		c.code = wire.ComStmtExecute // it is routed as its execution will be
		c.prepared = false
		var err error
		d, err = s.destination(c)
		c.code = code
		if err != nil {
			return err
		}
	}
	u, err := s.reach(c, d)
	if err != nil {
		return err
	}
	if u.target != pinned {
		if pinned >= 0 {
			return s.discardLarge(c)
		}
		if err := s.prepare(c, u); err != nil {
			return err
		}
		if err := u.conn.SendLongData(c.stmt); err != nil {
			return s.lost(c, u, err)
		}
	}
	return s.exchange(c, destination{target: u.target, fallback: -1})
}
