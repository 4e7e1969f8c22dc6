package wire

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/mariadbtest"
)

var update = flag.Bool("update", false, "capture testdata/replies from a MariaDB server")

// login connects to a server with exactly the capabilities of caps, as far as
// the server has them, and returns those agreed.
func login(t *testing.T, addr string, caps Capability) (*Conn, Capability) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := NewConn(nc)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	payload, seq, err := c.ReadMessage(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	var g Greeting
	if err := g.Decode(payload); err != nil {
		t.Fatal(err)
	}
	if again := g.Encode(nil); !bytes.Equal(again, payload) {
		t.Errorf("the greeting encodes to\n% x, it was\n% x", again, payload)
	}
	caps = (caps | ClientProtocol41 | ClientSecureConnection | ClientPluginAuth | ClientConnectWithDB) & g.Capabilities
	one := sha1.Sum([]byte(mariadbtest.AppPassword))
	two := sha1.Sum(one[:])
	auth := sha1.Sum(append(bytes.Clone(g.Salt), two[:]...))
	for i := range auth {
		auth[i] ^= one[i]
	}
	response := HandshakeResponse{Capabilities: caps, MaxPacket: 1 << 30, Collation: 45, User: mariadbtest.AppUser,
		Auth: auth[:], Schema: mariadbtest.Schema, Plugin: PluginNative}
	if _, err := c.WriteMessage(response.Encode(nil), seq+1); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	payload, _, err = c.ReadMessage(1 << 20)
	if err != nil || len(payload) == 0 || payload[0] != 0 {
		t.Fatalf("login: %q, error %v", payload, err)
	}
	return c, caps
}

// exchange sends a command and follows the reply. data is what LOAD DATA LOCAL
// gets. It returns the parts, and the raw reply up to a limit.
func exchange(t *testing.T, c *Conn, caps Capability, payload []byte, data string) (*Reply, string, []byte) {
	t.Helper()
	if _, err := c.WriteMessage(payload, 0); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	var r Reply
	var parts []string
	var raw []byte
	for r.Reset(Command(payload[0]), caps); !r.Done(); {
		h, err := c.PeekHeader()
		if err != nil {
			t.Fatalf("after %v: %v", parts, err)
		}
		p, err := c.Peek(HeaderLen + r.Need(h))
		if err != nil {
			t.Fatal(err)
		}
		if h.Seq != r.NextSeq {
			t.Errorf("sequence %d, expected %d", h.Seq, r.NextSeq)
		}
		part, err := r.Next(h, p[HeaderLen:])
		if err != nil {
			t.Fatalf("after %v: %v", parts, err)
		}
		parts = append(parts, part.String())
		if h.Len < 1<<16 {
			if p, err = c.Peek(HeaderLen + h.Len); err != nil {
				t.Fatal(err)
			}
			raw = append(raw, p...)
		}
		if _, err := c.Skip(int64(HeaderLen + h.Len)); err != nil {
			t.Fatal(err)
		}
		if part == PartLocalInfile {
			next, err := c.WriteMessage([]byte(data), h.Seq+1)
			if err == nil && data != "" {
				next, err = c.WriteMessage(nil, next)
			}
			if err == nil {
				err = c.Flush()
			}
			if err != nil {
				t.Fatal(err)
			}
			r.LocalInfileSent()
			r.NextSeq = next
		}
	}
	if n := len(c.Buffered()); n > 0 {
		t.Fatalf("done after %v with %d bytes left", parts, n)
	}
	return &r, strings.Join(parts, ", "), raw
}

func query(sql string) []byte { return append([]byte{byte(ComQuery)}, sql...) }

// liveVariants are the capabilities that change the framing.
var liveVariants = map[string]Capability{
	"classic":        0,
	"deprecate-eof":  ClientDeprecateEOF,
	"cache-metadata": MariaDBCacheMetadata,
	"everything": ClientDeprecateEOF | ClientSessionTrack | MariaDBCacheMetadata | MariaDBProgress |
		MariaDBExtendedTypes | MariaDBStmtBulk | ClientTransactions,
}

