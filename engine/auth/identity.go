package auth

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"

	"github.com/penstock-db/penstock/engine/wire"
)

// Identity is who a client proved to be, and what was agreed with it.
type Identity struct {
	User         string
	Schema       string          // initial schema, "" if none
	Capabilities wire.Capability // what both sides have
	Collation    uint16          // of the client's statements
	MaxPacket    uint32
	Attributes   []Attr
	Credentials  Credentials          // log in to the servers with these
	TLS          *tls.ConnectionState // nil: plain
	Account      string               // 'user'@'host' pattern that matched
	Peer         Peer
	// NextSeq is the sequence number of the OK that the caller sends once the
	// session is open (or of the ERR if it cannot be opened).
	NextSeq byte

	salt []byte // of the greeting, for clients too old to be switched
}

// Accounts is what a handshake asks about users.
type Accounts interface {
	// Table returns the accounts as they are known now.
	Table() *Table
	// Refresh reads them again, unless that was done just now, and reports
	// whether it did. It is called for every login that would be refused; call
	// it, too, when a server refuses credentials that were right here.
	Refresh(ctx context.Context) bool
}

// Static are accounts that never change: those of the configuration alone.
type Static struct{ T *Table }

// Table returns the accounts.
func (s Static) Table() *Table { return s.T }

// Refresh does nothing.
func (s Static) Refresh(context.Context) bool { return false }

// AcceptConfig is what a listener offers and demands.
type AcceptConfig struct {
	// ServerVersion goes into the greeting as it is. MariaDB prefixes 5.5.5-
	// for the sake of replicas that take a first digit above 5 for MySQL 4.
	ServerVersion string
	// Capabilities to offer. SSL is added if TLS is set, and what
	// authentication itself needs is always added.
	Capabilities wire.Capability
	Status       wire.Status
	Collation    byte // the server's default; 0: utf8mb4_general_ci
	ConnectionID uint32
	TLS          *tls.Config
	TLSRequired  bool // refuse clients without TLS; Unix sockets count as secure
	Accounts     Accounts
	// Remote is the client's address; nil: the connection's.
	Remote net.Addr
	// Resolve finds the verified host names of an address; nil: accounts with
	// host names match nobody but localhost. It is asked only if an account of
	// the user has a name for a host.
	Resolve func(context.Context, netip.Addr) []string
}
