package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/socket"
	"github.com/penstock-db/penstock/engine/wire"
)

// TestChangesDuringTheLogin hands a session work before its client has said
// anything, and takes the client away.
func TestChangesDuringTheLogin(t *testing.T) {
	p := startProxy(t, "", hideFilter)
	nc, err := net.Dial("tcp", p.Listeners()[0].Address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	s := p.Sessions()[0]
	names := []string{"hide"}
	if err := s.Update(t.Context(), Update{Filters: &names}); !errors.Is(err, ErrNoSession) {
		t.Errorf("update: %v", err)
	}
	if err := s.Restart(t.Context()); !errors.Is(err, ErrNoSession) {
		t.Errorf("restart: %v", err)
	}
	ran := make(chan struct{})
	s.Do(s.leaveWhenIdle)
	s.Do(func() { close(ran) })
	nc.Close()
	<-s.done
	<-ran
	if got := get(t, one(t, client(t, p, "")), "SELECT 1"); got != "1" {
		t.Error(got)
	}
}

// send writes a command without waiting for its reply.
func send(t *testing.T, c *wire.Conn, payload string) {
	t.Helper()
	if _, err := c.WriteMessage([]byte(payload), 0); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
}

const flood = "\x03SELECT REPEAT('x', 1000) FROM seq_1_to_1000000 /* flood */"

// flooding counts the servers' threads that send the flood.
func flooding(t *testing.T) int { return running(t, flood[1:]) }

// TestClientThatDoesNotRead stops taking its reply.
func TestClientThatDoesNotRead(t *testing.T) {
	for _, chain := range [][]string{{}, {"rows-close"}} {
		p := startProxy(t, `net_timeout = "300ms"`, misfits())
		c := rawClient(t, p)
		s := newest(t, p)
		setFilters(t, s, chain...)
		send(t, c, "\x02"+mariadbtest.Schema)
		if _, _, err := c.ReadMessage(1 << 20); err != nil {
			t.Fatal(err)
		}
		send(t, c, flood)
		eventually(t, "the query to run", func() bool { return flooding(t) == 1 })
		<-s.done
		eventually(t, "the query to end on the server", func() bool { return flooding(t) == 0 })
	}
}

// TestKillOfASessionThatWrites: a client that does not read cannot keep its session.
func TestKillOfASessionThatWrites(t *testing.T) {
	p := startProxy(t, "", "")
	c := rawClient(t, p)
	s := newest(t, p)
	send(t, c, "\x02"+mariadbtest.Schema)
	if _, _, err := c.ReadMessage(1 << 20); err != nil {
		t.Fatal(err)
	}
	send(t, c, flood)
	eventually(t, "the query to run", func() bool { return flooding(t) == 1 })
	if err := s.Kill(0); err != nil {
		t.Fatal(err)
	}
	<-s.done
	eventually(t, "the query to end on the server", func() bool { return flooding(t) == 0 })
}

// TestSlowClientIsServed: what counts is progress. The client takes a little
// several times within net_timeout, and needs many times that for the whole.
func TestSlowClientIsServed(t *testing.T) {
	p := startProxy(t, `net_timeout = "400ms"`, "")
	c := rawClient(t, p)
	nc := c.NetConn().(*socket.Conn).Conn.(*net.TCPConn)
	if err := nc.SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	send(t, c, "\x03SELECT REPEAT('x', 1000) FROM "+mariadbtest.Schema+".seq_1_to_20000")
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var r wire.Reply
	r.Reset(wire.ComQuery, wire.ClientProtocol41|wire.ClientDeprecateEOF|wire.ClientSessionTrack)
	var buf []byte
	chunk := make([]byte, 100<<10)
	for !r.Done() {
		<-tick.C
		n, err := nc.Read(chunk)
		if err != nil {
			t.Fatalf("after %d rows: %v", r.Rows, err)
		}
		for buf = append(buf, chunk[:n]...); len(buf) >= wire.HeaderLen; {
			h := wire.ParseHeader(buf)
			if len(buf) < wire.HeaderLen+h.Len {
				break
			}
			if _, err := r.Next(h, buf[wire.HeaderLen:wire.HeaderLen+h.Len]); err != nil {
				t.Fatal(err)
			}
			buf = buf[wire.HeaderLen+h.Len:]
		}
	}
	if r.Rows != 20000 {
		t.Errorf("%d rows", r.Rows)
	}
}

// TestClientThatStopsInACommand sends the beginning of a command only.
func TestClientThatStopsInACommand(t *testing.T) {
	p := startProxy(t, `net_timeout = "200ms"`, "")
	for name, begin := range map[string][]byte{
		"small": {100, 0, 0, 0, 3, 'S'},
		"large": {0xff, 0xff, 0xff, 0, 3, 'S'},
	} {
		c := rawClient(t, p)
		s := newest(t, p)
		if _, err := c.NetConn().Write(begin); err != nil {
			t.Fatal(err)
		}
		payload, _, err := c.ReadMessage(1 << 20)
		if err != nil || payload[0] != 0xff || binary.LittleEndian.Uint16(payload[1:]) != wire.ErNetReadInterrupted {
			t.Errorf("%s: %q, %v", name, payload, err)
		}
		<-s.done
	}
	// One that is only idle is left alone.
	c := rawClient(t, p)
	s := newest(t, p)
	select {
	case <-s.done:
		t.Error("an idle session ended")
	case <-time.After(time.Second):
	}
	send(t, c, "\x0e")
	if payload, _, err := c.ReadMessage(1 << 20); err != nil || payload[0] != 0 {
		t.Errorf("ping: %q, %v", payload, err)
	}
}

// TestStopIsNotLost: a stop that comes while the session moves its deadline
// must end the wait all the same.
func TestStopIsNotLost(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	there, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	here, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	buf := make([]byte, 1)
	for range 5000 {
		m := &mailbox{Conn: here}
		m.bound(time.Hour)
		go m.stop()
		err := m.wait(time.Hour, func() error { _, err := m.Read(buf); return err }, m.stopped.Load)
		if !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
		if _, err := m.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
	}
}

// TestLoadDataLocalThroughFilters: the request for the file reaches the client
// at once, whatever the filters want to see, and the numbers of the packets are
// right on both sides.
func TestLoadDataLocalThroughFilters(t *testing.T) {
	p := startProxy(t, "", misfits())
	mysql.RegisterReaderHandler("few", func() io.Reader {
		return io.MultiReader(strings.NewReader("1\tone\n"), bytes.NewReader(bytes.Repeat([]byte("2\ttwo\n"), 10000)))
	})
	defer mysql.DeregisterReaderHandler("few")
	db := client(t, p, "allowAllFiles=true&multiStatements=true")
	do(t, db, "CREATE OR REPLACE TABLE loaded2 (a INT, b TEXT)")
	for _, chain := range [][]string{{"columns-close"}, {"rows-close"}, {"buffered-close"}, {"rows-close", "buffered-close", "summary-close"}} {
		for _, query := range []string{
			"LOAD DATA LOCAL INFILE 'Reader::few' INTO TABLE loaded2",
			"DO 1; LOAD DATA LOCAL INFILE 'Reader::few' INTO TABLE loaded2",
		} {
			c, s := oneOf(t, p, db)
			setFilters(t, s, chain...)
			do(t, c, "TRUNCATE TABLE loaded2")
			do(t, c, query)
			if got := get(t, c, "SELECT COUNT(*) FROM loaded2 FOR UPDATE"); got != "10001" {
				t.Errorf("%v, %s: %s rows", chain, query, got)
			}
		}
	}
}

// TestPrepareThroughFilters: the reply to a preparation has definitions and no
// result.
func TestPrepareThroughFilters(t *testing.T) {
	p := startProxy(t, "", misfits())
	db := client(t, p, "")
	for _, level := range []string{"summary", "columns", "rows", "buffered"} {
		c, s := oneOf(t, p, db)
		setFilters(t, s, level+"-close", level+"-close")
		for i := range 3 {
			if got := get(t, c, "SELECT CONCAT(?, '-', ?)", i, "x"); got != fmt.Sprintf("%d-x", i) {
				t.Errorf("%s: %s", level, got)
			}
		}
		eventually(t, "the statements to be closed", func() bool { return s.Snapshot().Client.HistoryMetadata == 0 })
	}
	// One that is refused is not left behind.
	c, s := oneOf(t, p, db)
	setFilters(t, s, "buffered-close")
	if _, err := read(c, misfit("whole-reject")+" LIMIT ?", 1); errno(err) != 4711 {
		t.Errorf("refused: %v", err)
	}
	if got := get(t, c, "SELECT ?", 1); got != "1" {
		t.Error(got)
	}
	eventually(t, "the statements to be closed", func() bool { return s.Snapshot().Client.HistoryMetadata == 0 })
}

// TestLargeCommandThatTheServerRefuses: the server closes its connection in the
// middle of a command that is being streamed. The rest of it is not taken for
// the next command, and nothing is sent elsewhere.
func TestLargeCommandThatTheServerRefuses(t *testing.T) {
	p := startProxy(t, "", "")
	for _, srv := range []*mariadbtest.Server{primary, replica} {
		srv.Exec(t, "SET GLOBAL max_allowed_packet = 16777216")
	}
	c := one(t, client(t, p, "maxAllowedPacket=134217728"))
	_, err := read(c, "SELECT LENGTH('"+strings.Repeat("x", 40<<20)+"')")
	if errno(err) == 0 {
		t.Fatalf("got %v, want an error of the proxy's or the server's", err)
	}
	if got := get(t, c, "SELECT 'next'"); got != "next" {
		t.Error(got)
	}
}