// TestReplyAgainstServer follows every kind of reply of a real server. The
// ping after each finds out whether the reply's end was the right one.
func TestReplyAgainstServer(t *testing.T) {
	s := mariadbtest.Start(t, mariadbtest.Args("--max-allowed-packet=64M", "--local-infile=1"))
	s.Exec(t, "CREATE TABLE test.t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20) DEFAULT 'x', n INT)",
		"INSERT INTO test.t (v, n) VALUES ('a', 1), ('b', 2), (NULL, 3)",
		"CREATE PROCEDURE test.two() BEGIN SELECT 1; SELECT v FROM test.t; END",
		"CREATE PROCEDURE test.outp(OUT a INT) BEGIN SET a = 7; END",
		"CREATE TABLE test.load_into (v VARCHAR(20))",
		"GRANT SUPER ON *.* TO "+mariadbtest.AppUser) // for COM_DEBUG
	common := ClientLocalFiles | ClientMultiStatements | ClientMultiResults | ClientPSMultiResults
	for _, name := range slices.Sorted(maps.Keys(liveVariants)) {
		t.Run(name, func(t *testing.T) {
			c, caps := login(t, s.Addr, common|liveVariants[name])
			l := &liveRun{t: t, c: c, caps: caps, dir: name}
			l.texts()
			l.commands()
			l.statements()
			l.longRows()
			if n := len(l.seen); n < 35 {
				t.Errorf("only %d replies were seen", n)
			}
		})
	}
}

type liveRun struct {
	t    *testing.T
	c    *Conn
	caps Capability
	dir  string
	seen []string
}

// run does one exchange, a ping after it, and captures the reply if asked to.
func (l *liveRun) run(name string, payload []byte, data string) (*Reply, string) {
	l.t.Helper()
	r, parts, raw := exchange(l.t, l.c, l.caps, payload, data)
	if _, pong, _ := exchange(l.t, l.c, l.caps, []byte{byte(ComPing)}, ""); pong != "OK" {
		l.t.Fatalf("%s: %s, and the ping after it: %s", name, parts, pong)
	}
	l.seen = append(l.seen, name)
	if *update && uint64(len(raw)) == r.Bytes {
		var b strings.Builder
		fmt.Fprintf(&b, "command %#02x\ncapabilities %#x\nparts %s\n", payload[0], uint64(l.caps), parts)
		for len(raw) > 0 {
			n := HeaderLen + header(raw).Len
			fmt.Fprintf(&b, "%x\n", raw[:n])
			raw = raw[n:]
		}
		file := filepath.Join("testdata", "replies", l.dir, name+".txt")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			l.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			l.t.Fatal(err)
		}
	}
	return r, parts
}

func (l *liveRun) ends(parts, want string) {
	l.t.Helper()
	parts = strings.ReplaceAll(parts, "progress, ", "") // they come when they like
	if !strings.HasSuffix(parts, want) {
		l.t.Errorf("%s: got %s, want …%s", l.seen[len(l.seen)-1], parts, want)
	}
}

func (l *liveRun) texts() {
	for _, q := range []struct{ name, sql, end string }{
		{"ok", "SET @a = 1", "OK"},
		{"insert", "INSERT INTO t (n) VALUES (9)", "OK"},
		{"begin", "BEGIN", "OK"},
		{"rollback", "ROLLBACK", "OK"},
		{"use", "USE test", "OK"},
		{"select", "SELECT * FROM t", "row, rows end"},
		{"select-again", "SELECT * FROM t", "row, rows end"},
		{"select-null", "SELECT NULL, 1", "row, rows end"},
		{"select-nothing", "SELECT * FROM t WHERE id < 0", "rows end"},
		{"error", "SELECT nothing", "ERR"},
		{"error-in-rows", "SELECT (SELECT seq FROM seq_1_to_2 WHERE seq >= 3 - s.seq) FROM seq_1_to_3 s", "row, ERR"},
		{"several", "SELECT 1; SET @a = 2; SELECT id FROM t; DO 1", "row, rows end, OK"},
		{"several-failing", "SELECT 1; SELECT nothing; SELECT 2", "row, rows end, ERR"},
		{"call", "CALL two()", "row, rows end, OK"},
		{"show", "SHOW VARIABLES LIKE 'version'", "row, rows end"},
		{"explain", "EXPLAIN SELECT * FROM t", "row, rows end"},
		{"handler", "HANDLER t OPEN; HANDLER t READ FIRST; HANDLER t CLOSE", "OK"},
		{"returning", "INSERT INTO t (n) VALUES (10) RETURNING id", "row, rows end"},
		{"xa", "XA RECOVER", "rows end"},
		{"shutdown-refused", "KILL 4000000000", "ERR"},
	} {
		_, parts := l.run(q.name, query(q.sql), "")
		l.ends(parts, q.end)
	}
	load := query("LOAD DATA LOCAL INFILE 'client.csv' INTO TABLE load_into")
	r, parts := l.run("local-infile", load, "one\ntwo\n")
	l.ends(parts, "local infile, OK")
	if r.Affected != 2 {
		l.t.Errorf("loaded %d rows, want 2", r.Affected)
	}
	_, parts = l.run("local-infile-empty", load, "")
	l.ends(parts, "local infile, OK")
	_, parts = l.run("local-infile-and-more", append(load, "; SELECT 1"...), "three\n")
	l.ends(parts, "local infile, OK, column count, column"+l.eof()+", row, rows end")
}

