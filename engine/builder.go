package engine

import (
	"encoding/binary"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// maxBuiltReply bounds what a filter can make up as one reply, in bytes.
const maxBuiltReply = 16 << 20

// replyBuilder collects the packets of a reply that a filter makes up.
// Sequence numbers are given when the reply is sent.
type replyBuilder struct {
	packets []byte
	scratch []byte
	caps    wire.Capability
	status  wire.Status
	binary  bool // rows in the binary protocol: the command executes a prepared statement
	cols    int  // columns of the result that is open, 0 if none is
}

func (b *replyBuilder) begin(caps wire.Capability, binary bool, status wire.Status) {
	b.packets, b.caps, b.binary, b.cols = b.packets[:0], caps, binary, 0
	b.status = status &^ (wire.StatusMoreResults | wire.StatusCursorExists | wire.StatusLastRowSent | wire.StatusSessionStateChanged)
}

func (b *replyBuilder) add(payload []byte) abi.Errno {
	if len(b.packets)+len(payload)+wire.HeaderLen > maxBuiltReply || len(payload) >= wire.MaxPayload {
		return abi.Quota
	}
	b.packets = wire.AppendPacket(b.packets, 0, payload)
	return abi.OK
}

func (b *replyBuilder) ok(affected, lastInsertID uint64, warnings uint16) abi.Errno {
	b.finish()
	ok := wire.OK{Capabilities: b.caps, AffectedRows: affected, LastInsertID: lastInsertID, Warnings: warnings, Status: b.status}
	return b.add(ok.Encode(nil))
}

func (b *replyBuilder) err(errno uint16, sqlstate [5]byte, message []byte) abi.Errno {
	b.cols = 0
	e := wire.ERR{Errno: errno, SQLState: string(sqlstate[:]), Message: string(message)}
	if sqlstate[0] == 0 {
		e.SQLState = wire.SQLStateOf(errno)
	}
	return b.add(e.Encode(nil))
}

// columns begins a result: see abi.RowNull for the encoding.
func (b *replyBuilder) columns(enc []byte) abi.Errno {
	b.finish()
	if len(enc) < 2 {
		return abi.BadArg
	}
	count := int(binary.LittleEndian.Uint16(enc))
	enc = enc[2:]
	if count == 0 || count > 4096 {
		return abi.BadArg
	}
	b.scratch = wire.AppendLenenc(b.scratch[:0], uint64(count))
	if e := b.add(b.scratch); e != abi.OK {
		return e
	}
	for range count {
		if len(enc) < 5 {
			return abi.BadArg
		}
		n := int(binary.LittleEndian.Uint16(enc[3:]))
		if len(enc) < 5+n {
			return abi.BadArg
		}
		col := wire.Column{Capabilities: b.caps, Catalog: []byte("def"), Name: enc[5 : 5+n], Collation: 45, Length: 1 << 20,
			Type: wire.Type(enc[0]), Flags: binary.LittleEndian.Uint16(enc[1:])}
		if b.binary {
			col.Type = wire.TypeVarString // rows come as text
		}
		if e := b.add(col.Encode(nil)); e != abi.OK {
			return e
		}
		enc = enc[5+n:]
	}
	if !b.caps.Has(wire.ClientDeprecateEOF) {
		eof := wire.EOF{Status: b.status}
		b.add(eof.Encode(nil))
	}
	b.cols = count
	return abi.OK
}

func (b *replyBuilder) row(enc []byte) abi.Errno {
	if b.cols == 0 {
		return abi.WrongPhase
	}
	out := b.scratch[:0]
	nulls := 0
	if b.binary {
		out = append(out, 0)
		nulls = len(out)
		out = append(out, make([]byte, (b.cols+9)/8)...)
	}
	for i := range b.cols {
		if len(enc) < 4 {
			return abi.BadArg
		}
		n := binary.LittleEndian.Uint32(enc)
		enc = enc[4:]
		switch {
		case n == abi.RowNull && b.binary:
			out[nulls+(i+2)/8] |= 1 << ((i + 2) % 8)
		case n == abi.RowNull:
			out = append(out, 0xfb)
		case uint64(n) > uint64(len(enc)):
			return abi.BadArg
		default:
			out = wire.AppendLenencString(out, enc[:n])
			enc = enc[n:]
		}
	}
	b.scratch = out
	return b.add(out)
}

func (b *replyBuilder) append(framed []byte) abi.Errno {
	b.cols = 0
	if len(b.packets)+len(framed) > maxBuiltReply {
		return abi.Quota
	}
	b.packets = append(b.packets, framed...)
	return abi.OK
}

// finish ends a result that is open.
func (b *replyBuilder) finish() {
	if b.cols == 0 {
		return
	}
	b.cols = 0
	if b.caps.Has(wire.ClientDeprecateEOF) {
		end := wire.OK{Capabilities: b.caps, Final: true, Status: b.status}
		b.add(end.Encode(nil))
		return
	}
	eof := wire.EOF{Status: b.status}
	b.add(eof.Encode(nil))
}
