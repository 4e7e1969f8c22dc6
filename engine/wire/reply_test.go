package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// track runs a reply through the tracker and writes down what it saw, one
// word a packet. It fails the test if Done comes early or late.
func track(t *testing.T, r *Reply, raw []byte) string {
	t.Helper()
	c := readFrom(bytes.NewReader(raw))
	var parts []string
	for {
		h, err := c.PeekHeader()
		if err != nil {
			break
		}
		if r.Done() {
			t.Fatalf("done before the end, after %v", parts)
		}
		p, err := c.Peek(HeaderLen + r.Need(h))
		if err != nil {
			t.Fatal(err)
		}
		part, err := r.Next(h, p[HeaderLen:])
		if err != nil {
			t.Fatalf("after %v: %v", parts, err)
		}
		parts = append(parts, part.String())
		if part == PartLocalInfile {
			r.LocalInfileSent()
		}
		if _, err := c.Skip(int64(HeaderLen + h.Len)); err != nil {
			t.Fatal(err)
		}
	}
	if !r.Done() {
		t.Errorf("not done after %v, in state %v", parts, r.State)
	}
	return strings.Join(parts, ", ")
}

// script builds a reply: each string is a payload.
func script(payloads ...string) []byte {
	var raw []byte
	seq := byte(1)
	for _, p := range payloads {
		raw = AppendPacket(raw, seq, []byte(p))
		seq = NextSeq(seq, len(p))
	}
	return raw
}

const (
	okPlain    = "\x00\x03\x07\x02\x00\x01\x00"
	okMore     = "\x00\x01\x00\x0a\x00\x00\x00"
	eof        = "\xfe\x00\x00\x02\x00"
	eofMore    = "\xfe\x00\x00\x0a\x00"
	eofCursor  = "\xfe\x00\x00\x42\x00"
	eofLast    = "\xfe\x00\x00\x82\x00"
	okEOF      = "\xfe\x00\x00\x02\x00\x00\x00"
	okEOFMore  = "\xfe\x00\x00\x0a\x00\x00\x00"
	okCursor   = "\xfe\x00\x00\x42\x00\x00\x00"
	errKilled  = "\xff\x25\x05#70100Query execution was interrupted"
	errBare    = "\xff\x10\x04Too many connections"
	progress   = "\xff\xff\xff\x01\x01\x02\x10\x27\x00\x05stage"
	column     = "\x03def\x00\x00\x00\x01a\x00\x0c\x3f\x00\x01\x00\x00\x00\x08\x81\x00\x00\x00\x00"
	row        = "\x011"
	binaryRow  = "\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"
	prepared11 = "\x00\x2a\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00"
	prepared00 = "\x00\x2a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	prepared02 = "\x00\x2a\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00"
)

