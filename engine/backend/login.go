package backend

import (
	"fmt"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/wire"
)

// maxPacket is the largest message that Penstock says it takes: it never holds
// one, so this is the protocol's own limit.
const maxPacket = 1 << 30

// login sends the response to the greeting and sees the exchange through.
func (d *dialer) login() error {
	r := &auth.Responder{Credentials: d.o.Credentials, Secure: d.secure || d.o.Server.Socket != ""}
	plugin := d.greeting.Plugin
	if plugin == "" {
		plugin = auth.NativePlugin
	}
	token, err := r.Start(plugin, d.greeting.Salt)
	if err != nil {
		// The server's default plugin need not be the user's: let it say so.
		plugin = auth.NativePlugin
		if token, err = r.Start(plugin, d.greeting.Salt); err != nil {
			return err
		}
	}
	resp := wire.HandshakeResponse{
		Capabilities: d.b.caps, MaxPacket: maxPacket, Collation: d.o.handshakeCollation(),
		User: d.o.Credentials.User, Auth: token, Schema: d.o.Schema, Plugin: plugin,
		Attributes: auth.EncodeAttrs(append(d.o.Attributes[:len(d.o.Attributes):len(d.o.Attributes)], attributes...)),
	}
	if err := d.send(resp.Encode(nil)); err != nil {
		return err
	}
	return d.exchange(r)
}

// maxSteps bounds an exchange: no plugin needs more than a switch and four.
const maxSteps = 16

// exchange answers the server's plugins until it says OK or ERR.
func (d *dialer) exchange(r *auth.Responder) error {
	for range maxSteps {
		payload, err := d.read()
		if err != nil {
			return err
		}
		if err := serverSaid(payload); err != nil {
			return err
		}
		var answer []byte
		reply := true
		switch payload[0] {
		case 0x00:
			m := wire.OK{Capabilities: d.b.caps}
			if err := m.Decode(payload); err != nil {
				return err
			}
			d.b.status = m.Status
			return nil
		case 0xfe:
			var m wire.AuthSwitch
			if err := m.Decode(payload); err != nil {
				return err
			}
			answer, err = r.Start(m.Plugin, m.Data)
		case 0x01:
			answer, reply, err = r.More(payload[1:])
		default:
			err = fmt.Errorf("unexpected packet 0x%02x during authentication", payload[0])
		}
		if err != nil {
			return err
		}
		if reply {
			if err := d.send(answer); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("authentication did not end within %d steps", maxSteps)
}
