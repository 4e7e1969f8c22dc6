package rehearsal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Answer is one result of a reply: columns and rows, an error, or neither, which
// is an OK.
type Answer struct {
	Columns  []string    `json:"columns,omitempty"`
	Rows     [][]*string `json:"rows,omitempty"` // nil is NULL
	Affected uint64      `json:"affected,omitempty"`
	InsertID uint64      `json:"insert_id,omitempty"`
	Warnings uint16      `json:"warnings,omitempty"`
	Error    *Error      `json:"error,omitempty"`
}

// Error is what an ERR packet says.
type Error struct {
	Errno    uint16 `json:"errno"`
	SQLState string `json:"sqlstate"`
	Message  string `json:"message"`
}

// read reads a whole reply's packets, as a client does.
func read(packets [][]byte) ([]Answer, error) {
	var follow wire.Reply
	follow.Reset(wire.ComQuery, caps)
	var list []Answer
	var current *Answer
	for _, p := range packets {
		if follow.Done() {
			return nil, errors.New("a packet behind the end of the reply")
		}
		part, err := follow.Next(wire.Header{Len: len(p), Seq: follow.NextSeq}, p)
		if err != nil {
			return nil, err
		}
		switch part {
		case wire.PartOK:
			ok := wire.OK{Capabilities: caps}
			if err := ok.Decode(p); err != nil {
				return nil, err
			}
			list = append(list, Answer{Affected: ok.AffectedRows, InsertID: ok.LastInsertID, Warnings: ok.Warnings})
		case wire.PartErr:
			var e wire.ERR
			if err := e.Decode(p); err != nil {
				return nil, err
			}
			list = append(list, Answer{Error: &Error{e.Errno, e.SQLState, e.Message}})
		case wire.PartColumnCount:
			list = append(list, Answer{})
			current = &list[len(list)-1]
		case wire.PartColumn:
			col := wire.Column{Capabilities: caps}
			if err := col.Decode(p); err != nil {
				return nil, err
			}
			current.Columns = append(current.Columns, string(col.Name))
		case wire.PartRow:
			var row wire.TextRow
			if err := row.Decode(p); err != nil {
				return nil, err
			}
			if len(row.Fields) != len(current.Columns) {
				return nil, fmt.Errorf("a row of %d fields in a result of %d columns", len(row.Fields), len(current.Columns))
			}
			current.Rows = append(current.Rows, values(row.Fields))
		case wire.PartRowsEnd, wire.PartColumnsEnd:
		default:
			return nil, fmt.Errorf("a packet (%s) that a filter cannot make up", part)
		}
	}
	if !follow.Done() {
		return nil, fmt.Errorf("it ends in state %q", follow.State)
	}
	return list, nil
}

func values(fields [][]byte) []*string {
	row := make([]*string, len(fields))
	for n, f := range fields {
		if f != nil {
			v := string(f)
			row[n] = &v
		}
	}
	return row
}

// built is the reply that a filter makes up: wasm.ReplyBuilder.
type built struct {
	list []Answer
	open bool // the last one is a result
	over bool // something was built behind what ends a reply
	raw  []byte
}

func (b *built) BeginReply() { *b = built{} }

func (b *built) ReplyOK(affected, insertID uint64, warnings uint16) abi.Errno {
	b.over = b.over || b.list != nil
	b.list, b.open = append(b.list, Answer{Affected: affected, InsertID: insertID, Warnings: warnings}), false
	return abi.OK
}

func (b *built) ReplyErr(errno uint16, state [5]byte, message []byte) abi.Errno {
	b.over = b.over || b.list != nil && !b.open // an error ends the rows of a result
	b.list, b.open = append(b.list, Answer{Error: &Error{errno, string(state[:]), string(message)}}), false
	return abi.OK
}

func (b *built) ReplyColumns(p []byte) abi.Errno {
	if len(p) < 2 {
		return abi.BadArg
	}
	count := int(binary.LittleEndian.Uint16(p))
	if count == 0 || count > 4096 {
		return abi.BadArg
	}
	var a Answer
	p = p[2:]
	for range count {
		if len(p) < 5 || len(p) < 5+int(binary.LittleEndian.Uint16(p[3:])) {
			return abi.BadArg
		}
		n := 5 + int(binary.LittleEndian.Uint16(p[3:]))
		a.Columns = append(a.Columns, string(p[5:n]))
		p = p[n:]
	}
	b.over = b.over || b.list != nil
	b.list, b.open = append(b.list, a), true
	return abi.OK
}

func (b *built) ReplyRow(p []byte) abi.Errno {
	if !b.open {
		return abi.WrongPhase
	}
	a := &b.list[len(b.list)-1]
	fields := make([][]byte, len(a.Columns))
	for n := range fields {
		if len(p) < 4 {
			return abi.BadArg
		}
		size := binary.LittleEndian.Uint32(p)
		p = p[4:]
		switch {
		case size == abi.RowNull:
		case uint64(size) > uint64(len(p)):
			return abi.BadArg
		default:
			fields[n] = append([]byte{}, p[:size]...)
			p = p[size:]
		}
	}
	a.Rows = append(a.Rows, values(fields))
	return abi.OK
}

func (b *built) ReplyAppend(p []byte) abi.Errno {
	b.open = false
	b.raw = append(b.raw, p...)
	return abi.OK
}

// answers is what was built. Packets that the filter framed itself can be read only
// if they are all there is.
func (b *built) answers() ([]Answer, error) {
	switch {
	case b.raw == nil && b.list == nil:
		return nil, errors.New("it made none up")
	case b.over:
		return nil, errors.New("it built more behind what ended the reply, or behind its one result: more than one need reply_append")
	case b.raw == nil:
		return b.list, nil
	case b.list != nil:
		return nil, errors.New("it mixes packets of its own with reply_ok, reply_err or reply_columns, which a rehearsal cannot read")
	}
	packets, err := unframe(b.raw)
	if err != nil {
		return nil, err
	}
	return read(packets)
}

// unframe takes framed packets apart.
func unframe(p []byte) (packets [][]byte, err error) {
	for len(p) > 0 {
		if len(p) < wire.HeaderLen {
			return nil, fmt.Errorf("%d stray bytes behind the last packet", len(p))
		}
		h := wire.ParseHeader(p)
		if len(p) < wire.HeaderLen+h.Len || h.Continued() {
			return nil, fmt.Errorf("a packet of %d bytes does not fit its frame", h.Len)
		}
		packets = append(packets, p[wire.HeaderLen:wire.HeaderLen+h.Len])
		p = p[wire.HeaderLen+h.Len:]
	}
	return packets, nil
}
