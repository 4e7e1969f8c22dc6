package backend

import (
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

// Sentinels that callers test with errors.Is.
var (
	// ErrAccessDenied: the server refused the credentials (1045) or the schema (1044).
	ErrAccessDenied = errors.New("access denied")
	// ErrTooManyConnections: the server has no room (1040, 1203).
	ErrTooManyConnections = errors.New("too many connections")
	// ErrCapabilities: the server lacks a capability that was promised to the client.
	ErrCapabilities = errors.New("the server lacks a capability that the client was promised")
	// ErrHistoryIncomplete: commands that the backend has not seen are no longer
	// remembered, so that it cannot be brought up to date.
	ErrHistoryIncomplete = errors.New("the session's command history is longer than max_history: a new connection cannot be brought into the session's state")
	// ErrNoSuchThread: what was to be killed is gone already (1094).
	ErrNoSuchThread = errors.New("no such thread")
	// ErrNoTypes: an execution relies on parameter types that no earlier one brought.
	ErrNoTypes = errors.New("the execution relies on parameter types that were never sent")
	// ErrLongDataLimit: more long data is waiting than Penstock holds.
	ErrLongDataLimit = errors.New("more long data than can be held back")
)

// Stage is how far Dial came.
type Stage string

// The stages of Dial, in order.
const (
	StageConnect      Stage = "connect"
	StageProxyHeader  Stage = "send the PROXY header"
	StageGreeting     Stage = "read the greeting"
	StageCapabilities Stage = "agree on capabilities"
	StageTLS          Stage = "start TLS"
	StageLogin        Stage = "log in"
)

// DialError says which server could not be reached or logged in to, and where
// it failed. If the server itself said why, Err is its *wire.ERR.
type DialError struct {
	Server string
	Stage  Stage
	Err    error
}

// Error implements error.
func (e *DialError) Error() string {
	return fmt.Sprintf("server %q: %s: %v", e.Server, e.Stage, e.Err)
}

// Unwrap returns the cause.
func (e *DialError) Unwrap() error { return e.Err }

// Errno is the server's error number, 0 if it gave none.
func (e *DialError) Errno() uint16 {
	var m *wire.ERR
	if errors.As(e.Err, &m) {
		return m.Errno
	}
	return 0
}

// Is makes the sentinels match by what the server said.
func (e *DialError) Is(target error) bool {
	switch e.Errno() {
	case wire.ErAccessDeniedError, wire.ErDBAccessDeniedError, erAccessDeniedNoPassword:
		return target == ErrAccessDenied
	case wire.ErConCountError, erTooManyUserConnections:
		return target == ErrTooManyConnections
	}
	return false
}

// Numbers of the server that only Dial meets.
const (
	erAccessDeniedNoPassword uint16 = 1698
	erTooManyUserConnections uint16 = 1203
)

// ServerError is an ERR that a server answered one of Penstock's own commands with.
type ServerError struct {
	Server  string
	Command wire.Command
	ERR     *wire.ERR
}

// Error implements error.
func (e *ServerError) Error() string {
	return fmt.Sprintf("server %q: %s: %v", e.Server, e.Command, e.ERR)
}

// Unwrap returns the server's error packet.
func (e *ServerError) Unwrap() error { return e.ERR }

// Is makes ErrNoSuchThread match.
func (e *ServerError) Is(target error) bool {
	return target == ErrNoSuchThread && e.ERR.Errno == wire.ErNoSuchThread
}

// DivergedError says that a command of the history ended differently on this
// server than when the client sent it: the session's state cannot be the same
// there, and the connection must not be used.
type DivergedError struct {
	Server  string
	Command wire.Command
	Text    string // the beginning of the statement
	Want    Outcome
	Got     Outcome
}

// Error implements error.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("server %q: replaying %s %q: %v, where the session had %v", e.Server, e.Command, e.Text, e.Got, e.Want)
}

// connErrorf wraps an error of the connection with the server's name.
func (b *Conn) connErrorf(err error, format string, args ...any) error {
	return fmt.Errorf("server %q: %s: %w", b.server, fmt.Sprintf(format, args...), err)
}
