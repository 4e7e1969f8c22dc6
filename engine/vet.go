package engine

import (
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

// vet follows what a filter lets through of a reply, and judges what it makes
// up: a client must be able to read it. What comes from a server is only
// followed, until the filter has put something else in the place of a part.
type vet struct {
	reply   wire.Reply
	caps    wire.Capability
	binary  bool
	changed bool // the filter has replaced a part: what follows must fit that
}

func (v *vet) reset(cmd wire.Command, caps wire.Capability) {
	v.reply.Reset(cmd, caps)
	v.caps, v.changed = caps, false
	v.binary = cmd == wire.ComStmtExecute || cmd == wire.ComStmtBulkExecute || cmd == wire.ComStmtFetch
}

// pass takes a packet that goes on as it came.
func (v *vet) pass(payload []byte) error {
	if v.reply.Done() {
		return errors.New("a packet behind the end of the reply")
	}
	part, err := v.reply.Next(wire.Header{Len: len(payload), Seq: v.reply.NextSeq}, payload)
	if err == nil && v.changed && part == wire.PartRow {
		err = v.row(payload)
	}
	return err
}

// replacement judges framed packets that the filter made up. The reply must be
// in the given state behind them. If they are refused nothing is taken.
func (v *vet) replacement(framed []byte, behind wire.ReplyState) error {
	next := *v
	for len(framed) > 0 {
		payload, rest, err := unframe(framed)
		if err == nil {
			err = next.made(payload)
		}
		if err != nil {
			return err
		}
		framed = rest
	}
	if next.reply.State != behind {
		return fmt.Errorf("behind what it sent the reply is in state %q, not %q", next.reply.State, behind)
	}
	*v = next
	v.changed = true
	return nil
}

// made takes a packet that the filter made up.
func (v *vet) made(payload []byte) error {
	if v.reply.Done() {
		return errors.New("a packet behind the end of the reply")
	}
	part, err := v.reply.Next(wire.Header{Len: len(payload), Seq: v.reply.NextSeq}, payload)
	if err != nil {
		return err
	}
	switch part {
	case wire.PartRow:
		return v.row(payload)
	case wire.PartColumn, wire.PartParam:
		col := wire.Column{Capabilities: v.caps}
		return col.Decode(payload)
	case wire.PartOK, wire.PartRowsEnd:
		if payload[0] == 0xfe && !v.caps.Has(wire.ClientDeprecateEOF) {
			return nil
		}
		ok := wire.OK{Capabilities: v.caps}
		return ok.Decode(payload)
	case wire.PartErr:
		var e wire.ERR
		return e.Decode(payload)
	case wire.PartLocalInfile:
		return errors.New("a request for a file of the client")
	case wire.PartPrepareOK:
		return errors.New("a prepared statement that no server has")
	}
	return nil
}

// row checks that a row has as many fields as the result has columns. Of a
// binary row, whose fields cannot be told apart without their types, it checks
// the fixed part.
func (v *vet) row(payload []byte) error {
	columns := v.reply.Columns
	switch {
	case columns == 0: // rows of a cursor
		return nil
	case v.binary:
		if uint64(len(payload)) < 1+(columns+9)/8 {
			return fmt.Errorf("a row of %d bytes in a result of %d columns", len(payload), columns)
		}
		return nil
	}
	n := uint64(0)
	for rest := payload; len(rest) > 0; n++ {
		var err error
		if _, rest, err = wire.NextTextField(rest); err != nil {
			return err
		}
	}
	if n != columns {
		return fmt.Errorf("a row of %d fields in a result of %d columns", n, columns)
	}
	return nil
}

// unframe takes the first packet off framed ones.
func unframe(framed []byte) (payload, rest []byte, err error) {
	if len(framed) < wire.HeaderLen {
		return nil, nil, fmt.Errorf("%d stray bytes behind the last packet", len(framed))
	}
	h := wire.ParseHeader(framed)
	if len(framed) < wire.HeaderLen+h.Len || h.Continued() {
		return nil, nil, fmt.Errorf("a packet of %d bytes does not fit its frame", h.Len)
	}
	return framed[wire.HeaderLen : wire.HeaderLen+h.Len], framed[wire.HeaderLen+h.Len:], nil
}
