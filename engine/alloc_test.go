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

// TestHotPathDoesNotAllocate sends queries through a whole session: listener,
// filter, router, server and back. Whatever allocates per command shows as at
// least 1; the rest of the process, monitors above all, allocates now and then.
func TestHotPathDoesNotAllocate(t *testing.T) {
	p := startProxy(t, `filters = ["hide"]`, hideFilter)
	c := rawClient(t, p)
	var r wire.Reply
	for name, query := range map[string]string{
		"one row":  "SELECT 1",
		"rows":     "SELECT seq FROM " + mariadbtest.Schema + ".seq_1_to_100",
		"to write": "DO 1",
	} {
		payload := append([]byte{byte(wire.ComQuery)}, query...)
		roundTrip(t, c, &r, payload)
		if n := testing.AllocsPerRun(3000, func() { roundTrip(t, c, &r, payload) }); n >= 1 {
			t.Errorf("%s: %v allocations a command", name, n)
		}
	}
}
