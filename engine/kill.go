package engine

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
)

// Kill ends the session: at once, or when ttl has passed, whatever it is doing
// then. A later Kill replaces the ttl.
func (s *Session) Kill(ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.published.releasing {
		return ErrNoSession
	}
	if s.published.kill != nil {
		s.published.kill.Stop()
		s.published.kill = nil
	}
	if ttl <= 0 {
		go s.stop(errKilled)
		return nil
	}
	s.published.kill = time.AfterFunc(ttl, func() { s.stop(errKilledByTTL) })
	return nil
}

// stop ends the session from outside, whatever it is doing: waiting reads and
// writes fail, and what its servers still work on is killed.
func (s *Session) stop(cause error) {
	s.cancel(cause)
	s.box.stop() // it may be reading from its client, or waiting for it to take something
	s.mu.Lock()
	upstreams := s.published.backends
	s.mu.Unlock()
	for _, u := range upstreams {
		u.conn.Wire().Raw().SetDeadline(longAgo)
	}
}

// hangup is called by the watcher when the client has closed its side. What it
// sent before is finished if that is quick; else it is stopped.
func (s *Session) hangup() {
	time.AfterFunc(hangupGrace, func() { s.stop(errClientGone) })
}

// hangupGrace is how long a session whose client is gone may go on.
const hangupGrace = 100 * time.Millisecond

// processKill serves COM_PROCESS_KILL.
func (s *Session) processKill(c *command) error {
	if len(c.payload) < 5 {
		return clientErrorf(wire.ErMalformedPacket, "HY000", "Malformed communication packet: COM_PROCESS_KILL without an id")
	}
	return s.killOther(c, sql.Kill{ID: uint64(binary.LittleEndian.Uint32(c.payload[1:]))})
}

// killStatement serves KILL statements that name a connection of this proxy.
// Others (KILL USER, query ids, expressions) are the server's to understand.
func (s *Session) killStatement(c *command) (handled bool, err error) {
	k, ok := sql.ParseKill(c.sql, s.mode)
	if !ok || k.User != "" || k.ByQuery || k.Expr {
		return false, nil
	}
	return true, s.killOther(c, k)
}

// killOther kills another session, or its query, with the rights of this
// session's user: the server decides whether it may.
func (s *Session) killOther(c *command, k sql.Kill) error {
	victim, ok := s.proxy.Session(k.ID)
	if !ok {
		return clientErrorf(wire.ErNoSuchThread, "HY000", "Unknown thread id: %d", k.ID)
	}
	victim.mu.Lock()
	user, upstreams := victim.published.user, victim.published.backends
	victim.mu.Unlock()
	if len(upstreams) == 0 && user != s.ident.User {
		return clientErrorf(wire.ErKillDeniedError, "HY000", "You are not owner of thread %d", k.ID)
	}
	if victim != s {
		for _, u := range upstreams {
			o := s.dialOptions(s.body, u.server)
			err := backend.KillQuery(s.ctx, o, u.conn.ThreadID(), !k.Soft)
			var refused *wire.ERR
			switch {
			case err == nil, errors.Is(err, backend.ErrNoSuchThread):
			case errors.As(err, &refused) && refused.Errno == wire.ErKillDeniedError:
				return clientErrorf(wire.ErKillDeniedError, "HY000", "You are not owner of thread %d", k.ID)
			default:
				return clientErrorf(wire.ErUnknownError, "HY000", "Cannot kill thread %d on server %q: %w", k.ID, u.server.cfg.Name, err)
			}
		}
	}
	if victim == s {
		return clientErrorf(wire.ErQueryInterrupted, "70100", "Query execution was interrupted").fatalIf(!k.Query)
	}
	if !k.Query {
		victim.stop(errKillSQL)
	}
	ok2 := wire.OK{Capabilities: s.ident.Capabilities, Status: s.status}
	return s.answer(c, len(s.body.chain), ok2.Encode(nil))
}

func (e *clientError) fatalIf(fatal bool) *clientError {
	e.Fatal = fatal
	return e
}
