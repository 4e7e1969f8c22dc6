// Package header writes what the header of a hook says of a reply. The engine does
// so for sessions, the rehearsal of plugins for a server that is not there: what a
// plugin is told must be the same.
package header

import (
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// SetReply fills in the fields about a reply, as far as it has been followed. How
// long it took, and which server it is from, is not among them.
func SetReply(h *abi.Header, r *wire.Reply) {
	state := abi.ReplyStateOK
	switch {
	case r.Errno != 0:
		state = abi.ReplyStateError
	case !r.Done() && r.Results == 0:
		state = abi.ReplyStateNone
	case r.Columns > 0:
		state = abi.ReplyStateResult
	}
	h.SetU32(abi.HdrReplyState, uint32(state))
	h.SetU32(abi.HdrReplyErrno, uint32(r.Errno))
	copy(h[abi.HdrReplySQLSt:], r.SQLState[:])
	h.SetU64(abi.HdrRows, r.Rows)
	h.SetU64(abi.HdrBytes, r.Bytes)
	h.SetU64(abi.HdrAffected, r.Affected)
	h.SetU64(abi.HdrLastInsertID, r.LastInsertID)
	h.SetU32(abi.HdrWarnings, uint32(r.Warnings))
	h.SetU32(abi.HdrServerStatus, uint32(r.Status))
	h.SetU32(abi.HdrColumns, uint32(r.Columns))
}
