package abi

import "strconv"

// Verdict is a hook's answer: action in bits 0–7, flags in bits 8–31, length
// or argument in bits 32–63.
type Verdict uint64

// Action is what a verdict asks for.
type Action uint8

// Actions of filters on a command (ps_query).
const (
	Pass     Action = 0 // go on unchanged
	Replaced Action = 1 // the window holds the new payload, argument bytes long (see also payload_append)
	Reply    Action = 2 // the reply built with reply_* goes to the client; the command goes no further
	Reject   Action = 3 // ERR to the client: errno and SQLSTATE in the header, message of argument bytes in the window
	Hold     Action = 4 // call me again with the same command after argument milliseconds
	Close    Action = 5 // ERR as for Reject, then the session is closed
	Detach   Action = 6 // pass, and never call me again in this session
)

// Additional actions on a reply (ps_reply): Pass, Replaced, Reject and Detach
// are allowed too.
const (
	Drop Action = 7 // leave this part out of the reply
	Done Action = 8 // pass this part; the client gets no more rows of this result
)

// Actions of routers (ps_route): Hold, Reject and Close are allowed too.
const (
	One Action = 16 // argument: target index
	Any Action = 17 // argument: Role; the host balances
	All Action = 18 // argument: index of the target whose reply counts
)

// NewVerdict packs an action and its argument.
func NewVerdict(a Action, arg uint32) Verdict {
	return Verdict(uint64(a) | uint64(arg)<<32)
}

// Action returns the verdict's action.
func (v Verdict) Action() Action { return Action(v) }

// Flags returns the verdict's 24 flag bits. Version 1 defines none: they must be zero.
func (v Verdict) Flags() uint32 { return uint32(v) >> 8 }

// Arg returns the verdict's length or argument.
func (v Verdict) Arg() uint32 { return uint32(v >> 32) }

// String returns the action's name in lower case.
func (a Action) String() string {
	switch a {
	case Pass:
		return "pass"
	case Replaced:
		return "replaced"
	case Reply:
		return "reply"
	case Reject:
		return "reject"
	case Hold:
		return "hold"
	case Close:
		return "close"
	case Detach:
		return "detach"
	case Drop:
		return "drop"
	case Done:
		return "done"
	case One:
		return "one"
	case Any:
		return "any"
	case All:
		return "all"
	}
	return "action(" + strconv.Itoa(int(a)) + ")"
}

// Role is what a server has to be for Any, and for a routing hint.
type Role uint32

// The roles.
const (
	RolePrimary Role = 1
	RoleReplica Role = 2
	RoleRunning Role = 3 // primary or replica
)

// ReplyLevel says how much of a reply a plugin sees.
type ReplyLevel uint32

// The reply levels. A higher level includes what the lower ones show.
const (
	ReplyNone     ReplyLevel = 0
	ReplySummary  ReplyLevel = 1 // one call at the end, header only
	ReplyColumns  ReplyLevel = 2 // column definitions, then the summary
	ReplyRows     ReplyLevel = 3 // columns, row packets in batches, the summary
	ReplyBuffered ReplyLevel = 4 // the whole reply in one call, then the summary
	ReplyKeep     ReplyLevel = 0xFFFFFFFF
)

// ReplyPhase is ps_reply's first argument.
type ReplyPhase uint32

// The phases. In a reply with several results, columns and rows come once a
// result; the summary comes once a reply. The payload of columns, rows and
// whole is a sequence of framed packets (3 bytes length, 1 byte sequence).
const (
	PhaseColumns ReplyPhase = 1
	PhaseRows    ReplyPhase = 2
	PhaseWhole   ReplyPhase = 3
	PhaseSummary ReplyPhase = 4
)

// EventKind is ps_event's first argument.
type EventKind uint32

// The kinds of events and their arguments a and b.
const (
	EventTimer            EventKind = 1 // a: timer id
	EventBackendConnected EventKind = 2 // a: target index
	EventBackendFailed    EventKind = 3 // a: target index, b: errno; the connection could not be opened
	EventBackendLost      EventKind = 4 // a: target index, b: Lost* bits; a router may answer One or Any to retry
	EventTargetsChanged   EventKind = 5 // a: version of the target table
	EventDetach           EventKind = 6 // answer Replaced with the state in the window to hand it over
	EventDiagnostics      EventKind = 7 // answer Replaced with JSON in the window
	EventSessionReset     EventKind = 8 // COM_CHANGE_USER or COM_RESET_CONNECTION succeeded
)

// Bits of EventBackendLost's argument b.
const (
	LostCommandOutstanding = 1 << 0 // a command had been sent and its reply had not ended
	LostReplyStarted       = 1 << 1 // part of the reply has reached the client: a retry is impossible
	LostInTransaction      = 1 << 2
	LostNotSent            = 1 << 3 // provably nothing of the command was executed
)
