package engine

import (
	"github.com/penstock-db/penstock/engine/wire"
)

// broadcast sends a session command to every server that the session is
// connected to. The client gets the reply of the one that counts; a server
// that answers differently has another session state and is given up: it gets
// the right one from the history when it is needed again.
func (s *Session) broadcast(c *command, d destination) error {
	if c.large {
		return clientErrorf(wire.ErNetPacketTooLarge, "08S01", "A statement that changes session state cannot be 16 MiB or larger")
	}
	main, err := s.connect(d)
	if err != nil {
		return s.broadcastElsewhere(c, d, err)
	}
	others := s.others[:0]
	for _, u := range s.body.upstreams {
		if u == nil || u == main || u.gone() {
			continue
		}
		if _, err := u.conn.Wire().WriteMessage(c.payload, 0); err == nil {
			err = u.conn.Wire().Flush()
		} else {
			s.warn("lost a server", "server", u.server.cfg.Name, "error", err)
			s.disconnect(u.target, false)
			continue
		}
		u.begin()
		others = append(others, u)
	}
	s.others = others
	err = s.exchange(c, destination{target: main.target, fallback: -1})
	for _, u := range others {
		s.follow(c, u, err)
	}
	if err != nil {
		return s.broadcastElsewhere(c, d, err)
	}
	if c.code != wire.ComPing {
		s.history.Add(c.payload, &s.reply)
		for _, u := range s.body.upstreams {
			if u != nil {
				u.conn.Seen(s.history)
			}
		}
		s.countHistory()
	}
	return nil
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

// broadcastElsewhere tries a session command on another server when the one
// whose reply counts has failed: session commands may be repeated.
func (s *Session) broadcastElsewhere(c *command, d destination, err error) error {
	next, err := s.reconsider(c, d, err)
	if err != nil {
		return err
	}
	next.all = true
	main, err := s.connect(next)
	if err != nil {
		_, err = s.reconsider(c, next, err)
		return err
	}
	return s.deliver(c, destination{target: main.target, fallback: -1})
}