func TestReply(t *testing.T) {
	const dep = ClientDeprecateEOF
	const set = "column count, column, columns end, row, rows end"
	stateOK := "\x00\x00\x00\x02\x40\x00\x00\x00\x07\x01\x05\x04test"
	for _, test := range []struct {
		name string
		cmd  Command
		caps Capability
		raw  []byte
		want string
	}{
		{"ok", ComQuery, 0, script(okPlain), "OK"},
		{"ok with session state", ComQuery, dep | ClientSessionTrack, script(stateOK), "OK"},
		{"error", ComQuery, 0, script(errKilled), "ERR"},
		{"error without state", ComQuery, 0, script(errBare), "ERR"},
		{"rows", ComQuery, 0, script("\x01", column, eof, row, eof), set},
		{"rows, no EOF", ComQuery, dep, script("\x01", column, row, okEOF), "column count, column, row, rows end"},
		{"no rows", ComQuery, 0, script("\x01", column, eof, eof), "column count, column, columns end, rows end"},
		{"NULL first", ComQuery, 0, script("\x01", column, eof, "\xfb", eof), set},
		{"error in rows", ComQuery, 0, script("\x01", column, eof, row, errKilled), "column count, column, columns end, row, ERR"},
		{"error in columns", ComQuery, 0, script("\x02", column, errKilled), "column count, column, ERR"},
		{"two sets", ComQuery, 0, script("\x01", column, eof, row, eofMore, "\x01", column, eof, row, eof), set + ", " + set},
		{"sets and ok", ComQuery, dep, script(okMore, "\x01", column, row, okEOFMore, okPlain), "OK, column count, column, row, rows end, OK"},
		{"error after set", ComQuery, dep, script("\x01", column, row, okEOFMore, errKilled), "column count, column, row, rows end, ERR"},
		{"progress", ComQuery, MariaDBProgress, script(progress, progress, okPlain), "progress, progress, OK"},
		{"progress in rows", ComQuery, MariaDBProgress, script("\x01", column, eof, progress, row, eof), "column count, column, columns end, progress, row, rows end"},
		{"local infile", ComQuery, 0, script("\xfb/etc/motd", okPlain), "local infile, OK"},
		{"local infile, more", ComQuery, 0, script("\xfb/a", okMore, "\xfb/b", errKilled), "local infile, OK, local infile, ERR"},
		{"cached metadata", ComQuery, MariaDBCacheMetadata, script("\x01\x00", eof, row, eof), "column count, columns end, row, rows end"},
		{"cached metadata, no EOF", ComStmtExecute, dep | MariaDBCacheMetadata, script("\x01\x00", binaryRow, okEOF), "column count, row, rows end"},
		{"metadata in spite of caching", ComQuery, dep | MariaDBCacheMetadata, script("\x01\x01", column, row, okEOF), "column count, column, row, rows end"},
		{"execute", ComStmtExecute, 0, script("\x01", column, eof, binaryRow, eof), set},
		{"execute, out parameters", ComStmtExecute, dep, script("\x01", column, binaryRow, okEOFMore, okPlain), "column count, column, row, rows end, OK"},
		{"cursor", ComStmtExecute, 0, script("\x01", column, eofCursor), "column count, column, columns end"},
		{"cursor, no EOF", ComStmtExecute, dep, script("\x01", column, okCursor), "column count, column, rows end"},
		{"query is no cursor", ComQuery, 0, script("\x01", column, eofCursor, row, eof), set},
		{"fetch", ComStmtFetch, 0, script(binaryRow, binaryRow, eofCursor), "row, row, rows end"},
		{"fetch the last", ComStmtFetch, dep, script(binaryRow, okEOF), "row, rows end"},
		{"fetch nothing", ComStmtFetch, 0, script(eofLast), "rows end"},
		{"fetch fails", ComStmtFetch, 0, script(errKilled), "ERR"},
		{"bulk", ComStmtBulkExecute, dep, script(okPlain), "OK"},
		{"bulk returning", ComStmtBulkExecute, dep, script("\x01", column, binaryRow, okEOF), "column count, column, row, rows end"},
		{"prepare", ComStmtPrepare, 0, script(prepared11, column, eof, column, eof), "prepare OK, param, params end, column, columns end"},
		{"prepare, no EOF", ComStmtPrepare, dep, script(prepared11, column, column), "prepare OK, param, column"},
		{"prepare, nothing", ComStmtPrepare, 0, script(prepared00), "prepare OK"},
		{"prepare, columns", ComStmtPrepare, 0, script(prepared02, column, column, eof), "prepare OK, column, column, columns end"},
		{"prepare fails", ComStmtPrepare, dep, script(errKilled), "ERR"},
		{"field list", ComFieldList, 0, script(column, column+"\xfb", eof), "column, column, rows end"},
		{"field list, no EOF", ComFieldList, dep, script(column, okEOF), "column, rows end"},
		{"statistics", ComStatistics, 0, script("Uptime: 17  Threads: 1"), "opaque"},
		{"statistics, nothing", ComStatistics, 0, script(""), "opaque"},
		{"statistics fail", ComStatistics, 0, script(errKilled), "ERR"},
		{"set option", ComSetOption, 0, script(eof), "OK"},
		{"set option, EOF all the same", ComSetOption, dep, script(eof), "OK"},
		{"set option, no EOF", ComSetOption, dep, script(okEOF), "OK"},
		{"more flag on a simple command", ComPing, 0, script(okMore), "OK"},
		{"debug", ComDebug, 0, script(eof), "OK"},
		{"unknown command", Command(0x77), 0, script("\xff\x17\x04#08S01Unknown command"), "ERR"},
		{"process info", ComProcessInfo, 0, script("\x01", column, eof, row, eof), set},
		{"change user", ComChangeUser, 0, script("\xfemysql_native_password\x00salt\x00", "\x01\x04", okPlain), "opaque, opaque, OK"},
		{"binlog", ComBinlogDump, dep, script("\x00event", "\x00event", eof), "opaque, opaque, opaque"},
		{"binlog fails", ComBinlogDump, 0, script("\x00event", errKilled), "opaque, ERR"},
		{"quit", ComQuit, 0, nil, ""},
		{"close", ComStmtClose, 0, nil, ""},
		{"long data", ComStmtSendLongData, 0, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r Reply
			r.Reset(test.cmd, test.caps)
			if got := track(t, &r, test.raw); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if r.Bytes != uint64(len(test.raw)) {
				t.Errorf("counted %d bytes, want %d", r.Bytes, len(test.raw))
			}
		})
	}
}

