package engine

import (
	"github.com/penstock-db/penstock/engine/wire"
)

// broadcast sends a session command to every server that the session is
// connected to. The client gets the reply of the one that counts; a server
// that answers differently has another session state and is given up: it gets
// the right one from the history when it is needed again. If the one that
// counts fails, another may take its place: session commands may be repeated.
func (s *Session) broadcast(c *command, d destination) error {
	if c.large {
		return clientErrorf(wire.ErNetPacketTooLarge, "08S01", "A statement that changes session state cannot be 16 MiB or larger")
	}
	for attempt := 1; ; attempt++ {
		err := s.broadcastFrom(c, d)
		if err == nil {
			s.remember(c)
			return nil
		}
		if d, err = s.reconsider(c, d, err); err != nil {
			return err
		}
		if attempt >= maxAttempts || s.stopping() {
			return clientErrorf(wire.CrServerLost, "HY000", "Gave up after trying %d servers, the last one %q", attempt, s.serverName(d.target))
		}
	}
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
		if err := s.sendAlso(c, u); err != nil {
			s.warn("cannot send a session command: the connection is given up", "server", u.server.cfg.Name, "error", err)
			if s.body.upstreams[u.target] == u {
				s.disconnect(u.target, false)
			}
			continue
		}
		s.others = append(s.others, u)
	}
	err = s.exchange(c, destination{target: main.target, fallback: -1})
	for _, u := range s.others {
		s.follow(c, u, err)
	}
	return err
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
func (s *Session) follow(c *command, u *upstream, mainErr error) {
	if s.body.upstreams[u.target] != u {
		return // given up meanwhile
	}
	r := &s.followed
	r.Reset(c.code, u.conn.Capabilities())
	if err := s.drain(c, u, r); err != nil {
		return // drain gave it up
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
	if mainErr != nil || (r.Errno == 0) == (s.reply.Errno == 0) {
		return
	}
	s.warn("servers disagree about a session command: the connection is given up", "server", u.server.cfg.Name,
		"errno", r.Errno, "errno-of-main", s.reply.Errno)
	s.disconnect(u.target, false)
}
