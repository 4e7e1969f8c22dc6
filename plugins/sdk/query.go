package sdk

import (
	"bytes"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Query is the command that a filter or router is asked about. It and the
// slices that it returns are valid until the hook returns, and until the
// verdict is made with Replace.
type Query struct {
	length int
	whole  []byte // a statement longer than the window, fetched once
	buf    []byte // kept between calls
}

func (q *Query) begin(n int) {
	q.length = max(0, min(n, boundary.WindowCap))
	q.whole = nil
}

// Sequence is the number of the command in its session, from 1.
func (q *Query) Sequence() uint64 { return boundary.Header.U64(abi.HdrSequence) }

// Command is the command byte: ComQuery and so on.
func (q *Query) Command() byte { return boundary.Header[abi.HdrCommand] }

// Payload is the command as far as it lies in the window.
func (q *Query) Payload() []byte { return boundary.Window[:q.length] }

// SQL is the statement's text in the client's character set, as far as it lies
// in the window; see Truncated and Whole. It is empty for commands without one.
// The text of ComStmtExecute is there if the plugin declared abi.NeedSQL.
func (q *Query) SQL() []byte {
	if q.whole != nil {
		return q.whole
	}
	off := int(boundary.Header.U32(abi.HdrSQLOffset))
	if off >= q.length {
		return nil
	}
	return boundary.Window[off:min(q.length, off+q.SQLLength())]
}

// SQLLength is the statement's full length.
func (q *Query) SQLLength() int { return int(boundary.Header.U32(abi.HdrSQLLength)) }

// Truncated reports that SQL returns less than the whole statement.
func (q *Query) Truncated() bool { return len(q.SQL()) < q.SQLLength() }

// Whole returns the whole statement if it is at most limit bytes long. It
// reports false for longer ones and for those that the host does not hold in
// memory (16 MB and more).
func (q *Query) Whole(limit int) ([]byte, bool) {
	n := q.SQLLength()
	if n > limit {
		return nil, false
	}
	if sql := q.SQL(); len(sql) == n {
		return sql, true
	}
	if q.Flag(abi.SessionLarge) {
		return nil, false
	}
	if cap(q.buf) < n {
		q.buf = make([]byte, n)
	}
	text := q.buf[:n]
	off := int(boundary.Header.U32(abi.HdrSQLOffset))
	for at := 0; at < n; {
		got := boundary.PayloadRead(off+at, text[at:])
		if got <= 0 {
			return nil, false
		}
		at += got
	}
	q.whole = text
	return text, true
}

// Type has the statement's abi.Type* bits (abi.NeedClassify).
func (q *Query) Type() uint64 { return boundary.Header.U64(abi.HdrType) }

// Is reports whether one of the abi.Type* bits is set.
func (q *Query) Is(bits uint64) bool { return q.Type()&bits != 0 }

// Operation is the statement's verb (abi.NeedClassify).
func (q *Query) Operation() abi.Operation {
	return abi.Operation(boundary.Header.U32(abi.HdrOperation))
}

// Digest identifies the canonical statement (abi.NeedDigest).
func (q *Query) Digest() uint64 { return boundary.Header.U64(abi.HdrDigest) }

// LastTarget is the index of the server that got the session's last command,
// abi.NoTarget if there is none.
func (q *Query) LastTarget() uint32 { return boundary.Header.U32(abi.HdrServer) }

// TargetsVersion grows whenever a server's status changes.
func (q *Query) TargetsVersion() uint32 { return boundary.Header.U32(abi.HdrTargets) }

// Charset is the collation id of the client's character set.
func (q *Query) Charset() uint32 { return boundary.Header.U32(abi.HdrCharset) }

// StatementID is the client's id of the prepared statement, 0 if none.
func (q *Query) StatementID() uint32 { return boundary.Header.U32(abi.HdrStatementID) }

// Flags has the abi.Session* bits.
func (q *Query) Flags() uint32 { return boundary.Header.U32(abi.HdrSessionFlags) }

// Flag reports whether one of the abi.Session* bits is set.
func (q *Query) Flag(bits uint32) bool { return q.Flags()&bits != 0 }

// InTransaction is what the server's own status flags say.
func (q *Query) InTransaction() bool { return q.Flag(abi.SessionInTransaction) }

// Autocommit is what the server's own status flags say.
func (q *Query) Autocommit() bool { return q.Flag(abi.SessionAutocommit) }

// Canonical returns the statement without literals and comments
// (abi.NeedCanonical).
func (q *Query) Canonical() []byte { return fetch(boundary.SQLCanonical) }

// Tables returns the statement's tables, "schema.table" or "table" (abi.NeedSQL).
func (q *Query) Tables() []string {
	list := fetch(boundary.SQLTables)
	var out []string
	for len(list) > 0 {
		name, rest, _ := bytes.Cut(list, []byte{0})
		out, list = append(out, string(name)), rest
	}
	return out
}

// Hint is the routing hint so far. The name aliases the header.
func (q *Query) Hint() (kind abi.HintKind, server []byte) { return boundary.Header.Hint() }

// SetHint tells the router, and the filters before it, where to send the
// command. The server is for abi.HintServer.
func (q *Query) SetHint(kind abi.HintKind, server string) { boundary.Header.SetHint(kind, server) }

// RaiseReply asks for more of this command's reply than Options.ReplyLevel
// says, or for less.
func (q *Query) RaiseReply(l abi.ReplyLevel) { boundary.Header.SetU32(abi.HdrReplyLevel, uint32(l)) }

// Replace puts another statement in the place of this one. It is for commands
// that carry their statement, ComQuery and ComStmtPrepare; others pass as they
// are. sql must not alias the window.
func (q *Query) Replace(sql []byte) Verdict {
	if c := q.Command(); c != ComQuery && c != ComStmtPrepare {
		return Pass
	}
	n, ok := output(int(boundary.Header.U32(abi.HdrSQLOffset)), sql)
	if !ok {
		return Close(1153, "08S01", "the statement became too long when it was rewritten")
	}
	return abi.NewVerdict(abi.Replaced, uint32(n))
}

// fetch calls an import that copies out up to its buffer's capacity, again
// with a larger buffer if it must.
func fetch(read func([]byte) int) []byte {
	buf := make([]byte, 512)
	for {
		n := read(buf)
		if n < 0 {
			return nil
		}
		if n <= len(buf) {
			return buf[:n]
		}
		buf = make([]byte, n)
	}
}
