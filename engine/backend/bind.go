package backend

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

var errNotPrepared = errors.New("the statement is not prepared on this server")

// bound is a statement as one backend knows it.
type bound struct {
	id    uint32
	types uint32 // generation of the types that the server has, 0 none
}

// Bind notes that a statement is prepared here under the server's id, after
// the engine forwarded the client's COM_STMT_PREPARE itself.
func (b *Conn) Bind(st *Statement, id uint32) {
	if b.stmts == nil {
		b.stmts = make(map[uint32]*bound)
	}
	b.stmts[st.ID] = &bound{id: id}
}

// BackendID is the server's id of a statement, false if it is not prepared here.
func (b *Conn) BackendID(st *Statement) (uint32, bool) {
	if bd := b.stmts[st.ID]; bd != nil {
		return bd.id, true
	}
	return 0, false
}

// Forget drops a statement's id without telling the server.
func (b *Conn) Forget(st *Statement) { delete(b.stmts, st.ID) }

// ForgetAll drops all ids: the server has lost them (COM_RESET_CONNECTION,
// COM_CHANGE_USER).
func (b *Conn) ForgetAll() { clear(b.stmts) }

// CloseStatement buffers a COM_STMT_CLOSE, which has no reply, if the
// statement is prepared here. The next flush sends it.
func (b *Conn) CloseStatement(st *Statement) error {
	bd := b.stmts[st.ID]
	if bd == nil {
		return nil
	}
	delete(b.stmts, st.ID)
	payload := binary.LittleEndian.AppendUint32([]byte{byte(wire.ComStmtClose)}, bd.id)
	if _, err := b.wire.WriteMessage(payload, 0); err != nil {
		return b.connErrorf(err, "send %s", wire.ComStmtClose)
	}
	return nil
}

// Prepare prepares a statement here if it is not yet. If the server refuses
// what another server took, that is a [*ServerError], and the connection stays
// usable.
func (b *Conn) Prepare(ctx context.Context, st *Statement) error {
	if b.stmts[st.ID] != nil {
		return nil
	}
	var r wire.Reply
	payload := append([]byte{byte(wire.ComStmtPrepare)}, st.Text...)
	if err := b.Exec(ctx, payload, &r); err != nil {
		return err
	}
	if err := b.errorOf(&r); err != nil {
		return err
	}
	b.Bind(st, r.StatementID)
	if int(r.Params) != st.Params {
		err := fmt.Errorf("statement %d has %d parameters there and %d elsewhere", st.ID, r.Params, st.Params)
		return errors.Join(b.connErrorf(err, "prepare"), b.CloseStatement(st))
	}
	return nil
}

// patchID puts the server's id into a COM_STMT_* payload.
func patchID(payload []byte, id uint32) { binary.LittleEndian.PutUint32(payload[1:], id) }
