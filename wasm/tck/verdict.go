package tck

import (
	"encoding/binary"
	"slices"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// answers lists what each hook may answer, as the table of verdicts says.
var answers = map[string][]abi.Action{
	abi.ExportQuery: {abi.Pass, abi.Replaced, abi.Reply, abi.Reject, abi.Hold, abi.Close, abi.Detach},
	abi.ExportRoute: {abi.Reject, abi.Hold, abi.Close, abi.One, abi.Any, abi.All},
	abi.ExportReply: {abi.Pass, abi.Replaced, abi.Reject, abi.Close, abi.Detach, abi.Drop, abi.Done},
	abi.ExportEvent: {abi.Pass, abi.Replaced, abi.Reject, abi.Close, abi.Detach, abi.One, abi.Any},
}

// phases lists what each phase of a reply may be answered with.
var phases = map[abi.ReplyPhase][]abi.Action{
	abi.PhaseColumns: {abi.Pass, abi.Replaced, abi.Done, abi.Reject, abi.Close, abi.Detach},
	abi.PhaseRows:    {abi.Pass, abi.Replaced, abi.Drop, abi.Done, abi.Reject, abi.Close, abi.Detach},
	abi.PhaseWhole:   {abi.Pass, abi.Replaced, abi.Reject, abi.Close, abi.Detach},
	abi.PhaseSummary: {abi.Pass, abi.Detach},
}

var phaseNames = map[abi.ReplyPhase]string{abi.PhaseColumns: "columns", abi.PhaseRows: "rows", abi.PhaseWhole: "whole", abi.PhaseSummary: "summary"}

// judgeVerdict holds a hook's answer against the specification.
func (k *kit) judgeVerdict(c *wasm.Crossing) {
	v := abi.Verdict(c.Result)
	a, arg := v.Action(), v.Arg()
	if !k.check(slices.Contains(answers[c.Name], a), "verdict/action", "%s answered %s (%#x) to %s", c.Name, a, uint64(v), k.doing) {
		return
	}
	k.check(v.Flags() == 0, "verdict/flags", "%s answered %s with the flags %#x to %s", c.Name, a, v.Flags(), k.doing)
	switch a {
	case abi.Replaced, abi.Reject, abi.Close:
		k.check(arg <= k.desc.u32(abi.DescWindowCap), "verdict/length", "%s answered %s with %d bytes; the window has %d", c.Name, a, arg, k.desc.u32(abi.DescWindowCap))
	case abi.Hold:
		k.check(k.desc.u32(abi.DescNeeds)&abi.NeedHold != 0, "verdict/hold", "%s answered hold, and the descriptor has no NeedHold", c.Name)
	case abi.One, abi.All:
		k.check(arg < targets, "verdict/target", "%s answered %s with target %d; the target table has %d, from 0", c.Name, a, arg, targets)
	case abi.Any:
		k.check(arg >= uint32(abi.RolePrimary) && arg <= uint32(abi.RoleRunning), "verdict/role", "%s answered any with role %d; roles are %d to %d", c.Name, arg, abi.RolePrimary, abi.RoleRunning)
	}
	switch c.Name {
	case abi.ExportReply:
		phase := abi.ReplyPhase(uint32(c.Args[0]))
		k.check(slices.Contains(phases[phase], a), "reply/answers", "ps_reply answered %s in phase %s", a, phaseNames[phase])
	case abi.ExportEvent:
		k.judgeEvent(abi.EventKind(uint32(c.Args[0])), a)
	}
	k.judgeHeader(c, v)
}

// judgeEvent looks at what an event was answered with: Detach is for timers
// only, Close for them and for servers that are lost.
func (k *kit) judgeEvent(kind abi.EventKind, a abi.Action) {
	const rule = "event/verdict"
	lost := kind == abi.EventBackendFailed || kind == abi.EventBackendLost
	switch {
	case kind == abi.EventTimer:
		k.check(a == abi.Pass || a == abi.Detach || a == abi.Close, rule, "EventTimer was answered %s; Pass, Detach and Close are possible", a)
	case a == abi.Detach:
		k.broken(rule, "%s was answered detach; of events only EventTimer may be", eventName(kind))
	case a == abi.Close:
		k.check(lost, rule, "%s was answered close; of events only EventTimer, EventBackendFailed and EventBackendLost may be", eventName(kind))
	}
	k.kept(rule)
}

// judgeHeader looks at what the guest has left in the header.
func (k *kit) judgeHeader(c *wasm.Crossing, v abi.Verdict) {
	n := min(k.desc.u32(abi.DescHeaderCap), abi.HeaderSize)
	area, ok := c.Read(k.desc.u32(abi.DescHeader), n)
	if !ok {
		return
	}
	if c.Name != abi.ExportEvent {
		for off := range abi.HdrHintKind {
			if !k.check(area[off] == k.told[off], "header/in", "%s wrote to offset %d of the header, which is the host's up to %d", c.Name, off, abi.HdrHintKind) {
				break
			}
		}
	}
	a := v.Action()
	var h abi.Header // what the guest has no room for reads as the host wrote it
	h.SetU32(abi.HdrReplyLevel, uint32(abi.ReplyKeep))
	h.SetU32(abi.HdrFallback, abi.NoTarget)
	copy(h[:], area)
	if a == abi.Reject || a == abi.Close {
		errno := h.U32(abi.HdrErrno)
		k.check(errno <= 65535, "verdict/errno", "%s answered %s with error number %d; at most 65535 are possible", c.Name, a, errno)
		state := h[abi.HdrSQLState : abi.HdrSQLState+5]
		k.check(goodState(state), "verdict/sqlstate", "%s answered %s with SQLSTATE %q", c.Name, a, state)
	}
	if c.Name == abi.ExportEvent {
		return
	}
	kind, length := h.U32(abi.HdrHintKind), h.U32(abi.HdrHintLength)
	k.check(kind <= uint32(abi.HintAll), "header/hint", "%s left the hint %d; hints are 0 to %d", c.Name, kind, abi.HintAll)
	k.check(length <= abi.MaxHintName, "header/hint", "%s left a hint with a name of %d bytes; %d are possible", c.Name, length, abi.MaxHintName)
	level := h.U32(abi.HdrReplyLevel)
	known := level == uint32(abi.ReplyKeep) || level <= uint32(abi.ReplyBuffered)
	k.check(known, "header/reply-level", "%s left the reply level %d; levels are 0 to %d, and ReplyKeep", c.Name, level, abi.ReplyBuffered)
	if known && level != uint32(abi.ReplyKeep) && level != uint32(abi.ReplyNone) {
		k.check(k.exports[abi.ExportReply], "header/reply-level", "%s asked for replies at level %d, and ps_reply is not exported", c.Name, level)
	}
	if c.Name == abi.ExportRoute {
		fallback := binary.LittleEndian.Uint32(h[abi.HdrFallback:])
		k.check(fallback == abi.NoTarget || fallback < targets, "header/fallback", "ps_route left the fallback %d; the target table has %d, from 0", int32(fallback), targets)
	}
}

// goodState accepts five digits and capital letters, or five zero bytes.
func goodState(s []byte) bool {
	zero := true
	for _, c := range s {
		zero = zero && c == 0
	}
	return zero || !slices.ContainsFunc(s, func(c byte) bool { return (c < '0' || c > '9') && (c < 'A' || c > 'Z') })
}
