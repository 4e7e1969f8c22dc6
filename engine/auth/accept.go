package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-db/penstock/engine/wire"
)

// needed is what every handshake offers.
const needed = wire.ClientProtocol41 | wire.ClientSecureConnection | wire.ClientPluginAuth |
	wire.ClientPluginAuthLenencData | wire.ClientConnectAttrs | wire.ClientConnectWithDB

// never is offered by no handshake.
const never = wire.ClientSSL | wire.ClientCompress | wire.ClientZstdCompression

const defaultCollation = 45 // utf8mb4_general_ci

// Accept runs the handshake of a fresh client connection, up to and without
// the final OK, which the caller sends with sequence number NextSeq when the
// session could be opened. On a refusal Accept has sent the ERR packet and
// returns a [*Refusal]; other errors are of the connection. It ends when ctx
// does. The caller closes the connection in every case.
func Accept(ctx context.Context, c *wire.Conn, cfg *AcceptConfig) (*Identity, error) {
	a := newAcceptor(c, cfg)
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	id, err := a.handshake(ctx)
	c.SetExact(false)
	if err != nil {
		a.refuse(err)
	}
	if !stop() {
		return nil, errors.Join(fmt.Errorf("handshake with %s: %w", a.peer, context.Cause(ctx)), err)
	}
	return id, err
}

// acceptor is one handshake under way.
type acceptor struct {
	c      *wire.Conn
	cfg    *AcceptConfig
	peer   Peer
	caps   wire.Capability // offered, then agreed
	plain  bool            // no SQLSTATE in ERR: the client is not known to speak 4.1
	seq    byte            // of the next packet to send
	secure bool
	tls    *tls.ConnectionState
}

func newAcceptor(c *wire.Conn, cfg *AcceptConfig) *acceptor {
	remote := cfg.Remote
	if remote == nil {
		remote = c.Raw().RemoteAddr()
	}
	a := &acceptor{c: c, cfg: cfg, peer: PeerOf(remote), plain: true}
	a.secure = a.peer.Local
	a.caps = cfg.Capabilities&^never | needed
	if cfg.TLS != nil {
		a.caps |= wire.ClientSSL
	}
	return a
}

func (a *acceptor) handshake(ctx context.Context) (*Identity, error) {
	if err := a.checkHost(ctx); err != nil {
		return nil, err
	}
	salt := newSalt()
	if err := a.greet(salt); err != nil {
		return nil, err
	}
	resp, err := a.response(ctx)
	if err != nil {
		return nil, err
	}
	a.caps &= resp.Capabilities
	if a.cfg.TLSRequired && !a.secure {
		return nil, &Refusal{
			ERR:  wire.NewERR(wire.ErSecureTransportRequired, "Connections using insecure transport are prohibited: this listener demands TLS"),
			User: resp.User, Host: a.peer.String(), Reason: "the listener demands TLS and the client did not ask for it",
		}
	}
	id := &Identity{
		User: resp.User, Capabilities: a.caps, Collation: uint16(resp.Collation), MaxPacket: resp.MaxPacket,
		Attributes: decodeAttrs(resp.Attributes), TLS: a.tls, salt: salt,
	}
	if a.caps.Has(wire.ClientConnectWithDB) {
		id.Schema = resp.Schema
	}
	l := login{user: resp.User, schema: id.Schema, token: resp.Auth, salt: salt}
	// A client that knows no plugins means native; one that names another is
	// switched to it.
	l.change = a.caps.Has(wire.ClientPluginAuth) && resp.Plugin != "" && resp.Plugin != NativePlugin
	if err := a.login(ctx, id, l); err != nil {
		return nil, err
	}
	return id, nil
}

// checkHost turns away hosts that no account could come from, before the
// greeting, as the server does.
func (a *acceptor) checkHost(ctx context.Context) error {
	allowed := func() bool {
		t := a.cfg.Accounts.Table()
		a.resolve(ctx, t, "")
		return t.HostAllowed(a.peer)
	}
	if allowed() || a.cfg.Accounts.Refresh(ctx) && allowed() {
		return nil
	}
	return &Refusal{
		ERR:  wire.NewERR(wire.ErHostNotPrivileged, "Host '%s' is not allowed to connect to this MariaDB server", a.peer),
		Host: a.peer.String(), Reason: "no account has a host pattern that matches",
	}
}

func (a *acceptor) greet(salt []byte) error {
	g := wire.Greeting{
		ServerVersion: a.cfg.ServerVersion, ConnectionID: a.cfg.ConnectionID, Salt: salt,
		Capabilities: a.caps, Collation: a.cfg.Collation, Status: a.cfg.Status, Plugin: NativePlugin,
	}
	if g.Collation == 0 {
		g.Collation = defaultCollation
	}
	return a.send(g.Encode(nil))
}

// response reads the client's response, with TLS before it if it asks.
func (a *acceptor) response(ctx context.Context) (*wire.HandshakeResponse, error) {
	// Byte for byte, so that nothing behind an SSLRequest is taken for plain
	// text: it belongs to TLS.
	a.c.SetExact(true)
	payload, err := a.read()
	if err != nil {
		return nil, err
	}
	if len(payload) < 4 {
		return nil, badHandshake(a.peer, "the response is too short")
	}
	var ask *wire.SSLRequest
	if isSSLRequest(payload) {
		ask = new(wire.SSLRequest)
		if err := ask.Decode(payload); err != nil {
			return nil, badHandshake(a.peer, err.Error())
		}
		if err := a.startTLS(ctx); err != nil {
			return nil, err
		}
	}
	a.c.SetExact(false)
	if ask != nil {
		if payload, err = a.read(); err != nil {
			return nil, err
		}
	}
	resp := new(wire.HandshakeResponse)
	if err := resp.Decode(payload); err != nil {
		return nil, badHandshake(a.peer, err.Error())
	}
	switch {
	case ask != nil && ask.Capabilities != resp.Capabilities:
		return nil, badHandshake(a.peer, "the capabilities within TLS differ from those before it")
	case !resp.Capabilities.Has(wire.ClientProtocol41), !resp.Capabilities.Has(wire.ClientSecureConnection):
		return nil, &Refusal{
			ERR:  wire.NewERR(wire.ErNotSupportedAuthMode, "Client does not support authentication protocol requested by server; consider upgrading the client (protocol 4.1 is needed)"),
			User: resp.User, Host: a.peer.String(), Reason: "the client speaks a protocol older than 4.1",
		}
	}
	a.plain = false
	resp.Auth = append([]byte(nil), resp.Auth...) // outlives the buffer
	resp.Attributes = append([]byte(nil), resp.Attributes...)
	return resp, nil
}

// isSSLRequest: a response of exactly 32 bytes that wants TLS. A full response
// has at least a user's NUL more.
func isSSLRequest(p []byte) bool {
	low := wire.Capability(p[0]) | wire.Capability(p[1])<<8
	return low.Has(wire.ClientSSL) && (len(p) == 32 || len(p) < 32 && !low.Has(wire.ClientProtocol41) && len(p) <= 5)
}
