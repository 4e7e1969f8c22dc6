package engine

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/sessionlog"
	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Session is one client connection and all that serves it. Its goroutine
// owns everything below "goroutine only"; the rest may be used from anywhere.
type Session struct {
	id        uint64
	proxy     *Proxy
	service   *Service
	log       *sessionlog.Logger
	connected time.Time
	began     time.Duration // monotonic
	socket    net.Conn      // the client's socket, below TLS
	box       *mailbox
	client    *wire.Conn
	remote    netAddr
	ctx       context.Context // ends when the session is to stop
	cancel    context.CancelCauseFunc
	done      chan struct{} // closed when everything is given back

	busy       atomic.Bool  // a command is being worked on
	parked     atomic.Bool  // its instances sleep
	lastActive atomic.Int64 // monotonic: end of the last reply
	activity   activity
	queries    queryRing
	stats      sessionStats
	counters   counters
	hindered   atomic.Uint32 // hindrance when the last command ended

	mu        sync.Mutex
	published published

	// goroutine only
	ident      *auth.Identity
	body       *body
	hdr        abi.Header
	reply      wire.Reply
	cmd        command
	mode       sql.Mode
	status     wire.Status // of the last reply that counted
	schema     string
	history    *backend.History
	statements *backend.Statements
	ops        uint64 // socket operations already counted in activity
	built      replyBuilder
	scratch    []byte
	lastTarget int    // that answered last, -1 none
	opened     uint64 // backends, ever
	replies    replyFlow
	followed   wire.Reply  // of a server whose reply nobody is to see
	others     []*upstream // that got the current session command too
	edited     []byte
	adapted    []byte
	withText   []byte
	unwatch    func()
	counted    bool // in the service's sessions
	listener   *listener
	serving    bool   // between login and end: the session may settle
	draining   bool   // end at the next idle moment
	upgraded   uint32 // Proxy.upgrade when it was last followed
	retired    uint32 // Proxy.retired likewise
}

// published is what a session shows to others, under Session.mu.
type published struct {
	state     State
	remote    string
	port      uint16
	plan      *plan
	user      string
	schema    string
	attrs     map[string]string
	cipher    string
	backends  []*upstream // in the order opened
	chain     []*link
	router    *link
	pending   *swap // waits for the session to be idle
	restart   *restart
	failed    error // of the last restart
	kill      *time.Timer
	releasing bool
}

// sessionStats are figures that others read while the session counts.
type sessionStats struct {
	historyLen, historyResponses, historyMetadata atomic.Int64
	historyBytes, execBytes                       atomic.Int64
}

// body is what a session is made of and a restart makes anew.
type body struct {
	plan      *plan
	router    *link
	chain     []*link
	needs     uint32          // of all links together
	commands  wasm.CommandSet // what any filter subscribes to
	upstreams []*upstream     // by target index, nil if not connected
	version   uint32          // of the target table that the router was last told of
}

// ErrShutdown says that the proxy ends: nothing can be changed any more. It is
// also what ends the sessions that are left then.
var ErrShutdown = errors.New("the proxy shuts down")

// Other errors that end a session. They are the causes of Session.ctx.
var (
	errQuit        = errors.New("the client said good-bye")
	errClientGone  = errors.New("the client closed its connection")
	errKilled      = errors.New("killed by the administrator")
	errKilledByTTL = errors.New("killed by the administrator: its time to live ran out")
	errKillSQL     = errors.New("killed by a KILL statement")
	errStalled     = errors.New("the client neither went on nor took what it was sent for net_timeout")
)

// ID returns the session's id, which is the connection id of its greeting.
func (s *Session) ID() uint64 { return s.id }

// Do runs job on the session's goroutine, between two commands: at once if the
// session waits for its client, else after the current command. It does not
// wait for it. It reports false if the session has ended; job will not run then.
func (s *Session) Do(job func()) bool { return s.box.post(job) }

// serve is the session's life after it was opened.
func (s *Session) serve() {
	s.serving = true
	await, stopping := s.awaitCommand, s.stopping // once: a method value is an allocation
	for {
		s.settle()
		err := context.Cause(s.ctx)
		if err == nil {
			err = s.box.wait(s.body.plan.cfg.ConnectionTimeout, await, stopping)
			if err != nil && err != errIdleTimeout {
				err = s.clientFailed(err)
			}
		}
		if err == nil && s.box.armed.Load() {
			// It came before the wake-up was noticed: what was handed in first goes first.
			s.box.run()
			err = context.Cause(s.ctx)
		}
		if err == nil {
			s.busy.Store(true)
			s.parked.Store(false)
			err = s.command()
			s.lastActive.Store(int64(monotonic()))
			s.busy.Store(false)
		}
		if err == nil && s.stopping() {
			err = context.Cause(s.ctx)
		}
		if err != nil {
			s.end(err)
			return
		}
	}
}