// eof is what a list of definitions ends with.
func (l *liveRun) eof() string {
	if l.caps.Has(ClientDeprecateEOF) {
		return ""
	}
	return ", columns end"
}

func (l *liveRun) commands() {
	com := func(c Command, rest string) []byte { return append([]byte{byte(c)}, rest...) }
	for _, x := range []struct {
		name    string
		payload []byte
		end     string
	}{
		{"ping", com(ComPing, ""), "OK"},
		{"init-db", com(ComInitDB, "test"), "OK"},
		{"init-db-unknown", com(ComInitDB, "nowhere"), "ERR"},
		{"statistics", com(ComStatistics, ""), "opaque"},
		{"field-list", com(ComFieldList, "t\x00"), "column, column, column, rows end"},
		{"field-list-unknown", com(ComFieldList, "u\x00"), "ERR"},
		{"process-info", com(ComProcessInfo, ""), "rows end"},
		{"process-kill-unknown", com(ComProcessKill, "\xff\xff\xff\xee"), "ERR"},
		{"debug", com(ComDebug, ""), "OK"},
		{"set-option", com(ComSetOption, "\x00\x00"), "OK"},
		{"set-option-wrong", com(ComSetOption, "\x09\x00"), "ERR"},
		{"refresh", com(ComRefresh, "\x04"), "OK"},
		{"unknown", com(Command(0x77), ""), "ERR"},
		{"reset-connection", com(ComResetConnection, ""), "OK"},
	} {
		r, parts := l.run(x.name, x.payload, "")
		l.ends(parts, x.end)
		if failed := x.end == "ERR"; failed != (r.Errno != 0) {
			l.t.Errorf("%s: %d %s", x.name, r.Errno, r.Message)
		}
	}
}

// prepare prepares a statement and returns its id.
func (l *liveRun) prepare(name, sql string) uint32 {
	l.t.Helper()
	r, parts := l.run(name, append([]byte{byte(ComStmtPrepare)}, sql...), "")
	if r.Errno != 0 {
		l.t.Fatalf("%s: %s %s", sql, parts, r.Message)
	}
	return r.StatementID
}

