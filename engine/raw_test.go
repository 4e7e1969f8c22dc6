package engine

import (
	"net"
	"testing"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// rawClient logs in to the proxy and speaks packets.
func rawClient(t testing.TB, p *Proxy) *wire.Conn {
	t.Helper()
	b, err := backend.Dial(t.Context(), backend.Options{
		Server:      &config.Server{Name: "proxy", Address: p.Listeners()[0].Address},
		Credentials: auth.WithPassword(mariadbtest.AppUser, mariadbtest.AppPassword),
		Collation:   45, Capabilities: wire.ClientProtocol41 | wire.ClientDeprecateEOF | wire.ClientMultiResults,
		ClientAddr: &net.TCPAddr{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Quit)
	return b.Wire()
}

// roundTrip sends a command and reads its whole reply.
func roundTrip(t testing.TB, c *wire.Conn, r *wire.Reply, payload []byte) {
	if _, err := c.WriteMessage(payload, 0); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	r.Reset(wire.Command(payload[0]), wire.ClientProtocol41|wire.ClientDeprecateEOF|wire.ClientSessionTrack)
	for !r.Done() {
		h, err := c.PeekHeader()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := c.Peek(wire.HeaderLen + h.Len)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(h, raw[wire.HeaderLen:]); err != nil {
			t.Fatal(err)
		}
		if err := c.Discard(len(raw)); err != nil {
			t.Fatal(err)
		}
	}
	if r.Errno != 0 {
		t.Fatalf("error %d: %s", r.Errno, r.Message)
	}
}
