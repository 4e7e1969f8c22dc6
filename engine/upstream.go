package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/sessionlog"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// upstream is a session's backend: its connection to one server, and what the
// session keeps about it. Only gone may be asked from elsewhere.
type upstream struct {
	target      int
	order       uint64 // of opening, in the session
	server      *server
	conn        *backend.Conn
	hungup      atomic.Bool // the server closed the connection
	unwatch     func()
	outstanding bool          // a command was sent and its reply has not ended
	errors      atomic.Uint64 // ERR replies to clients' commands
}

func (u *upstream) gone() bool { return u.hungup.Load() }

// connect returns a usable backend for the destination and opens it if there
// is none: logged in as the session's user, brought into the session's state.
func (s *Session) connect(d destination) (*upstream, error) {
	if d.target < 0 {
		return nil, &unreachableError{role: roleName(d.role)}
	}
	for {
		u, err := s.connectTo(s.body, d.target)
		if err == nil || !d.any || s.stopping() {
			return u, err
		}
		next := s.body.plan.targets.pickExcept(d.role, d.target, s.isConnected)
		if next < 0 {
			return nil, err
		}
		s.warn("server cannot be reached, trying another", "server", s.serverName(d.target), "error", err)
		d.target, d.any = next, false
	}
}

// connectTo returns the body's backend for a target.
func (s *Session) connectTo(b *body, target int) (*upstream, error) {
	if u := b.upstreams[target]; u != nil {
		if !u.gone() {
			if u.conn.UpToDate(s.history) {
				return u, nil
			}
			if err := u.conn.Replay(s.ctx, s.history); err == nil {
				return u, nil
			}
		}
		// The server closed it between two commands: nothing was lost but
		// what was open there.
		lost := u.conn.Status().Has(wire.StatusInTrans)
		s.disconnect(target, false)
		if lost {
			return nil, &lostError{target: target, server: s.serverName(target), inTransaction: true, notSent: true,
				err: errors.New("the server closed the connection")}
		}
	}
	u, err := s.open(b, target)
	if err != nil {
		return nil, err
	}
	b.upstreams[target] = u
	s.publishUpstreams()
	if s.stopping() {
		// Whoever stopped the session may not have seen this connection.
		return nil, s.ctx.Err()
	}
	if r := b.router; r.inst != nil && r.def.desc.WantsEvent(abi.EventBackendConnected) {
		if _, err := r.inst.Event(abi.EventBackendConnected, uint64(target), 0); err != nil {
			return nil, s.linkFailed(r, err)
		}
	}
	return u, nil
}

// open makes a new backend connection. It changes nothing of the session.
func (s *Session) open(b *body, target int) (*upstream, error) {
	srv := b.plan.targets.servers[target]
	fail := func(err error) (*upstream, error) {
		var de *backend.DialError
		e := &unreachableError{server: srv.cfg.Name, err: err}
		if errors.As(err, &de) {
			e.errno = de.Errno()
		}
		if e.errno == 0 {
			s.proxy.kick(srv.cfg.Name)
		}
		s.warn("cannot open a backend", "server", srv.cfg.Name, "error", err)
		return nil, e
	}
	if !srv.usable() {
		return fail(fmt.Errorf("it is %s", srv.status()))
	}
	n := srv.connections.Add(1)
	if most := srv.cfg.MaxConnections; most > 0 && n > int64(most) {
		s.proxy.left(srv)
		return fail(fmt.Errorf("its max_connections of %d is reached", most))
	}
	ctx, cancel := context.WithTimeout(s.ctx, srv.cfg.ConnectTimeout)
	defer cancel()
	conn, err := backend.Dial(ctx, s.dialOptions(b, srv))
	if err != nil {
		s.proxy.left(srv)
		if errors.Is(err, backend.ErrAccessDenied) {
			s.service.users().Refresh(s.ctx) // the client was let in with what the server no longer takes
		}
		return fail(err)
	}
	s.opened++
	u := &upstream{target: target, order: s.opened, server: srv, conn: conn}
	srv.traffic.enter(u)
	// Other sessions' and the kernel's view: the socket is watched so that its
	// end is known before the next command is sent into it.
	u.unwatch, err = s.proxy.hangups.watch(conn.Wire().Raw(), func() { u.hungup.Store(true) })
	if err == nil {
		err = conn.Replay(ctx, s.history)
	}
	if err != nil {
		s.release(u)
		return fail(err)
	}
	srv.total.Add(1)
	srv.learn(conn)
	if s.log.Enabled(sessionlog.Info) {
		s.info("backend opened", "server", srv.cfg.Name, "thread", conn.ThreadID())
	}
	return u, nil
}

func (s *Session) dialOptions(b *body, srv *server) backend.Options {
	return backend.Options{
		Server: srv.cfg, TLS: srv.tls, Credentials: s.ident.Credentials, Schema: s.schema, Collation: s.ident.Collation,
		Capabilities: s.ident.Capabilities, Attributes: s.ident.Attributes,
		ClientAddr: s.remote.Addr, ProxyAddr: s.client.Raw().LocalAddr(),
	}
}

// release closes a backend that is in no body any more.
func (s *Session) release(u *upstream) {
	if u.unwatch != nil {
		u.unwatch()
	}
	u.end(0)
	if u.gone() {
		u.conn.Close()
	} else {
		u.conn.Quit()
	}
	u.server.traffic.leave(u)
	s.proxy.left(u.server)
}

// disconnect gives a backend up. kill says that the server may still be
// working for it and has to be told to stop.
func (s *Session) disconnect(target int, kill bool) {
	u := s.body.upstreams[target]
	if u == nil {
		return
	}
	s.body.upstreams[target] = nil
	s.statements.Lost(target)
	s.publishUpstreams()
	if s.lastTarget == target {
		s.lastTarget = -1
	}
	if kill && u.outstanding && !u.gone() {
		s.proxy.killThread(s.dialOptions(s.body, u.server), u.conn.ThreadID())
		u.hungup.Store(true) // no farewell: the connection is in the middle of a reply
	}
	if u.outstanding {
		u.hungup.Store(true)
	}
	s.release(u)
}

func (s *Session) publishUpstreams() {
	backends := slices.DeleteFunc(slices.Clone(s.body.upstreams), func(u *upstream) bool { return u == nil })
	slices.SortFunc(backends, func(a, b *upstream) int { return cmp.Compare(a.order, b.order) })
	s.mu.Lock()
	s.published.backends = backends
	s.mu.Unlock()
}

func (s *Session) serverName(target int) string {
	if target < 0 || target >= len(s.body.plan.targets.servers) {
		return "none"
	}
	return s.body.plan.targets.servers[target].cfg.Name
}

func roleName(r abi.Role) string {
	switch r {
	case abi.RolePrimary:
		return "primary"
	case abi.RoleReplica:
		return "replica"
	}
	return "primary or replica"
}

// killThread ends a server's thread in the background, from a connection of
// its own. It is bounded in time, and Close waits for it.
func (p *Proxy) killThread(o backend.Options, thread uint64) {
	p.background.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err := backend.Kill(ctx, o, thread, true)
		if err != nil && !errors.Is(err, backend.ErrNoSuchThread) {
			p.log.Warn("cannot kill what a client left behind", "server", o.Server.Name, "thread", thread, "error", err)
		}
	})
}