func (l *liveRun) statements() {
	l.run("prepare-wrong", append([]byte{byte(ComStmtPrepare)}, "SELECT nothing"...), "")
	l.prepare("prepare-nothing", "DO 1")
	l.prepare("prepare-params", "INSERT INTO t (v, n) VALUES (?, ?)")
	id := l.prepare("prepare-both", "SELECT id, v FROM t WHERE n >= ? ORDER BY id")
	execute := StmtExecute{Params: 1, Types: types(TypeLong), ID: id, Iterations: 1, NewTypes: true, Values: [][]byte{{1, 0, 0, 0}}}
	_, parts := l.run("execute", execute.Encode(nil), "")
	l.ends(parts, "row, row, rows end")
	_, parts = l.run("execute-again", execute.Encode(nil), "")
	l.ends(parts, "row, row, rows end")
	if skipped := !strings.Contains(parts, "column, "); skipped != l.caps.Has(MariaDBCacheMetadata) {
		l.t.Errorf("metadata skipped: %v, with capabilities %v", skipped, l.caps)
	}
	execute.Cursor = CursorReadOnly
	r, parts := l.run("cursor", execute.Encode(nil), "")
	if strings.Contains(parts, "row,") || !r.Status.Has(StatusCursorExists) {
		l.t.Errorf("a cursor answered with %s, status %x", parts, r.Status)
	}
	_, parts = l.run("fetch", (&StmtFetch{ID: id, Rows: 2}).Encode(nil), "")
	if parts != "row, row, rows end" {
		l.t.Errorf("fetch: %s", parts)
	}
	r, _ = l.run("fetch-rest", (&StmtFetch{ID: id, Rows: 1000}).Encode(nil), "")
	if !r.Status.Has(StatusLastRowSent) {
		l.t.Errorf("status %x after the last row", r.Status)
	}
	_, parts = l.run("fetch-closed", (&StmtFetch{ID: id, Rows: 1}).Encode(nil), "")
	l.ends(parts, "ERR")
	_, parts = l.run("reset", (&StmtID{Command: ComStmtReset, ID: id}).Encode(nil), "")
	l.ends(parts, "OK")
	_, parts = l.run("reset-unknown", (&StmtID{Command: ComStmtReset, ID: 4711}).Encode(nil), "")
	l.ends(parts, "ERR")
	_, parts = l.run("close", (&StmtID{Command: ComStmtClose, ID: id}).Encode(nil), "")
	l.ends(parts, "")
	call := StmtExecute{ID: l.prepare("prepare-call", "CALL two()"), Iterations: 1}
	_, parts = l.run("execute-call", call.Encode(nil), "")
	l.ends(parts, "row, rows end, OK")
	out := StmtExecute{Params: 1, Types: types(TypeNull), ID: l.prepare("prepare-out", "CALL outp(?)"), Iterations: 1, NewTypes: true}
	_, parts = l.run("execute-out", out.Encode(nil), "")
	l.ends(parts, "row, rows end, OK")
	l.longData()
	if l.caps.Has(MariaDBStmtBulk) {
		l.bulk()
	}
}

func (l *liveRun) longData() {
	id := l.prepare("prepare-long", "SELECT LENGTH(?)")
	l.run("long-data", (&StmtLongData{ID: id, Data: []byte("first")}).Encode(nil), "")
	l.run("long-data-again", (&StmtLongData{ID: id, Data: []byte("second")}).Encode(nil), "")
	execute := StmtExecute{Params: 1, Types: types(TypeBlob), ID: id, Iterations: 1, NewTypes: true, LongData: func(int) bool { return true }}
	_, _, raw := exchange(l.t, l.c, l.caps, execute.Encode(nil), "")
	if !bytes.Contains(raw, []byte{0, 0, 11, 0}) {
		l.t.Errorf("no row with 11 in % x", raw)
	}
}

func (l *liveRun) bulk() {
	id := l.prepare("prepare-bulk", "INSERT INTO t (n) VALUES (?)")
	var sets []byte
	for n := range uint32(3) {
		sets = binary.LittleEndian.AppendUint32(append(sets, 0), 100+n)
	}
	r, parts := l.run("bulk", (&StmtBulkExecute{ID: id, Flags: BulkSendTypes, Types: types(TypeLong), Sets: sets}).Encode(nil), "")
	l.ends(parts, "OK")
	if r.Affected != 3 {
		l.t.Errorf("%d rows affected, want 3", r.Affected)
	}
}

func (l *liveRun) longRows() {
	for _, size := range []int{MaxPayload - 4, 1<<24 - 1, 1 << 24, 20 << 20} {
		r, parts := l.run("long", query(fmt.Sprintf("SELECT REPEAT('v', %d) UNION ALL SELECT 'short'", size)), "")
		l.ends(parts, "row, continuation, row, rows end")
		if r.Rows != 2 {
			l.t.Errorf("%d bytes: %d rows, want 2", size, r.Rows)
		}
	}
}
