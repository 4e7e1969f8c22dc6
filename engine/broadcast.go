package engine

import (
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

// broadcast sends a session command to every server that the session is
// connected to. The client gets the reply of the one that counts; a server
// that answers differently has another session state and is given up: it gets
// the right one from the history when it is needed again. If the one that
// counts fails, another may take its place, and all the others, which have
// executed what the client will not hear of, are given up.
func (s *Session) broadcast(c *command, d destination) error {
	if c.large {
		return clientErrorf(wire.ErNetPacketTooLarge, "08S01", "A statement that changes session state cannot be 16 MiB or larger")
	}
	if err := s.persist(c, d, func(d destination) error { return s.broadcastFrom(c, d) }); err != nil {
		return err
	}
	s.remember(c)
	return nil
}

// broadcastFrom is one attempt with d as the server that counts.
func (s *Session) broadcastFrom(c *command, d destination) error {
	main, err := s.connect(d)
	if err != nil {
		return err
	}
	s.others = s.others[:0]
	for _, u := range s.body.upstreams {
		if u == nil || u == main || u.gone() {
			continue
		}
		if err := s.sendAlso(c, u); err == nil {
			s.others = append(s.others, u)
		} else if err := s.giveUp(u, "cannot send a session command", err); err != nil {
			return err
		}
	}
	err = s.exchange(c, destination{target: main.target, fallback: -1})
	for _, u := range s.others {
		if ferr := s.follow(c, u, err); ferr != nil && !s.stopping() {
			return ferr
		}
	}
	return err
}

// giveUp closes the connection to a server that is not in the session's state.
// With it goes the transaction that may be open there, and so the session.
func (s *Session) giveUp(u *upstream, why string, err error) error {
	s.warn(why+": the connection is given up", "server", u.server.cfg.Name, "error", err)
	if s.body.upstreams[u.target] != u {
		return nil // it is already
	}
	lost := u.conn.Status().Has(wire.StatusInTrans)
	s.disconnect(u.target, false)
	if lost {
		return clientErrorf(wire.ErConnectionKilled, "08S01", "The transaction on server %q is rolled back and the connection is closed: %s", u.server.cfg.Name, why).fatal()
	}
	return nil
}

// sendAlso sends the command to a server whose reply does not count.
func (s *Session) sendAlso(c *command, u *upstream) (err error) {
	payload := c.payload
	if c.stmt != nil {
		if payload, err = s.statementFor(c, u); err != nil {
			return err
		}
	}
	if _, err = u.conn.Wire().WriteMessage(payload, 0); err != nil {
		return err
	}
	u.begin()
	return u.conn.Wire().Flush()
}

// remember adds the command to the session command history. The servers that
// it was sent to have seen it.
func (s *Session) remember(c *command) {
	if c.code == wire.ComPing {
		return
	}
	if c.stmt != nil {
		s.history.AddExecute(c.stmt, c.payload, &s.reply)
	} else {
		s.history.Add(c.payload, &s.reply)
	}
	for _, u := range s.body.upstreams {
		if u != nil {
			u.conn.Seen(s.history)
		}
	}
	s.countHistory()
}

// follow reads another server's reply to a session command and compares.
// mainErr is what kept the client from a reply, if anything did.
func (s *Session) follow(c *command, u *upstream, mainErr error) error {
	if s.body.upstreams[u.target] != u || s.stopping() {
		return nil // given up meanwhile
	}
	r := &s.followed
	r.Reset(c.code, u.conn.Capabilities())
	inTrx := u.conn.Status().Has(wire.StatusInTrans)
	if err := s.drain(c, u, r); err != nil { // it is given up
		if inTrx {
			return s.lostAnswer(&lostError{server: u.server.cfg.Name, err: err}, true)
		}
		return nil
	}
	u.end(monotonic() - c.sent)
	if r.Errno != 0 {
		u.errors.Add(1)
	}
	if r.HasStatus {
		u.conn.SetStatus(r.Status)
	}
	if s.queries.enabled() {
		s.queries.response(u.server.cfg.Name, monotonic()-c.sent)
	}
	switch {
	case mainErr != nil:
		return s.giveUp(u, "it has executed a session command that failed elsewhere", mainErr)
	case (r.Errno == 0) != (s.reply.Errno == 0):
		return s.giveUp(u, "servers disagree about a session command", fmt.Errorf("error %d here, %d there", r.Errno, s.reply.Errno))
	}
	return nil
}
