package auth

import (
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

// Refusal says why a client was not let in. The client has been sent ERR
// already; Reason is for the log only and may tell more than the client is to
// know.
type Refusal struct {
	ERR    *wire.ERR
	User   string
	Host   string
	Reason string
}

// Error describes the refusal for the log.
func (r *Refusal) Error() string {
	return fmt.Sprintf("client '%s'@'%s' refused with error %d: %s", r.User, r.Host, r.ERR.Errno, r.Reason)
}

// Unwrap returns what the client was told.
func (r *Refusal) Unwrap() error { return r.ERR }

func accessDenied(user string, p Peer, password bool, reason string) *Refusal {
	using := "NO"
	if password {
		using = "YES"
	}
	return &Refusal{
		ERR:  wire.NewERR(wire.ErAccessDeniedError, "Access denied for user '%s'@'%s' (using password: %s)", user, p, using),
		User: user, Host: p.String(), Reason: reason,
	}
}

func badHandshake(p Peer, reason string) *Refusal {
	return &Refusal{ERR: wire.NewERR(wire.ErHandshakeError, "Bad handshake"), Host: p.String(), Reason: reason}
}
