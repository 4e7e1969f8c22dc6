package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

func (a *acceptor) startTLS(ctx context.Context) error {
	if a.cfg.TLS == nil {
		return badHandshake(a.peer, "the client asks for TLS, which was not offered")
	}
	conn := tls.Server(a.c.NetConn(), a.cfg.TLS)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS with client %s: %w", a.peer, err)
	}
	if err := a.c.Upgrade(conn); err != nil {
		return fmt.Errorf("TLS with client %s: %w", a.peer, err)
	}
	state := conn.ConnectionState()
	a.tls, a.secure = &state, true
	return nil
}

// read takes the client's next message; it must continue the sequence.
func (a *acceptor) read() ([]byte, error) {
	payload, seq, err := a.c.ReadMessage(maxHandshake)
	var large *wire.TooLargeError
	switch {
	case errors.As(err, &large):
		return nil, badHandshake(a.peer, err.Error())
	case err != nil:
		return nil, fmt.Errorf("handshake with client %s: %w", a.peer, err)
	case seq != a.seq:
		return nil, &Refusal{
			ERR:  wire.NewERR(wire.ErNetPacketsOutOfOrder, "Got packets out of order"),
			Host: a.peer.String(), Reason: fmt.Sprintf("packet number %d instead of %d", seq, a.seq),
		}
	}
	a.seq++
	return payload, nil
}

func (a *acceptor) send(payload []byte) error {
	next, err := a.c.WriteMessage(payload, a.seq)
	if err == nil {
		err = a.c.Flush()
	}
	if err != nil {
		return fmt.Errorf("handshake with client %s: %w", a.peer, err)
	}
	a.seq = next
	return nil
}

// refuse tells the client, if err is a refusal.
func (a *acceptor) refuse(err error) {
	var r *Refusal
	if !errors.As(err, &r) {
		return
	}
	m := *r.ERR
	if a.plain {
		m.SQLState = "" // as before authentication on the server
	}
	_ = a.send(m.Encode(nil)) // the refusal stands, whether it arrives or not
}
