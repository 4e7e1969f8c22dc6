package backend

import (
	"context"
	"encoding/binary"

	"github.com/penstock-db/penstock/engine/wire"
)

// Replay repeats on this connection what it has not yet seen of the session's
// history. A command that ends differently than it did for the client is a
// [*DivergedError]; like every other error it means that the connection must
// be closed, for its state is not the session's.
func (b *Conn) Replay(ctx context.Context, h *History) error {
	done := uint64(0)
	if b.seen == h {
		done = b.upTo
	}
	if done < h.lost {
		return b.connErrorf(ErrHistoryIncomplete, "replay the session's commands")
	}
	for i := range h.entries {
		e := &h.entries[i]
		if e.number <= done {
			continue
		}
		if err := b.repeat(ctx, e); err != nil {
			return err
		}
		b.seen, b.upTo = h, e.number
	}
	b.Seen(h)
	return nil
}

// Seen marks the connection as being up to date: it has executed the newest
// command of the history itself.
func (b *Conn) Seen(h *History) { b.seen, b.upTo = h, h.last }

// UpToDate reports whether Replay has nothing to do.
func (b *Conn) UpToDate(h *History) bool {
	if b.seen == h && b.upTo == h.last {
		return true
	}
	done := uint64(0)
	if b.seen == h {
		done = b.upTo
	}
	return done >= h.lost && (len(h.entries) == 0 || h.entries[len(h.entries)-1].number <= done)
}

func (b *Conn) repeat(ctx context.Context, e *entry) error {
	payload := e.payload
	if e.stmt != nil {
		if err := b.Prepare(ctx, e.stmt); err != nil {
			return err
		}
		bd := b.stmts[e.stmt.ID]
		b.scratch = append(b.scratch[:0], payload...)
		payload = b.scratch
		if len(payload) >= 5 {
			binary.LittleEndian.PutUint32(payload[1:], bd.id)
		}
		bd.types = 0 // what the history sent need not be the newest types
	}
	if err := b.Exec(ctx, payload, &b.reply); err != nil {
		return err
	}
	if got := OutcomeOf(&b.reply); got != e.outcome {
		return &DivergedError{
			Server: b.server, Command: wire.Command(payload[0]), Text: excerpt(e),
			Want: e.outcome, Got: got,
		}
	}
	return nil
}

// excerpt is the beginning of a command's text, for messages.
func excerpt(e *entry) string {
	const most = 120
	text := e.payload[1:]
	if e.stmt != nil {
		text = e.stmt.Text
	}
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
