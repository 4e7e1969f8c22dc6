package sdk

import (
	"encoding/binary"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Column is one column of an answer.
type Column struct {
	Name  string
	Type  byte // zero means TypeVarString
	Flags uint16
}

// Answer builds the reply that a filter gives instead of the server. The host
// frames it and ends the result set.
type Answer struct {
	buf []byte
	err int
}

// Answer begins a reply to the command.
func (q *Query) Answer() *Answer { return &Answer{} }

func (a *Answer) note(rc int) *Answer {
	if rc < 0 && a.err == 0 {
		a.err = rc
	}
	return a
}

// OK answers with an OK packet.
func (a *Answer) OK(affected, insertID uint64, warnings uint16) *Answer {
	return a.note(boundary.ReplyOK(affected, insertID, uint32(warnings)))
}

// Error answers with an ERR packet.
func (a *Answer) Error(errno uint16, state, message string) *Answer {
	return a.note(boundary.ReplyErr(uint32(errno), []byte(state), message))
}

// Columns begins a result set.
func (a *Answer) Columns(cols ...Column) *Answer {
	b := binary.LittleEndian.AppendUint16(a.buf[:0], uint16(len(cols)))
	for _, c := range cols {
		if c.Type == 0 {
			c.Type = TypeVarString
		}
		b = append(b, c.Type)
		b = binary.LittleEndian.AppendUint16(b, c.Flags)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(c.Name)))
		b = append(b, c.Name...)
	}
	a.buf = b
	return a.note(boundary.ReplyColumns(b))
}

// Row adds a row: one value a column, nil for NULL.
func (a *Answer) Row(values ...[]byte) *Answer {
	b := a.buf[:0]
	for _, v := range values {
		if v == nil {
			b = binary.LittleEndian.AppendUint32(b, abi.RowNull)
			continue
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	a.buf = b
	return a.note(boundary.ReplyRow(b))
}

// Packets adds packets that are framed already.
func (a *Answer) Packets(framed []byte) *Answer { return a.note(boundary.ReplyAppend(framed)) }

// Verdict ends the answer. If the host refused a part of it, the client gets
// an error instead.
func (a *Answer) Verdict() Verdict {
	if a.err != 0 {
		return Reject(1105, "", "the filter could not build its reply: "+abi.Errno(a.err).Error())
	}
	return Verdict(abi.Reply)
}
