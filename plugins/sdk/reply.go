package sdk

import (
	"slices"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Reply is the server's reply, or a part of it, on its way to the client.
type Reply struct {
	phase  abi.ReplyPhase
	length int
	types  []byte // of the current result's columns
	whole  []byte // a part longer than the window, fetched once
	buf    []byte // kept between calls
}

func (r *Reply) begin(phase abi.ReplyPhase, n int) {
	r.phase = phase
	r.length = max(0, min(n, boundary.WindowCap))
	r.whole = nil
	if phase == abi.PhaseColumns {
		r.types = r.types[:0]
		p := r.Packets()
		for payload, _, ok := p.Next(); ok; payload, _, ok = p.Next() {
			var d Definition
			if d.Decode(payload) {
				r.types = append(r.types, d.Type)
			}
		}
	}
}

// Phase says which part this is.
func (r *Reply) Phase() abi.ReplyPhase { return r.phase }

// Command is the command byte that the reply answers.
func (r *Reply) Command() byte { return boundary.Header[abi.HdrCommand] }

// Sequence is the number of the command in its session.
func (r *Reply) Sequence() uint64 { return boundary.Header.U64(abi.HdrSequence) }

// Flag reports whether one of the abi.Session* bits is set.
func (r *Reply) Flag(bits uint32) bool { return boundary.Header.U32(abi.HdrSessionFlags)&bits != 0 }

// State says how the reply ended; final in abi.PhaseSummary.
func (r *Reply) State() abi.ReplyState { return abi.ReplyState(boundary.Header.U32(abi.HdrReplyState)) }

// Errno is the server's error number, 0 if it reported none.
func (r *Reply) Errno() uint32 { return boundary.Header.U32(abi.HdrReplyErrno) }

// SQLState is the server's SQLSTATE. It aliases the header.
func (r *Reply) SQLState() []byte { return boundary.Header[abi.HdrReplySQLSt : abi.HdrReplySQLSt+5] }

// Rows is the number of rows of all results so far.
func (r *Reply) Rows() uint64 { return boundary.Header.U64(abi.HdrRows) }

// Bytes is the size of the reply so far, packet headers included.
func (r *Reply) Bytes() uint64 { return boundary.Header.U64(abi.HdrBytes) }

// Affected is the number of affected rows.
func (r *Reply) Affected() uint64 { return boundary.Header.U64(abi.HdrAffected) }

// LastInsertID is the last insert id.
func (r *Reply) LastInsertID() uint64 { return boundary.Header.U64(abi.HdrLastInsertID) }

// Warnings is the number of warnings.
func (r *Reply) Warnings() uint32 { return boundary.Header.U32(abi.HdrWarnings) }

// ServerStatus has the SERVER_STATUS_* bits of the last OK or EOF.
func (r *Reply) ServerStatus() uint32 { return boundary.Header.U32(abi.HdrServerStatus) }

// Duration is the time since the command was sent.
func (r *Reply) Duration() time.Duration { return time.Duration(boundary.Header.U64(abi.HdrDuration)) }

// Server is the index of the target that answered, abi.NoTarget if none did.
func (r *Reply) Server() uint32 { return boundary.Header.U32(abi.HdrServer) }

// ColumnCount is the number of columns of the current result.
func (r *Reply) ColumnCount() uint32 { return boundary.Header.U32(abi.HdrColumns) }

// Payload is the part's framed packets as far as they lie in the window; in
// abi.PhaseSummary, the error message if there is one.
func (r *Reply) Payload() []byte { return boundary.Window[:r.length] }

// Part is all of the part's framed packets, also what does not lie in the window.
func (r *Reply) Part() []byte {
	if r.length < boundary.WindowCap || !r.Flag(abi.SessionTruncated) {
		return r.Payload()
	}
	if r.whole == nil {
		all := append(r.buf[:0], r.Payload()...)
		for got := 1; got > 0; all = all[:len(all)+max(got, 0)] {
			all = slices.Grow(all, boundary.WindowSize)
			got = boundary.PayloadRead(len(all), all[len(all):cap(all)])
		}
		r.whole = all
		if cap(all) <= maxKept {
			r.buf = all
		}
	}
	return r.whole
}

// maxKept is the largest buffer that is kept for the next call.
const maxKept = 256 << 10

// Packets iterates over the part's packets, also over those that do not lie in the window.
func (r *Reply) Packets() Packets { return Packets{r.Part()} }

// Types are the MYSQL_TYPEs of the current result's columns, if they have been
// seen (abi.ReplyColumns or more). They change with the next result.
func (r *Reply) Types() []byte { return r.types }

// Binary reports that rows are those of a prepared statement.
func (r *Reply) Binary() bool {
	return r.Command() == ComStmtExecute || r.Command() == ComStmtFetch || r.Command() == ComStmtBulkExecute
}

// Row reads a row packet's payload in the format of this reply. The columns
// must have been seen (abi.ReplyColumns or more).
func (r *Reply) Row(payload []byte) Row {
	if r.Binary() {
		return BinaryRow(payload, r.types)
	}
	return Row{rest: payload, types: r.types}
}

// Read copies the part from off on, the bytes beyond the window included.
func (r *Reply) Read(off int, dst []byte) int { return max(boundary.PayloadRead(off, dst), 0) }

// Replace puts other framed packets in the place of this part. They must not
// alias the window.
func (r *Reply) Replace(packets []byte) Verdict {
	n, ok := output(0, packets)
	if !ok {
		return Reject(1105, "", "the filter's reply became too large")
	}
	return abi.NewVerdict(abi.Replaced, uint32(n))
}

// Drop leaves the part out.
func (r *Reply) Drop() Verdict { return Verdict(abi.Drop) }

// Done passes the part and keeps further rows of this result from the client.
func (r *Reply) Done() Verdict { return Verdict(abi.Done) }
