package backend

import (
	"context"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

// Result is what a query of Penstock's own returned.
type Result struct {
	Columns      []string
	Rows         [][][]byte // text; nil is NULL
	Affected     uint64
	LastInsertID uint64
	Warnings     uint16
}

// maxResult bounds what Query holds, in bytes.
const maxResult = 16 << 20

// Query runs one statement and holds its rows: for Penstock's own small
// questions. A server's ERR is a [*ServerError] and leaves the connection
// usable; every other error does not.
func (b *Conn) Query(ctx context.Context, statement string) (*Result, error) {
	res := new(Result)
	b.scratch = append(append(b.scratch[:0], byte(wire.ComQuery)), statement...)
	err := b.guard(ctx, func() error {
		r := &b.reply
		if err := b.begin(b.scratch, r); err != nil {
			return err
		}
		for !r.Done() {
			part, payload, err := b.next(r)
			if err == nil {
				err = res.take(part, payload, b.caps)
			}
			if err == nil && r.Bytes > maxResult {
				err = fmt.Errorf("result of more than %d bytes", maxResult)
			}
			if err != nil {
				return err
			}
		}
		b.finish(r)
		res.Affected, res.LastInsertID, res.Warnings = r.Affected, r.LastInsertID, r.Warnings
		return nil
	})
	if err == nil {
		err = b.errorOf(&b.reply)
	}
	if err != nil {
		return nil, err
	}
	return res, nil
}

func (res *Result) take(part wire.Part, payload []byte, caps wire.Capability) error {
	switch part {
	case wire.PartColumn:
		col := wire.Column{Capabilities: caps}
		if err := col.Decode(payload); err != nil {
			return err
		}
		res.Columns = append(res.Columns, string(col.Name))
	case wire.PartRow:
		var row wire.TextRow
		if payload == nil {
			return fmt.Errorf("row of more than %d bytes", maxHeld)
		}
		if err := row.Decode(append([]byte(nil), payload...)); err != nil {
			return err
		}
		res.Rows = append(res.Rows, row.Fields)
	}
	return nil
}
