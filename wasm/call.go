package wasm

import (
	"encoding/binary"
	"fmt"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Query calls the filter's command hook. The header and as much of the payload
// as the window holds are written into the guest; the rest is there for
// payload_read. Size, deadline and the out-fields of the header (all but the
// hint, which is handed on) are set here, and now if it is zero; afterwards h has
// what the guest left in the out-fields and in the hint. The call's time budget
// begins with the header's now, so that the links of a chain can share one look
// at the clock: what one uses up costs the next a millisecond of its own at most.
//
// The verdict has been checked: it is one that a filter may give, and what it
// speaks of is in [Instance.Output]. An error is the instance's [*Failure].
func (i *Instance) Query(h *abi.Header, payload []byte) (abi.Verdict, error) {
	if i.replies != nil {
		i.replies.BeginReply()
	}
	return i.command(hookQuery, 0, h, payload)
}

// Route calls the router's command hook, like Query.
func (i *Instance) Route(h *abi.Header, payload []byte) (abi.Verdict, error) {
	return i.command(hookRoute, 0, h, payload)
}

// Reply calls the hook on a part of a reply, like Query. Framed packets that
// make up the part are in payload; batches of rows should not exceed the
// window (Descriptor.WindowCap).
func (i *Instance) Reply(h *abi.Header, phase abi.ReplyPhase, payload []byte) (abi.Verdict, error) {
	return i.command(hookReply, uint64(phase), h, payload)
}

// command runs a hook that has a header and a payload, and another parameter.
func (i *Instance) command(k hook, other uint64, h *abi.Header, payload []byte) (abi.Verdict, error) {
	if err := i.ready(); err != nil {
		return 0, err
	}
	now := int64(h.U64(abi.HdrNow))
	if now == 0 {
		now = Now()
		h.SetU64(abi.HdrNow, uint64(now))
	}
	i.begin(k, now, i.template.def.Limits.Call)
	i.stack[0], i.stack[1] = uint64(i.place(h, payload)), other
	if k == hookReply {
		i.stack[0], i.stack[1] = other, i.stack[0]
	}
	if err := i.run(k); err != nil {
		return 0, err
	}
	i.payload = nil
	i.fetch(h)
	v := abi.Verdict(i.stack[0])
	if err := i.checkVerdict(k, v); err != nil {
		return 0, i.failure(k, FailureNonsense, err)
	}
	if err := i.checkOut(h, v); err != nil {
		return 0, i.failure(k, FailureNonsense, err)
	}
	return v, nil
}

// Event calls the hook for rare events. The caller asks Descriptor.WantsEvent
// first. For Reject and Close, [Instance.Answer] has errno and SQLSTATE.
func (i *Instance) Event(kind abi.EventKind, a, b uint64) (abi.Verdict, error) {
	if err := i.ready(); err != nil {
		return 0, err
	}
	now := Now()
	i.begin(hookEvent, now, i.template.def.Limits.Call)
	i.appended = emptied(i.appended)
	i.window = 0
	area := i.headerArea()
	binary.LittleEndian.PutUint64(area[abi.HdrNow:], uint64(now))
	binary.LittleEndian.PutUint64(area[abi.HdrDeadline:], uint64(i.deadline))
	clear(area[abi.HdrHintKind:])
	i.stack[0], i.stack[1], i.stack[2] = uint64(kind), a, b
	if err := i.run(hookEvent); err != nil {
		return 0, err
	}
	v := abi.Verdict(i.stack[0])
	err := i.checkVerdict(hookEvent, v)
	if a := v.Action(); err == nil && (a == abi.Reject || a == abi.Close) {
		_, state := i.Answer()
		err = checkSQLState(state[:])
	}
	if err != nil {
		return 0, i.failure(hookEvent, FailureNonsense, err)
	}
	return v, nil
}

// headerArea returns the guest's header, cut to what both sides know.
func (i *Instance) headerArea() []byte {
	n := min(i.desc.HeaderCap, abi.HeaderSize)
	return i.memory.bytes[i.desc.Header : i.desc.Header+n]
}

// place writes header and payload into the guest and returns the payload's
// length in the window.
func (i *Instance) place(h *abi.Header, payload []byte) uint32 {
	area := i.headerArea()
	h.SetU32(abi.HdrSize, uint32(len(area)))
	h.SetU64(abi.HdrDeadline, uint64(i.deadline))
	clear(h[abi.HdrTarget:])
	h.SetU32(abi.HdrFallback, abi.NoTarget)
	h.SetU32(abi.HdrReplyLevel, uint32(abi.ReplyKeep))
	copy(area, h[:])
	window := i.memory.bytes[i.desc.Window : i.desc.Window+i.desc.WindowCap]
	n := copy(window, payload)
	if n < len(payload) {
		// Whether the window holds everything depends on the window, so the
		// flag is the guest's copy's only.
		flags := binary.LittleEndian.Uint32(area[abi.HdrSessionFlags:])
		binary.LittleEndian.PutUint32(area[abi.HdrSessionFlags:], flags|abi.SessionTruncated)
	}
	i.payload = payload
	i.appended, i.joined, i.scratch = emptied(i.appended), emptied(i.joined), emptied(i.scratch)
	i.window = 0
	return uint32(n)
}

// maxKept is the largest buffer that an instance keeps for the next call.
const maxKept = 256 << 10

// emptied returns a buffer to be filled anew. One that a single call has made
// large is let go: a session must not hold what it needed once.
func emptied(buf []byte) []byte {
	if cap(buf) > maxKept {
		return nil
	}
	return buf[:0]
}

// fetch copies the out-fields back.
func (i *Instance) fetch(h *abi.Header) {
	if area := i.headerArea(); len(area) > abi.HdrHintKind {
		copy(h[abi.HdrHintKind:], area[abi.HdrHintKind:])
	}
}

// checkVerdict refuses what the ABI does not allow and remembers how much of
// the window the verdict speaks of.
func (i *Instance) checkVerdict(k hook, v abi.Verdict) error {
	a, arg := v.Action(), v.Arg()
	if a > 31 || hooks[k].actions&(1<<a) == 0 {
		return fmt.Errorf("verdict %s (%#x) is not an answer to %s", a, uint64(v), hooks[k].export)
	}
	if v.Flags() != 0 {
		return fmt.Errorf("verdict %s has unknown flags %#x", a, v.Flags())
	}
	switch a {
	case abi.Replaced, abi.Reject, abi.Close:
		if arg > i.desc.WindowCap {
			return fmt.Errorf("verdict %s with %d bytes in a window of %d", a, arg, i.desc.WindowCap)
		}
		i.window = arg
	case abi.Any:
		if r := abi.Role(arg); r < abi.RolePrimary || r > abi.RoleRunning {
			return fmt.Errorf("verdict any with unknown role %d", arg)
		}
	case abi.Hold:
		if i.desc.Needs&abi.NeedHold == 0 {
			return fmt.Errorf("verdict hold, but the descriptor does not need it")
		}
	}
	return nil
}

// checkOut refuses out-fields that the ABI does not allow.
func (i *Instance) checkOut(h *abi.Header, v abi.Verdict) error {
	if k := h.U32(abi.HdrHintKind); k > uint32(abi.HintAll) {
		return fmt.Errorf("unknown routing hint %d", k)
	}
	if n := h.U32(abi.HdrHintLength); n > abi.MaxHintName {
		return fmt.Errorf("routing hint of %d bytes; at most %d are possible", n, abi.MaxHintName)
	}
	if l := abi.ReplyLevel(h.U32(abi.HdrReplyLevel)); l != abi.ReplyKeep && l != abi.ReplyNone {
		if l > abi.ReplyBuffered {
			return fmt.Errorf("unknown reply level %d", l)
		}
		if !i.template.program.exports[abi.ExportReply] {
			return fmt.Errorf("reply level %d, but the module does not export %s", l, abi.ExportReply)
		}
	}
	if a := v.Action(); a == abi.Reject || a == abi.Close {
		return checkSQLState(h[abi.HdrSQLState : abi.HdrSQLState+5])
	}
	return nil
}

// checkSQLState accepts five digits and capital letters, or five zero bytes.
func checkSQLState(s []byte) error {
	if string(s) == "\x00\x00\x00\x00\x00" {
		return nil
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return fmt.Errorf("%q is not an SQLSTATE", s)
		}
	}
	return nil
}

// Answer returns errno and SQLSTATE of the last Reject or Close, as they are
// in the header; zeros mean that the plugin left the choice to the host.
func (i *Instance) Answer() (errno uint32, sqlstate [5]byte) {
	var h abi.Header
	if i.failed == nil && !i.closed {
		copy(h[:], i.headerArea())
	}
	copy(sqlstate[:], h[abi.HdrSQLState:])
	return h.U32(abi.HdrErrno), sqlstate
}

// Output returns what the last verdict spoke of: for Replaced the new payload,
// for Reject and Close the message, for EventDetach and EventDiagnostics the
// state or JSON. What payload_append collected follows what is in the window.
// It is valid until the next call on the instance and must not be changed.
func (i *Instance) Output() []byte {
	if i.failed != nil || i.closed {
		return nil
	}
	window := i.memory.bytes[i.desc.Window : i.desc.Window+i.window]
	if len(i.appended) == 0 {
		return window
	}
	if len(window) == 0 {
		return i.appended
	}
	i.joined = append(append(i.joined[:0], window...), i.appended...)
	return i.joined
}
