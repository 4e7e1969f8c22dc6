package sdk

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Filter sees the commands that it asked for with [Options.Commands] on their
// way to the router.
type Filter interface {
	Query(q *Query) Verdict
}

// Router says where a command goes: [One], [OneOr], [Any] or [All].
type Router interface {
	Route(q *Query) Verdict
}

// Opener is told that the session begins. An error refuses the session.
type Opener interface {
	Open(reason abi.OpenReason) error
}

// Replier sees replies at the level of [Options.ReplyLevel] or
// [Query.RaiseReply].
type Replier interface {
	Reply(r *Reply) Verdict
}

// TimerHandler is called when a timer of [SetTimer] runs out.
type TimerHandler interface {
	Timer(id uint32) Verdict
}

// BackendHandler is told of the session's connections. BackendLost may answer
// One or Any to have the outstanding command sent again; lost has abi.Lost* bits.
type BackendHandler interface {
	BackendConnected(target uint32)
	BackendFailed(target uint32, errno uint16) Verdict
	BackendLost(target uint32, lost uint64) Verdict
}

// TargetsHandler is told that a server's status changed.
type TargetsHandler interface {
	TargetsChanged(version uint32) Verdict
}

// ResetHandler is told that COM_CHANGE_USER or COM_RESET_CONNECTION succeeded:
// the session is as new.
type ResetHandler interface {
	SessionReset()
}

// Detacher appends the state that a swapped-in instance of the same plugin
// will find with [HandedOver] in its Open: see [AppendState]. It changes
// nothing, because the instance goes on if its successor cannot be opened.
//
// A router is replaced in live sessions only if it is a Detacher and its
// successor is one, too; a filter that is none has its successor begin anew.
type Detacher interface {
	Detach(dst []byte) []byte
}

// Diagnoser appends a JSON object for the administrator.
type Diagnoser interface {
	Diagnose(dst []byte) []byte
}

// Closer is told that the instance ends. It is not called after a failure.
type Closer interface {
	Close(reason abi.CloseReason)
}

// definition is one registered plugin.
type definition struct {
	name   string
	kind   abi.Kind
	filter func(*Options) (Filter, error)
	router func(*Options) (Router, error)
}

var registered []definition

// RegisterFilter makes a filter known under a name. Call it from init.
func RegisterFilter(name string, setup func(*Options) (Filter, error)) {
	registered = append(registered, definition{name: name, kind: abi.KindFilter, filter: setup})
}

// RegisterRouter makes a router known under a name. Call it from init.
func RegisterRouter(name string, setup func(*Options) (Router, error)) {
	registered = append(registered, definition{name: name, kind: abi.KindRouter, router: setup})
}

// Now is the host's monotonic clock when the command, the part of a reply or the
// event came that the hook is called for.
func Now() time.Duration { return time.Duration(boundary.Header.U64(abi.HdrNow)) }
