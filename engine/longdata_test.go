package engine

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// execute is a COM_STMT_EXECUTE with one parameter that was sent as long data.
func execute(id uint32) []byte {
	p := binary.LittleEndian.AppendUint32([]byte{byte(wire.ComStmtExecute)}, id)
	return append(p, 0, 1, 0, 0, 0, 0, 1, byte(wire.TypeBlob), 0)
}

func longData(id uint32, data []byte) []byte {
	p := binary.LittleEndian.AppendUint32([]byte{byte(wire.ComStmtSendLongData)}, id)
	return append(append(p, 0, 0), data...)
}

// field runs a query and returns its one field.
func field(t *testing.T, c *wire.Conn, query string) string {
	t.Helper()
	send(t, c, "\x03"+query)
	var value string
	var r wire.Reply
	r.Reset(wire.ComQuery, wire.ClientProtocol41|wire.ClientDeprecateEOF|wire.ClientSessionTrack)
	for !r.Done() {
		payload, seq, err := c.ReadMessage(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		part, err := r.Next(wire.Header{Len: len(payload), Seq: seq}, payload)
		if err != nil || r.Errno != 0 {
			t.Fatalf("%s: %v, error %d: %s", query, err, r.Errno, r.Message)
		}
		if part == wire.PartRow {
			v, _, err := wire.NextTextField(payload)
			if err != nil {
				t.Fatal(err)
			}
			value = string(v)
		}
	}
	return value
}

// TestLongDataReachesEveryServer: a session command with long data is executed
// with it everywhere.
func TestLongDataReachesEveryServer(t *testing.T) {
	p := startProxy(t, "", "")
	c := rawClient(t, p)
	const onReplica, onPrimary = "SELECT CONCAT(@@read_only, @a)", "SELECT CONCAT(@@read_only, @a) FOR UPDATE"
	field(t, c, onReplica)
	field(t, c, onPrimary)
	var r wire.Reply
	roundTrip(t, c, &r, []byte("\x16SET @a = ?"))
	id := r.StatementID
	send(t, c, string(longData(id, []byte("hel"))))
	send(t, c, string(longData(id, []byte("lo"))))
	roundTrip(t, c, &r, execute(id))
	if got := field(t, c, onReplica); got != "ONhello" {
		t.Errorf("replica: %q", got)
	}
	if got := field(t, c, onPrimary); got != "OFFhello" {
		t.Errorf("primary: %q", got)
	}
}

// TestLongDataThatIsLost: more than can be held back is on its server, and goes
// with it. The execution must not happen without.
func TestLongDataThatIsLost(t *testing.T) {
	p := startProxy(t, "", "")
	primary.Exec(t, "CREATE OR REPLACE TABLE "+mariadbtest.Schema+".longdata (v LONGBLOB)")
	c := rawClient(t, p)
	var r wire.Reply
	roundTrip(t, c, &r, []byte("\x16INSERT INTO "+mariadbtest.Schema+".longdata VALUES (?)"))
	id := r.StatementID
	chunk := bytes.Repeat([]byte("x"), 700<<10)
	for range 3 {
		send(t, c, string(longData(id, chunk)))
	}
	thread := field(t, c, "SELECT CONNECTION_ID() FOR UPDATE") // the server has taken the data in
	primary.Exec(t, "KILL "+thread)
	eventually(t, "the connection to be gone", func() bool {
		var n int
		err := primary.DB(t).QueryRow("SELECT COUNT(*) FROM information_schema.processlist WHERE id = " + thread).Scan(&n)
		return err == nil && n == 0
	})
	send(t, c, string(execute(id)))
	payload, _, err := c.ReadMessage(1 << 20)
	if err != nil || payload[0] != 0xff {
		t.Fatalf("the execution without its data: % x, %v", payload[:min(len(payload), 20)], err)
	}
	if got := field(t, c, "SELECT COUNT(*) FROM "+mariadbtest.Schema+".longdata FOR UPDATE"); got != "0" {
		t.Errorf("%s rows were inserted", got)
	}
	// Sent again, it works.
	for range 3 {
		send(t, c, string(longData(id, chunk)))
	}
	roundTrip(t, c, &r, execute(id))
	if got := field(t, c, "SELECT LENGTH(v) FROM "+mariadbtest.Schema+".longdata FOR UPDATE"); got != "2150400" {
		t.Errorf("%s bytes were inserted", got)
	}
}