func TestReplySummary(t *testing.T) {
	var r Reply
	r.Reset(ComQuery, ClientDeprecateEOF)
	track(t, &r, script(okMore, okMore, "\x01", column, row, row, okEOFMore, errKilled))
	if r.Affected != 2 || r.Rows != 2 || r.Results != 4 || r.Columns != 1 || r.NextSeq != 9 {
		t.Errorf("summary %+v", r)
	}
	if r.Errno != ErQueryInterrupted || string(r.SQLState[:]) != "70100" || string(r.Message) != "Query execution was interrupted" {
		t.Errorf("error %d %s %q", r.Errno, r.SQLState[:], r.Message)
	}
	r.Reset(ComQuery, 0)
	track(t, &r, script(okPlain))
	if r.Errno != 0 || len(r.Message) != 0 || r.Affected != 3 || r.LastInsertID != 7 || r.Warnings != 1 || r.Status != StatusAutocommit {
		t.Errorf("summary %+v", r)
	}
	r.Reset(ComStmtPrepare, 0)
	track(t, &r, script(prepared11, column, eof, column, eof))
	if r.StatementID != 42 || r.Params != 1 || r.Columns != 1 {
		t.Errorf("summary %+v", r)
	}
	r.Reset(ComQuery, 0)
	track(t, &r, script("\xff\x10\x04"+strings.Repeat("m", 2000)))
	if len(r.Message) != maxMessage || r.SQLState != [5]byte{} {
		t.Errorf("message of %d bytes, state %q", len(r.Message), r.SQLState)
	}
}

// TestReplyLongRows has rows around 16 MiB, among them one that begins with
// 0xFE, under both styles of the end of rows.
func TestReplyLongRows(t *testing.T) {
	for _, caps := range []Capability{0, ClientDeprecateEOF} {
		head, end := []string{"\x01", column, eof}, eof
		if caps != 0 {
			head, end = []string{"\x01", column}, okEOF
		}
		for _, size := range []int{MaxPayload - 4, MaxPayload - 3, 1 << 24, 2*MaxPayload - 9} {
			value := string(AppendLenencString(nil, strings.Repeat("v", size)))
			var r Reply
			r.Reset(ComQuery, caps)
			got := track(t, &r, script(append(head, value, row, end)...))
			want := "row" + strings.Repeat(", continuation", len(value)/MaxPayload) + ", row, rows end"
			if !strings.HasSuffix(got, want) || r.Rows != 2 {
				t.Errorf("%d bytes, caps %v: %d rows, %s", size, caps, r.Rows, got)
			}
		}
	}
}

func TestReplyRefusesNonsense(t *testing.T) {
	for _, test := range []struct {
		name string
		cmd  Command
		caps Capability
		raw  []byte
	}{
		{"empty packet", ComQuery, 0, script("")},
		{"short OK", ComQuery, 0, script("\x00\x00")},
		{"short ERR", ComQuery, 0, script("\xff\x01")},
		{"long column count", ComQuery, 0, script("\x01\x01")},
		{"OK as EOF that was not agreed", ComQuery, 0, script("\x01", column, eof, row, "\xfe\x00\x00\x02\x00\x00\x00\x00\x00\x00")},
		{"row instead of EOF", ComQuery, 0, script("\x01", column, row)},
		{"binary row with a wrong head", ComStmtExecute, ClientDeprecateEOF, script("\x01", column, row)},
		{"statement instead of OK", ComPing, 0, script(row)},
		{"packet after the end", ComQuit, 0, script(okPlain)},
		{"prepare, short", ComStmtPrepare, 0, script("\x00\x01")},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r Reply
			r.Reset(test.cmd, test.caps)
			rest := test.raw
			for len(rest) > 0 {
				h := header(rest)
				_, err := r.Next(h, rest[HeaderLen:HeaderLen+h.Len])
				if errors.Is(err, ErrMalformed) {
					// Errors go to logs, where what is behind the first byte has no business.
					if p := rest[HeaderLen:][:h.Len]; len(p) > 1 && strings.Contains(err.Error(), fmt.Sprintf("% x", p[:2])) {
						t.Errorf("it tells what is in the packet: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[HeaderLen+h.Len:]
			}
			t.Error("accepted")
		})
	}
	var r Reply
	r.Reset(ComPing, 0)
	if _, err := r.Next(Header{Len: 7}, []byte(okPlain[:3])); err == nil {
		t.Error("Next took fewer bytes than it needs")
	}
}

// TestScan holds Scan against Next.
func TestScan(t *testing.T) {
	raw := script("\x01", column, eof, row, row, "\xfb", row, eofMore, "\x01", column, eof, row, eof)
	for cut := range len(raw) {
		var r Reply
		r.Reset(ComQuery, 0)
		for _, buf := range [][]byte{raw[:cut], raw} {
			at := int(r.Bytes)
			for at < len(buf) {
				if n := r.Scan(buf[at:]); n > 0 {
					at += n
					continue
				}
				if len(buf)-at < HeaderLen || len(buf)-at < HeaderLen+header(buf[at:]).Len {
					break
				}
				h := header(buf[at:])
				if _, err := r.Next(h, buf[at+HeaderLen:at+HeaderLen+h.Len]); err != nil {
					t.Fatal(err)
				}
				at += HeaderLen + h.Len
			}
		}
		if !r.Done() || r.Rows != 5 || r.Results != 2 || r.Bytes != uint64(len(raw)) {
			t.Fatalf("cut at %d: %+v", cut, r)
		}
	}
}
