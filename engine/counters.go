package engine

import (
	"sync"
	"sync/atomic"

	"github.com/penstock-db/penstock/engine/wire"
)

// Statistics is what one session, or all sessions of a service together, has
// done for its clients. Bytes are those of the protocol: packets with their
// headers, after TLS was taken off, without PROXY headers.
type Statistics struct {
	Commands        uint64 // that clients sent, those without a reply included
	Queries         uint64 // of them: COM_QUERY, COM_STMT_EXECUTE, COM_STMT_BULK_EXECUTE
	Errors          uint64 // ERR packets that clients got, whoever made them
	BytesFromClient uint64
	BytesToClient   uint64
	PluginFailures  uint64 // calls of plugins that failed
}

// Traffic is what went over all backends to one server, logins included.
type Traffic struct {
	Commands      uint64 // sent: the clients' and Penstock's own, such as replays and COM_QUIT
	Errors        uint64 // commands of clients that the server answered with an ERR packet
	BytesSent     uint64 // to the server
	BytesReceived uint64 // from it
}

// counters are a session's own: its goroutine counts, anybody reads. Sessions
// share none of them, so that counting does not make one processor wait for
// another.
type counters struct {
	commands, queries, errors, failures atomic.Uint64
}

// command counts a command that the client has sent.
func (c *counters) command(code wire.Command) {
	c.commands.Add(1)
	switch code {
	case wire.ComQuery, wire.ComStmtExecute, wire.ComStmtBulkExecute:
		c.queries.Add(1)
	}
}

// addTo adds what the session has counted until now. It may be called from
// anywhere.
func (s *Session) addTo(sum *Statistics) {
	sum.Commands += s.counters.commands.Load()
	sum.Queries += s.counters.queries.Load()
	sum.Errors += s.counters.errors.Load()
	sum.BytesFromClient += s.client.BytesIn()
	sum.BytesToClient += s.client.BytesOut()
	sum.PluginFailures += s.counters.failures.Load()
}

// addTo adds what went over the connection until now. It may be called from
// anywhere.
func (u *upstream) addTo(sum *Traffic) {
	w := u.conn.Wire()
	sum.Commands += w.Commands()
	sum.Errors += u.errors.Load()
	sum.BytesSent += w.BytesOut()
	sum.BytesReceived += w.BytesIn()
}

// usage is how much Penstock uses one server. It outlives reloads that change
// the server's configuration.
type usage struct {
	connections atomic.Int64  // open backends
	total       atomic.Uint64 // backends ever opened
	outstanding atomic.Int64  // commands that wait for a reply
	traffic     ledger[Traffic]
}

// ledger adds up what many count, each in counters of its own. Who has gone
// is remembered as a sum. Only coming, going and asking for the sum take its
// lock; counting does not.
type ledger[F any] struct {
	mu   sync.Mutex
	live map[counter[F]]struct{}
	gone F
}

type counter[F any] interface{ addTo(sum *F) }

// enter has c's figures in the sum.
func (l *ledger[F]) enter(c counter[F]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live == nil {
		l.live = map[counter[F]]struct{}{}
	}
	l.live[c] = struct{}{}
}

// leave keeps what c has counted, in one step with forgetting c: no sum lacks
// it or has it twice. c must not count any more.
func (l *ledger[F]) leave(c counter[F]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, there := l.live[c]; there {
		delete(l.live, c)
		c.addTo(&l.gone)
	}
}

// sum is what all have counted until now.
func (l *ledger[F]) sum() F {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := l.gone
	for c := range l.live {
		c.addTo(&sum)
	}
	return sum
}

// loginRefused counts a client that was not let in, and the ERR packet that
// told it.
func (s *Session) loginRefused() {
	s.service.refused.Add(1)
	s.counters.errors.Add(1)
}
