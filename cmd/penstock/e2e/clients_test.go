package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/wire"
)

func TestRefusedLogins(t *testing.T) {
	for _, c := range []struct {
		name  string
		login rig.Login
		errno uint16
	}{
		{"wrong password", rig.Login{User: "app", Password: "wrong"}, 1045},
		{"no password", rig.Login{User: "app"}, 1045},
		{"unknown user", rig.Login{User: "nobody", Password: "x"}, 1045},
		{"unknown schema", rig.Login{Schema: "no_such_schema"}, 1049},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, address := range map[string]string{"direct": primary.Addr, split: proxy.Addr(split), one: proxy.Addr(one)} {
				client, err := rig.Connect(address, c.login)
				if err == nil {
					client.Close()
				}
				var refusal *wire.ERR
				if !errors.As(err, &refusal) || refusal.Errno != c.errno {
					t.Errorf("%s: answered %v, want error %d", name, err, c.errno)
				}
			}
		})
	}
}

func TestTooManyConnections(t *testing.T) {
	must(t, rig.Await("earlier sessions to end", noSessions))
	for range 3 {
		connect(t, proxy.Addr(limited), rig.Login{})
	}
	_, err := rig.Connect(proxy.Addr(limited), rig.Login{})
	var refusal *wire.ERR
	if !errors.As(err, &refusal) || refusal.Errno != 1040 {
		t.Fatalf("the fourth connection was answered with %v, want error 1040", err)
	}
	// The refused client may know of it before its session has ended.
	must(t, rig.Await("the three sessions to be all", func() error {
		sessions, err := proxy.API.Sessions()
		if err == nil && len(sessions) != 3 {
			err = fmt.Errorf("%d sessions, want 3", len(sessions))
		}
		return err
	}))
}

// Whatever comes to the port, the connection is closed in time and nothing stays.
func TestClientsThatDoNotSpeakTheProtocol(t *testing.T) {
	must(t, rig.Await("earlier sessions to end", noSessions))
	before, err := rig.FDs(proxy.PID())
	must(t, err)
	half := rig.HandshakeResponse(rig.Login{})
	for name, bytes := range map[string][]byte{
		"silent":                nil,
		"half a header":         {0x20, 0x00},
		"half a handshake":      half[:len(half)/2],
		"HTTP":                  []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"TLS without a request": {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03},
		"zeros":                 make([]byte, 4096),
		"a packet of 16 MB":     append([]byte{0xff, 0xff, 0xff, 0x01}, make([]byte, 2<<20)...),
		"an empty packet":       {0, 0, 0, 1},
		"a query at once":       []byte("\x09\x00\x00\x00\x03SELECT 1"),
	} {
		t.Run(name, func(t *testing.T) {
			nc, err := net.Dial("tcp", proxy.Addr(limited))
			must(t, err)
			defer nc.Close()
			start := time.Now()
			must(t, nc.SetDeadline(start.Add(10*time.Second)))
			_, _ = nc.Write(bytes) // it may be closed before all is written
			if _, err := io.Copy(io.Discard, nc); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("still open after %v; the handshake may take 1s", time.Since(start))
			}
		})
	}
	must(t, rig.Await("the sessions to end", noSessions))
	must(t, rig.Await("the descriptors to be closed", func() error { return noMoreFDs(before) }))
	must(t, connect(t, proxy.Addr(limited), rig.Login{}).Exec("SELECT 1"))
}

// KILL and COM_PROCESS_KILL take the proxy's ids.
func TestKillByProxyID(t *testing.T) {
	for _, kill := range []string{"KILL QUERY %d", "KILL %d", "KILL HARD QUERY %d", "COM_PROCESS_KILL"} {
		t.Run(kill, func(t *testing.T) {
			victim := connect(t, proxy.Addr(split), rig.Login{})
			must(t, victim.Send(wire.ComQuery, []byte("SELECT SLEEP(300), 'victim'")))
			must(t, rig.Await("the victim's query to run", func() error { return running(t, "'victim'", 1) }))
			killer := connect(t, proxy.Addr(split), rig.Login{})
			if kill == "COM_PROCESS_KILL" {
				_, err := killer.Do(wire.ComProcessKill, statementID(victim.ConnectionID))
				must(t, err)
			} else {
				must(t, killer.Exec(fmt.Sprintf(kill, victim.ConnectionID)))
			}
			must(t, rig.Await("the query to end", func() error { return running(t, "'victim'", 0) }))
			_, err := victim.Receive(wire.ComQuery, nil)
			if err == nil && victim.Reply.Errno == 0 {
				t.Error("the victim got a result")
			}
			_, err = victim.Query("SELECT 1")
			if survives := err == nil && victim.Reply.Errno == 0; survives != (kill == "KILL QUERY %d" || kill == "KILL HARD QUERY %d") {
				t.Errorf("after %s the connection works: %v", kill, survives)
			}
		})
	}
}

// Requests sent before the reply to the one before was read.
func TestPipelining(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{})
	for i := range 50 {
		must(t, c.Send(wire.ComQuery, fmt.Appendf(nil, "SELECT %d", i)))
	}
	for i := range 50 {
		raw, err := c.Receive(wire.ComQuery, nil)
		must(t, err)
		row := rig.Packets(raw)[2]
		if field, _, err := wire.NextTextField(row[wire.HeaderLen:]); err != nil || string(field) != fmt.Sprint(i) {
			t.Fatalf("reply %d is %q", i, field)
		}
	}
}
