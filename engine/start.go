package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/sessionlog"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// errRefused means that the client could not log in and has been told why.
var errRefused = errors.New("the client was refused")

// changeUserTimeout bounds the exchange of a COM_CHANGE_USER.
const changeUserTimeout = 10 * time.Second

// newSession makes the session of a client that was just accepted and
// registers it, before anything is known about the client.
func (p *Proxy) newSession(l *listener, nc net.Conn) *Session {
	s := &Session{proxy: p, service: l.service, listener: l, connected: time.Now(), began: monotonic(),
		socket: nc, done: make(chan struct{}), lastTarget: -1, upgraded: p.upgrade.Load()}
	s.box = &mailbox{Conn: nc}
	s.client = wire.NewConn(s.box)
	s.ctx, s.cancel = context.WithCancelCause(p.ctx)
	s.lastActive.Store(int64(s.began))
	s.published.state = StateCreated
	flags, trace, retain := sessionlog.Flags(0), 0, 0
	if c := l.service.config(); c != nil {
		flags, trace, retain = fromLogFlags(c.LogFlags), c.SessionTrace, c.RetainLastStatements
	}
	s.queries.size = retain
	p.register(s, func() { s.log = sessionlog.New(s.id, p.log, flags, trace) })
	s.service.counts.enter(s)
	return s
}

// run is the session's goroutine.
func (s *Session) run() {
	err := s.start()
	if err == nil {
		s.serve()
		return
	}
	s.abandon(err)
}

// start authenticates the client and opens the session's body.
func (s *Session) start() error {
	p := s.service.plan()
	if p == nil {
		return clientErrorf(wire.ErServerShutdown, "08S01", "Service %q is no longer configured", s.service.name)
	}
	defer p.release() // what is opened of it holds its definition itself
	s.body = &body{plan: p, upstreams: make([]*upstream, len(p.targets.servers)), router: &link{}}
	s.publishPlan(p)
	if p.cfg.Stopped { // it came while its listener closed
		return clientErrorf(wire.ErServerShutdown, "08S01", "Service %q is stopped", s.service.name)
	}
	if !s.service.enter(p.cfg.MaxConnections) {
		return clientErrorf(wire.ErConCountError, "08004", "Too many connections")
	}
	s.counted = true
	ctx, cancel := s.listener.handshakeContext(s.ctx)
	defer cancel()
	s.socket.SetDeadline(time.Now().Add(s.listener.cfg.HandshakeTimeout))
	s.remote = netAddr{s.socket.RemoteAddr()} // reads the PROXY header, if there has to be one
	s.publishRemote()
	var ident *auth.Identity
	err := s.box.undisturbed(func() (err error) {
		ident, err = auth.Accept(ctx, s.client, s.acceptConfig())
		return err
	})
	if err != nil {
		return err
	}
	s.box.bound(p.cfg.NetTimeout)
	s.ident, s.schema = ident, ident.Schema
	s.cmd = command{active: true, replySeq: ident.NextSeq}
	s.status = wire.StatusAutocommit
	s.mode = s.newMode()
	s.history, s.statements = backend.NewHistory(p.cfg.MaxHistory), backend.NewStatements()
	s.publishIdentity()
	if err := s.openBody(ctx, p); err != nil {
		return err
	}
	if s.unwatch, err = s.proxy.hangups.watch(below(s.socket), s.hangup); err != nil {
		return err
	}
	ok := wire.OK{Capabilities: ident.Capabilities, Status: s.status}
	if _, err := s.client.WriteMessage(ok.Encode(nil), ident.NextSeq); err != nil {
		return s.clientFailed(err)
	}
	if err := s.client.Flush(); err != nil {
		return s.clientFailed(err)
	}
	s.cmd.active = false
	s.setState(StateStarted)
	if s.log.Enabled(sessionlog.Info) {
		s.info("session started", "user", ident.User, "remote", s.remote.host(), "service", s.service.name)
	}
	return nil
}

// openBody opens the router's and the filters' instances and the first
// backend, so that a server that refuses the user, or does not know the schema,
// is heard before the client is told that all is well.
func (s *Session) openBody(ctx context.Context, p *plan) error {
	router, err := s.openLink(ctx, p.router, abi.OpenNew, p)
	if err != nil {
		return clientErrorf(wire.ErUnknownError, "HY000", "The session cannot be opened: %w", err)
	}
	s.body.router = router
	s.mu.Lock()
	s.published.router = router
	s.mu.Unlock()
	var chain []*link
	for _, def := range p.filters {
		l, err := s.openLink(ctx, def, abi.OpenNew, p)
		if err != nil {
			closeUnused(s, chain)
			return clientErrorf(wire.ErUnknownError, "HY000", "The session cannot be opened: %w", err)
		}
		chain = append(chain, l)
	}
	s.setChain(chain)
	d := destination{any: true, role: abi.RoleRunning, target: s.pick(abi.RoleRunning), fallback: -1}
	u, err := s.connect(d)
	var unreachable *unreachableError
	if errors.As(err, &unreachable) {
		return unreachable.client()
	}
	if err != nil {
		return err
	}
	s.noteStatus(u, u.conn.Status())
	return nil
}

// acceptConfig is what the listener offers and demands now.
func (s *Session) acceptConfig() *auth.AcceptConfig {
	return &auth.AcceptConfig{
		ServerVersion: s.service.version(s.body.plan), Capabilities: s.service.offered(s.body.plan),
		Status: wire.StatusAutocommit, ConnectionID: uint32(s.id), TLS: s.listener.tls,
		TLSRequired: s.listener.cfg.TLS != nil && s.listener.cfg.TLS.Required,
		Accounts:    s.service.users(), Remote: s.remote.Addr, Resolve: s.proxy.resolve,
	}
}

// abandon ends a session that never worked.
func (s *Session) abandon(err error) {
	s.setState(StateFailed)
	var refusal *auth.Refusal
	switch {
	case errors.As(err, &refusal):
		s.loginRefused()
		s.warn("login refused", "user", refusal.User, "host", refusal.Host, "reason", refusal.Reason)
		err = errRefused
	case s.ident == nil && !isClientError(err):
		s.info("handshake failed", "remote", s.remote.Addr, "error", err)
		err = fmt.Errorf("%w: %w", errClientGone, err)
	default:
		s.warn("session cannot be opened", "error", err)
	}
	s.end(err)
}

func isClientError(err error) bool {
	var ce *clientError
	return errors.As(err, &ce)
}
