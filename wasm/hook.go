package wasm

import "github.com/penstock-db/penstock/wasm/abi"

// hook is an export that the host calls, as an index into an instance's
// function handles.
type hook uint8

const (
	hookInitialize hook = iota
	hookInit
	hookOpen
	hookQuery
	hookRoute
	hookReply
	hookEvent
	hookClose
	hookCount
)

// phase says what a running guest may ask for; imports check it against masks
// of phases.
type phase uint16

const (
	phaseInit phase = 1 << iota // no session yet
	phaseOpen
	phaseQuery
	phaseRoute
	phaseReply
	phaseEvent
	phaseClose

	phaseNone    phase = 0
	phaseCommand       = phaseQuery | phaseRoute | phaseReply // a command is there
	phaseSession       = phaseOpen | phaseCommand | phaseEvent | phaseClose
	phaseAny           = phaseInit | phaseSession
)

var hooks = [hookCount]struct {
	export  string
	phase   phase
	actions uint32 // bit n: abi.Action n is a valid answer
}{
	hookInitialize: {abi.ExportInitialize, phaseInit, 0},
	hookInit:       {abi.ExportInit, phaseInit, 0},
	hookOpen:       {abi.ExportOpen, phaseOpen, 0},
	hookQuery: {abi.ExportQuery, phaseQuery, 1<<abi.Pass | 1<<abi.Replaced | 1<<abi.Reply | 1<<abi.Reject |
		1<<abi.Hold | 1<<abi.Close | 1<<abi.Detach},
	hookRoute: {abi.ExportRoute, phaseRoute, 1<<abi.One | 1<<abi.Any | 1<<abi.All | 1<<abi.Hold | 1<<abi.Reject | 1<<abi.Close},
	hookReply: {abi.ExportReply, phaseReply, 1<<abi.Pass | 1<<abi.Replaced | 1<<abi.Drop | 1<<abi.Done | 1<<abi.Reject | 1<<abi.Close | 1<<abi.Detach},
	hookEvent: {abi.ExportEvent, phaseEvent, 1<<abi.Pass | 1<<abi.Replaced | 1<<abi.Reject | 1<<abi.Close | 1<<abi.Detach | 1<<abi.One | 1<<abi.Any},
	hookClose: {abi.ExportClose, phaseClose, 0},
}

// repeats says whether a hook is called often enough for its handle, with the
// call stack that is in it, to be kept.
func (k hook) repeats() bool { return k != hookInitialize && k != hookInit }
