package backend

import (
	"time"

	"github.com/penstock-db/penstock/engine/wire"
)

// Conn is a logged-in connection to one server. One goroutine owns it.
type Conn struct {
	wire       *wire.Conn
	server     string
	version    string
	thread     uint64
	cipher     string
	caps       wire.Capability
	serverCaps wire.Capability
	status     wire.Status
	reply      wire.Reply
	scratch    []byte

	seen  *History          // whose commands this connection has executed…
	upTo  uint64            // …up to this one
	stmts map[uint32]*bound // made for the first one
}

// Wire is the packet connection.
func (b *Conn) Wire() *wire.Conn { return b.wire }

// Server is the server's name in the configuration.
func (b *Conn) Server() string { return b.server }

// Version is what the server's greeting said.
func (b *Conn) Version() string { return b.version }

// ThreadID is the server's id of this connection, what KILL takes there.
func (b *Conn) ThreadID() uint64 { return b.thread }

// Cipher is TLS's cipher suite, "" without TLS.
func (b *Conn) Cipher() string { return b.cipher }

// Capabilities are what was agreed with the server.
func (b *Conn) Capabilities() wire.Capability { return b.caps }

// ServerCapabilities are what the server's greeting offered.
func (b *Conn) ServerCapabilities() wire.Capability { return b.serverCaps }

// Status is the server's status word as last seen.
func (b *Conn) Status() wire.Status { return b.status }

// SetStatus notes the status of a reply that the engine pumped itself.
func (b *Conn) SetStatus(s wire.Status) { b.status = s }

// Close closes the socket at once. What the connection held on the server is
// rolled back there.
func (b *Conn) Close() {
	b.wire.Abort()
	b.wire.Free()
}

// quitPatience bounds the farewell.
const quitPatience = 200 * time.Millisecond

// Quit says COM_QUIT and closes. A server that does not take it in is left
// without.
func (b *Conn) Quit() {
	b.wire.SetDeadline(time.Now().Add(quitPatience))
	if _, err := b.wire.WriteMessage([]byte{byte(wire.ComQuit)}, 0); err == nil && b.wire.Flush() == nil {
		b.wire.Close()
	}
	b.Close()
}
