package engine

import (
	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// track takes over what a server reports about the session's state.
func (s *Session) track(ok *wire.OK) {
	ok.Changes(func(kind byte, data []byte) bool {
		switch kind {
		case wire.TrackSchema:
			if schema, err := wire.ReadSchema(data); err == nil {
				s.setSchema(string(schema))
			}
		case wire.TrackSystemVariables:
			for len(data) > 0 {
				name, value, rest, err := wire.ReadVariable(data)
				if err != nil {
					return false
				}
				s.mode = sql.VariableChange(string(name), string(value)).Apply(s.mode)
				data = rest
			}
		}
		return true
	})
}

// noteSuccess takes over what a command that succeeded says by its text:
// servers that do not track state report nothing.
func (s *Session) noteSuccess(c *command) {
	switch {
	case c.code == wire.ComInitDB && len(c.payload) > 1:
		s.setSchema(string(c.payload[1:]))
	case c.code == wire.ComQuery && c.classified && c.class.Type&(abi.TypeSessionWrite|abi.TypeSetNames) != 0 && c.payload != nil:
		s.mode = sql.SessionChanges(c.sql, s.mode).Apply(s.mode)
	}
}

func (s *Session) setSchema(schema string) {
	if schema == s.schema {
		return
	}
	s.schema = schema
	s.mu.Lock()
	s.published.schema = schema
	s.mu.Unlock()
}

// countHistory publishes the figures of the session command history and of the
// prepared statements.
func (s *Session) countHistory() {
	s.stats.historyLen.Store(int64(s.history.Len()))
	s.stats.historyResponses.Store(int64(s.history.StoredResponses()))
	s.stats.historyMetadata.Store(int64(s.statements.Len()))
	s.stats.historyBytes.Store(int64(s.history.Bytes()))
	s.stats.execBytes.Store(int64(s.statements.Bytes()))
}

// resetConnection clears the session's state on all servers and here.
func (s *Session) resetConnection(c *command) error {
	u, err := s.reach(c, s.defaultDestination())
	if err != nil {
		return err
	}
	for target := range s.body.upstreams {
		if target != u.target {
			s.disconnect(target, false)
		}
	}
	if err := s.deliver(c, destination{target: u.target, fallback: -1}); err != nil {
		return err
	}
	if s.reply.Errno == 0 {
		s.forgetState()
		for _, u := range s.body.upstreams { // the one that has executed it
			if u != nil {
				u.conn.ForgetAll()
				u.conn.Seen(s.history)
			}
		}
	}
	return nil
}

// forgetState begins a new life with the same client: COM_RESET_CONNECTION and
// COM_CHANGE_USER.
func (s *Session) forgetState() {
	s.history.Reset()
	s.statements.Reset()
	s.mode = s.newMode()
	s.countHistory()
	for _, l := range append([]*link{s.body.router}, s.body.chain...) {
		if l.inst != nil && l.def.desc.WantsEvent(abi.EventSessionReset) {
			if _, err := l.inst.Event(abi.EventSessionReset, 0, 0); err != nil {
				s.linkFailed(l, err)
			}
		}
	}
}
