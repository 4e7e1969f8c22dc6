package backend

import (
	"context"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/wire"
)

const askPlugin = "penstock_ask"

// ChangeUser logs the connection in anew, as o's user, schema, collation and
// attributes say; the server, its TLS and the capabilities stay. Everything
// that the session had on the server is gone: prepared statements, variables,
// the open transaction. An error means that the connection must be closed.
func (b *Conn) ChangeUser(ctx context.Context, o Options) error {
	d := &dialer{o: o, b: b, secure: b.cipher != ""}
	b.ForgetAll()
	b.seen, b.upTo = nil, 0
	err := b.guard(ctx, func() error {
		m := wire.ChangeUser{
			Capabilities: b.caps, User: o.Credentials.User, Schema: o.Schema, Collation: o.Collation,
			// A plugin that no server has: it asks for the account's own, with a salt.
			Plugin:     askPlugin,
			Attributes: auth.EncodeAttrs(append(o.Attributes[:len(o.Attributes):len(o.Attributes)], attributes...)),
		}
		if err := d.send(m.Encode(nil)); err != nil {
			return err
		}
		return d.exchange(&auth.Responder{Credentials: o.Credentials, Secure: d.secure || o.Server.Socket != ""})
	})
	if err != nil {
		return &DialError{Server: b.server, Stage: StageLogin, Err: err}
	}
	return nil
}
