// Package boundary is the line between a Go plugin and the host: the static
// buffers that both see, the imports, and the exports.
//
// In a wasip1 build the imports are the host's own functions of module
// penstock_v1 and the exports are ps_init and its siblings. In every other
// build the imports go to a [Host] that a test provides and the exports are
// the methods of [Plugin], so that a plugin is tested like any Go package.
//
// The buffers are package variables because their addresses must never
// change: the host writes to them without asking.
package boundary

import (
	"runtime"

	"github.com/penstock-db/penstock/wasm/abi"
)

// WindowSize is the largest capacity of the window. Pages that nobody touches cost an
// instance nothing, so it is as large as the ABI allows.
const WindowSize = abi.MaxWindow

var (
	// Header is where the host writes the header before each hook.
	Header abi.Header
	// Window holds the payload of a hook and takes its output.
	Window [WindowSize]byte
	// WindowCap is how much of it the host is told of.
	WindowCap = WindowSize
	// Descriptor is what ps_init answers with.
	Descriptor [abi.DescriptorSize]byte
	// Texts are what the descriptor says that statements must have one of.
	Texts [abi.MaxTexts * (1 + abi.MaxText)]byte
)

// Hooks is what the SDK does when the host calls.
type Hooks interface {
	Init(features uint64, configLen int) error
	Open(reason abi.OpenReason) error
	Query(n int) abi.Verdict
	Route(n int) abi.Verdict
	Reply(phase abi.ReplyPhase, n int) abi.Verdict
	Event(kind abi.EventKind, a, b uint64) abi.Verdict
	Close(reason abi.CloseReason)
}

// Plugin is set by package sdk when it is initialised.
var Plugin Hooks

// collectEvery is how many calls go by before the guest's scheduler, and with
// it the garbage collector's background work, gets a turn. Without it the
// collector never runs between exported calls and memory only grows.
const collectEvery = 64

var calls uint32

// Breathe counts a call and lets the runtime work now and then.
func Breathe() {
	if calls++; calls%collectEvery == 0 {
		runtime.Gosched()
	}
}
