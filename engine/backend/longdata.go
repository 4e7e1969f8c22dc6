package backend

import "github.com/penstock-db/penstock/engine/wire"

// MaxLongData is how much long data of one statement is held back.
const MaxLongData = 1 << 20

// HoldLongData keeps a COM_STMT_SEND_LONG_DATA, whose payload is copied, until
// it is known where its execution goes; the command has no reply, so nobody
// waits. Beyond [MaxLongData] it returns [ErrLongDataLimit] and keeps nothing of
// this one: the caller then chooses a backend, hands it what is held with
// [Conn.SendLongData], pins the statement with PinLongData and forwards the
// rest directly.
func (s *Statements) HoldLongData(st *Statement, payload []byte) error {
	if len(st.long)+len(payload) > MaxLongData {
		return ErrLongDataLimit
	}
	st.long = wire.AppendPacket(st.long, 0, payload)
	st.hadLongData = true
	s.note(st)
	return nil
}

// PinLongData notes that long data of the statement was sent to target, what
// was held back included, so that its execution must follow.
func (s *Statements) PinLongData(st *Statement, target int) {
	st.longTarget, st.long, st.hadLongData = target, nil, true
	s.note(st)
}

// LoseLongData notes that long data of the statement did not get where its
// execution goes.
func (s *Statements) LoseLongData(st *Statement) {
	st.longTarget, st.long, st.longLost = -1, nil, true
	s.note(st)
}

// ClearLongData forgets a statement's long data: after its execution, whatever
// came of it, and on COM_STMT_RESET.
func (s *Statements) ClearLongData(st *Statement) {
	st.longTarget, st.long, st.hadLongData, st.longLost = -1, nil, false, false
	s.note(st)
}

// LongDataLost reports whether long data of the next execution is gone, with
// the backend that it was sent to: without it the execution would be another.
func (st *Statement) LongDataLost() bool { return st.longLost }

// HasLongData reports whether the next execution has long data.
func (st *Statement) HasLongData() bool { return st.hadLongData }

// SendLongData buffers the long data that was held back, for the backend's own
// statement id, in front of the execution. The statement must be prepared
// there. It stays held until the execution is over: it may be needed again, for
// another backend.
func (b *Conn) SendLongData(st *Statement) error {
	bd := b.stmts[st.ID]
	if bd == nil {
		return b.connErrorf(errNotPrepared, "send long data of statement %d", st.ID)
	}
	for held := st.long; len(held) >= wire.HeaderLen+5; {
		n := wire.HeaderLen + (int(held[0]) | int(held[1])<<8 | int(held[2])<<16)
		patchID(held[wire.HeaderLen:], bd.id)
		if _, err := b.wire.WriteMessage(held[wire.HeaderLen:n], 0); err != nil {
			return b.connErrorf(err, "send long data")
		}
		held = held[n:]
	}
	return nil
}
