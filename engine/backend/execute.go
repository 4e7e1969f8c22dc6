package backend

import (
	"encoding/binary"

	"github.com/penstock-db/penstock/engine/wire"
)

// HeadLen is how many bytes of a COM_STMT_EXECUTE or COM_STMT_BULK_EXECUTE
// payload [Conn.AdaptExecute] has to see, at most; the payload may be shorter.
func (st *Statement) HeadLen() int { return 1 + 4 + 1 + 4 + (st.Params+7)/8 + 1 + 2*st.Params }

// AdaptExecute makes a client's COM_STMT_EXECUTE or COM_STMT_BULK_EXECUTE fit
// this backend, on which the statement must be prepared: it appends to dst
// what has to be sent instead of the first used bytes of the payload; the rest
// of the payload follows unchanged. head is the payload, or at least its first
// [Statement.HeadLen] bytes.
//
// The id becomes the server's. If the client relies on parameter types that it
// sent to another backend, they are put in, and the payload grows by up to
// 2·Params bytes. Types that the client brings are remembered for later.
func (b *Conn) AdaptExecute(dst []byte, st *Statement, head []byte) (out []byte, used int, err error) {
	bd := b.stmts[st.ID]
	if bd == nil {
		return dst, 0, b.connErrorf(errNotPrepared, "execute statement %d", st.ID)
	}
	if len(head) >= 1 && wire.Command(head[0]) == wire.ComStmtBulkExecute {
		return b.adaptBulk(dst, st, bd, head)
	}
	flag := 10 + (st.Params+7)/8
	if len(head) < 10 || st.Params > 0 && len(head) <= flag {
		return dst, 0, b.connErrorf(wire.ErrMalformed, "execute statement %d", st.ID)
	}
	start := len(dst)
	if st.Params == 0 {
		dst = append(dst, head[:10]...)
		patchID(dst[start:], bd.id)
		return dst, 10, nil
	}
	own, err := wire.ExecuteTypes(head, st.Params)
	if err != nil {
		return dst, 0, b.connErrorf(err, "execute statement %d", st.ID)
	}
	dst = append(dst, head[:flag]...)
	patchID(dst[start:], bd.id)
	used = flag + 1
	switch {
	case own != nil:
		st.noteTypes(own)
		dst = append(append(dst, 1), own...)
		used += len(own)
	case bd.types == st.generation && st.generation != 0:
		return append(dst, 0), used, nil // the server has them
	case st.generation == 0:
		return dst[:start], 0, b.connErrorf(ErrNoTypes, "execute statement %d", st.ID)
	default:
		dst = append(append(dst, 1), st.Types...)
	}
	bd.types = st.generation
	return dst, used, nil
}

// bulkHead is the fixed part of COM_STMT_BULK_EXECUTE: command, id, flags.
const bulkHead = 1 + 4 + 2

func (b *Conn) adaptBulk(dst []byte, st *Statement, bd *bound, head []byte) ([]byte, int, error) {
	types := 2 * st.Params
	if len(head) < bulkHead {
		return dst, 0, b.connErrorf(wire.ErrMalformed, "bulk execute statement %d", st.ID)
	}
	flags := binary.LittleEndian.Uint16(head[5:])
	used := bulkHead
	if flags&wire.BulkSendTypes != 0 {
		if len(head) < bulkHead+types {
			return dst, 0, b.connErrorf(wire.ErrMalformed, "bulk execute statement %d", st.ID)
		}
		st.noteTypes(head[bulkHead : bulkHead+types])
		used += types
	} else if st.generation == 0 {
		return dst, 0, b.connErrorf(ErrNoTypes, "bulk execute statement %d", st.ID)
	}
	dst = append(dst, head[0])
	dst = binary.LittleEndian.AppendUint32(dst, bd.id)
	if used == bulkHead && bd.types == st.generation {
		return binary.LittleEndian.AppendUint16(dst, flags), used, nil
	}
	dst = binary.LittleEndian.AppendUint16(dst, flags|wire.BulkSendTypes)
	bd.types = st.generation
	return append(dst, st.Types...), used, nil
}

// AdaptID puts the server's id into any other COM_STMT_* payload (FETCH,
// RESET, long data), in place. It reports false if the statement is not
// prepared here.
func (b *Conn) AdaptID(st *Statement, payload []byte) bool {
	bd := b.stmts[st.ID]
	if bd == nil || len(payload) < 5 {
		return false
	}
	patchID(payload, bd.id)
	return true
}
