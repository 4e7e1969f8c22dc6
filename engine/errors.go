package engine

import (
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
)

// clientError is an error that the client gets as an ERR packet.
type clientError struct {
	Errno    uint16
	SQLState string
	Message  string
	// Fatal says that the session ends after the packet.
	Fatal bool
	cause error
}

func (e *clientError) Error() string {
	return fmt.Sprintf("ERROR %d (%s): %s", e.Errno, e.SQLState, e.Message)
}

func (e *clientError) Unwrap() error { return e.cause }

// packet appends the ERR packet's payload to dst.
func (e *clientError) packet(dst []byte) []byte {
	err := wire.ERR{Errno: e.Errno, SQLState: e.SQLState, Message: e.Message}
	return err.Encode(dst)
}

func clientErrorf(errno uint16, state, format string, args ...any) *clientError {
	e := fmt.Errorf(format, args...)
	return &clientError{Errno: errno, SQLState: state, Message: e.Error(), cause: errors.Unwrap(e)}
}

func (e *clientError) fatal() *clientError {
	e.Fatal = true
	return e
}

// endError is what a client is told when its session ends for a cause; nil if
// it is told nothing.
func endError(cause error) *clientError {
	var ce *clientError
	switch {
	case errors.As(cause, &ce):
		return ce
	case errors.Is(cause, errKilled), errors.Is(cause, errKilledByTTL):
		return &clientError{Errno: wire.ErConnectionKilled, SQLState: "70100", Message: "Connection was killed by the administrator of the proxy"}
	case errors.Is(cause, errKillSQL):
		return &clientError{Errno: wire.ErConnectionKilled, SQLState: "70100", Message: "Connection was killed"}
	case errors.Is(cause, ErrShutdown):
		return &clientError{Errno: wire.ErServerShutdown, SQLState: "08S01", Message: "Server shutdown in progress: the proxy is stopping"}
	case errors.Is(cause, errIdleTimeout):
		return &clientError{Errno: wire.ErNetReadInterrupted, SQLState: "08S01", Message: "Got timeout reading communication packets: the connection was idle for longer than the service's connection_timeout"}
	case errors.Is(cause, errStalled):
		return &clientError{Errno: wire.ErNetReadInterrupted, SQLState: "08S01", Message: "Got timeout reading communication packets: nothing of the rest of the command came for the service's net_timeout"}
	}
	return nil
}

// lostError says that a server went away in the middle of a command.
type lostError struct {
	target        int
	server        string
	started       bool // part of the reply has reached the client
	inTransaction bool
	notSent       bool // provably nothing of the command was executed
	err           error
}

func (e *lostError) Error() string {
	return fmt.Sprintf("lost the connection to server %q: %v", e.server, e.err)
}

func (e *lostError) Unwrap() error { return e.err }
