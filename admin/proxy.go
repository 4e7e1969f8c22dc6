package admin

import (
	"context"
	"time"

	"github.com/penstock-db/penstock/engine"
)

// Proxy is what the API asks of the engine.
type Proxy interface {
	Sessions
	Diagnoser
	Control
	Definitions
	Resources
}

// Sessions reads sessions. It must never wait for one.
type Sessions interface {
	// SessionIDs returns the ids of all live sessions, in their order.
	SessionIDs() []uint64
	// Snapshot returns one session; the error is [engine.ErrNoSession].
	Snapshot(id uint64) (engine.Snapshot, error)
	// Outline makes snap a snapshot of one session without Queries, Log and
	// Memory, which take most of the time. It uses snap's slices again; the error
	// is [engine.ErrNoSession].
	Outline(id uint64, snap *engine.Snapshot) error
}

// Diagnoser asks plugins. It may wait for a session for a bounded time.
type Diagnoser interface {
	// DiagnoseSession asks the plugins of one session about themselves. Errors
	// are [engine.ErrNoSession], [engine.ErrSessionBusy].
	DiagnoseSession(ctx context.Context, id uint64) ([]engine.Diagnosis, error)
}

// Control changes sessions.
type Control interface {
	// UpdateSession changes a session, wholly or not at all. Errors are
	// [engine.ErrNoSession], [*engine.UnknownFilterError], [*engine.FilterOpenError].
	UpdateSession(ctx context.Context, id uint64, u engine.Update) error
	// RestartSession restarts a session now or as soon as it is idle. Errors
	// are [engine.ErrNoSession], [*engine.RestartError].
	RestartSession(ctx context.Context, id uint64) error
	// RestartAll tries all; the error is [engine.RestartErrors].
	RestartAll(ctx context.Context) error
	// Kill ends a session after ttl, at once if it is zero. A later call
	// replaces the ttl.
	Kill(id uint64, ttl time.Duration) error
}

// Definitions does at once what a change of the configuration leaves to time.
type Definitions interface {
	// UpgradeFilter makes a filter anew with its module as it is now and has
	// live sessions take it over. Errors are [engine.ErrNoFilter], or why the
	// new version does not work; then nothing has changed.
	UpgradeFilter(name string) error
	// CloseSessions ends the sessions whose service and listener of answers
	// true for.
	CloseSessions(of func(service, listener string) bool)
	// AbandonServer closes all connections to a server.
	AbandonServer(name string)
}

// Resources reads what sessions are related to. Each list is in the order of
// the names.
type Resources interface {
	Services() []engine.ServiceInfo
	Servers() []engine.ServerInfo
	Filters() []engine.FilterInfo
	Listeners() []engine.ListenerInfo
	Monitors() []engine.MonitorInfo
}
