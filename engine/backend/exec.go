package backend

import (
	"context"
	"errors"
	"time"

	"github.com/penstock-db/penstock/engine/wire"
)

// Exec sends a command and throws its reply away; what it said is summed up in
// r. An ERR of the server is not an error of Exec: see r.Errno. Local files
// are never sent: the server is given an empty one. An error means that the
// connection cannot be used any more; it ends with ctx.
func (b *Conn) Exec(ctx context.Context, payload []byte, r *wire.Reply) error {
	return b.guard(ctx, func() error {
		if err := b.begin(payload, r); err != nil {
			return err
		}
		for !r.Done() {
			if _, _, err := b.next(r); err != nil {
				return err
			}
		}
		b.finish(r)
		return nil
	})
}

// guard runs f, interrupted when ctx ends.
func (b *Conn) guard(ctx context.Context, f func() error) error {
	if ctx.Done() == nil {
		return f()
	}
	stop := context.AfterFunc(ctx, func() { b.wire.SetDeadline(time.Unix(1, 0)) })
	err := f()
	if !stop() {
		err = errors.Join(context.Cause(ctx), err)
	}
	return err
}

func (b *Conn) begin(payload []byte, r *wire.Reply) error {
	if len(payload) == 0 {
		return b.connErrorf(wire.ErrMalformed, "send a command")
	}
	cmd := wire.Command(payload[0])
	r.Reset(cmd, b.caps)
	_, err := b.wire.WriteMessage(payload, 0)
	if err == nil {
		err = b.wire.Flush()
	}
	if err != nil {
		return b.connErrorf(err, "send %s", cmd)
	}
	return nil
}

// maxHeld is the longest packet of a reply of Penstock's own that is looked at
// whole.
const maxHeld = wire.MaxPeek - wire.HeaderLen

// next consumes one packet of the reply and returns what it was. The payload
// is nil if it is too long to hold, and valid until the next read.
func (b *Conn) next(r *wire.Reply) (wire.Part, []byte, error) {
	h, err := b.wire.PeekHeader()
	if err != nil {
		return 0, nil, b.connErrorf(err, "read the reply to %s", r.Command())
	}
	n := h.Len
	if n > maxHeld {
		n = r.Need(h)
	}
	raw, err := b.wire.Peek(wire.HeaderLen + n)
	if err != nil {
		return 0, nil, b.connErrorf(err, "read the reply to %s", r.Command())
	}
	part, err := r.Next(h, raw[wire.HeaderLen:])
	if err != nil {
		return 0, nil, b.connErrorf(err, "read the reply to %s", r.Command())
	}
	if n < h.Len {
		_, err = b.wire.Skip(int64(wire.HeaderLen + h.Len))
		raw = nil
	} else {
		err = b.wire.Discard(wire.HeaderLen + n)
		raw = raw[wire.HeaderLen:]
	}
	if err == nil && part == wire.PartLocalInfile {
		if err = b.wire.WriteHeader(wire.Header{Seq: h.Seq + 1}); err == nil {
			err = b.wire.Flush()
		}
		r.LocalInfileSent()
	}
	if err != nil {
		return 0, nil, b.connErrorf(err, "read the reply to %s", r.Command())
	}
	return part, raw, nil
}

func (b *Conn) finish(r *wire.Reply) {
	if r.HasStatus {
		b.status = r.Status
	}
}

// errorOf is the reply's ERR, nil if it was none.
func (b *Conn) errorOf(r *wire.Reply) error {
	if r.Errno == 0 {
		return nil
	}
	m := &wire.ERR{Errno: r.Errno, Message: string(r.Message)}
	if r.SQLState != [5]byte{} {
		m.SQLState = string(r.SQLState[:])
	}
	return &ServerError{Server: b.server, Command: r.Command(), ERR: m}
}