func (s *Session) stopping() bool { return s.ctx.Err() != nil }

func (s *Session) awaitCommand() error {
	_, err := s.client.PeekHeader()
	return err
}

// settle is called when a command has ended: it does what waits for the
// session to be idle. Work that is handed in while the client logs in, or when
// the session ends, finds nothing to settle.
func (s *Session) settle() {
	if !s.serving {
		return
	}
	s.count()
	s.client.Release()
	for _, u := range s.body.upstreams {
		if u != nil {
			u.conn.Wire().Release()
		}
	}
	if s.hindrance() != nothing || s.stopping() {
		return
	}
	s.mu.Lock()
	waiting := s.published.pending != nil || s.published.restart != nil
	s.mu.Unlock()
	if waiting {
		s.applyRestart()
		s.applySwap()
	}
	if now := s.proxy.upgrade.Load(); waiting || now != s.upgraded {
		s.upgraded = now
		s.applyUpgrades()
	}
	if now := s.proxy.retired.Load(); now != s.retired {
		s.retired = now
		s.leaveMaintained()
	}
	if s.draining {
		s.cancel(ErrShutdown)
	}
}

// leaveWhenIdle has the session end at its next idle moment, which may be now.
func (s *Session) leaveWhenIdle() {
	s.draining = true
	s.settle()
}

// inTransaction reports whether any of the backends has an open transaction.
func (s *Session) inTransaction() bool {
	for _, u := range s.body.upstreams {
		if u != nil && u.conn.Status().Has(wire.StatusInTrans) {
			return true
		}
	}
	return false
}

// count adds the socket operations since the last call to io_activity.
func (s *Session) count() {
	ops := s.client.Reads() + s.client.Writes()
	for _, u := range s.body.upstreams {
		if u != nil {
			ops += u.conn.Wire().Reads() + u.conn.Wire().Writes()
		}
	}
	if ops > s.ops {
		s.activity.add(time.Duration(s.lastActive.Load()), ops-s.ops)
	}
	s.ops = ops
}

// end takes the session apart. Its cause decides what the client is told and
// what the log says.
func (s *Session) end(cause error) {
	if stop := context.Cause(s.ctx); stop != nil {
		cause = stop
	}
	s.serving = false
	s.cancel(cause)
	s.setState(StateStopping)
	s.box.stop()
	s.farewell(cause)
	s.box.end()
	s.dropPending()
	if s.unwatch != nil {
		s.unwatch()
	}
	if s.body != nil {
		for target := range s.body.upstreams {
			s.disconnect(target, true)
		}
		s.closeLinks(s.body, abi.CloseSessionEnd)
	}
	s.client.Close()
	s.client.Free()
	s.setState(StateFreed)
	s.logEnd(cause)
	s.proxy.forget(s)
	s.service.counts.leave(s)
	close(s.done)
}

// farewell tells the client why its session ends, where the protocol allows
// an ERR packet at that moment.
func (s *Session) farewell(cause error) {
	e := endError(cause)
	if e == nil || s.cmd.started {
		return
	}
	seq := byte(0)
	if s.cmd.active {
		seq = s.cmd.replySeq
	}
	s.client.WriteMessage(e.packet(nil), seq)
	if s.client.Flush() == nil {
		s.counters.errors.Add(1)
	}
}

func (s *Session) logEnd(cause error) {
	switch {
	case errors.Is(cause, errQuit), errors.Is(cause, errClientGone), errors.Is(cause, errRefused): // "login refused" says all of it
		s.info("session ended", "reason", cause.Error())
	case errors.Is(cause, errKilled), errors.Is(cause, errKilledByTTL), errors.Is(cause, ErrShutdown),
		errors.Is(cause, errKillSQL), errors.Is(cause, errIdleTimeout), errors.Is(cause, errStalled):
		s.notice("session ended", "reason", cause.Error())
	default:
		s.warn("session ended", "error", cause)
	}
}

func (s *Session) setState(state State) {
	s.mu.Lock()
	s.published.state = state
	s.mu.Unlock()
}
