package auth

import (
	"context"
	"time"

	"github.com/penstock-db/penstock/engine/wire"
)

// AcceptChangeUser authenticates a client anew for a COM_CHANGE_USER, whose
// whole payload it is given. now is who the client is so far: transport and
// capabilities stay, user, schema, collation, attributes and credentials are
// those of the new Identity. As in [Accept] the final OK is the caller's, and a
// [*Refusal] has been sent already; a server then closes the connection.
//
// The client is always asked for a token with a fresh salt, as MySQL 8 does:
// the one within the command answers the greeting's salt, which some
// connectors forget after an authentication switch.
func AcceptChangeUser(ctx context.Context, c *wire.Conn, cfg *AcceptConfig, now *Identity, payload []byte) (*Identity, error) {
	a := newAcceptor(c, cfg)
	a.peer, a.caps, a.plain, a.tls = now.Peer, now.Capabilities, false, now.TLS
	a.secure = a.tls != nil || a.peer.Local
	a.seq = 1
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	id, err := a.changeUser(ctx, now, payload)
	if err != nil {
		a.refuse(err)
	}
	if !stop() {
		return nil, context.Cause(ctx)
	}
	return id, err
}

func (a *acceptor) changeUser(ctx context.Context, now *Identity, payload []byte) (*Identity, error) {
	m := wire.ChangeUser{Capabilities: a.caps}
	if err := m.Decode(payload); err != nil {
		return nil, badHandshake(a.peer, err.Error())
	}
	id := *now
	if m.Collation != 0 {
		id.Collation = m.Collation
	}
	if a.caps.Has(wire.ClientConnectAttrs) && m.Attributes != nil {
		id.Attributes = decodeAttrs(m.Attributes)
	}
	l := login{user: m.User, schema: m.Schema, salt: now.salt, token: append([]byte(nil), m.Auth...)}
	l.change = a.caps.Has(wire.ClientPluginAuth)
	if err := a.login(ctx, &id, l); err != nil {
		return nil, err
	}
	return &id, nil
}
