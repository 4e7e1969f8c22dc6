package wire

import (
	"errors"
	"fmt"
)

// MaxPayload is the largest payload of one packet. A packet of exactly this
// length is continued by the next.
const MaxPayload = 1<<24 - 1

// HeaderLen is the size of a packet's header.
const HeaderLen = 4

// Errors that callers test with errors.Is.
var (
	// ErrMalformed is wrapped by every error that says that received bytes
	// break the protocol.
	ErrMalformed = errors.New("malformed packet")
	// ErrPeekLimit says that more than MaxPeek bytes were asked to be held.
	ErrPeekLimit = errors.New("cannot hold more than 1 MiB of unread bytes")
	// ErrUnread says that a connection cannot change its transport because
	// bytes are still in its buffers.
	ErrUnread = errors.New("bytes are still buffered")
)

// DecodeError says where a message breaks the protocol. It wraps ErrMalformed.
type DecodeError struct {
	Message string // the message's name, such as "OK"
	Field   string // the field that could not be read
	Offset  int    // where in the payload
}

// Error implements error.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("malformed %s packet: bad %s at byte %d", e.Message, e.Field, e.Offset)
}

// Unwrap returns ErrMalformed.
func (e *DecodeError) Unwrap() error { return ErrMalformed }

// TooLargeError says that a message is longer than its reader allows. Nothing
// of the message has been consumed: it can still be forwarded with
// [Conn.CopyFrom] or skipped with [Conn.Skip].
type TooLargeError struct {
	Length int // payload bytes of the message seen so far in packet headers
	Max    int
}

// Error implements error.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("message of at least %d bytes exceeds the limit of %d bytes", e.Length, e.Max)
}

// Side says which of two connections failed.
type Side uint8

// The sides of a [SideError].
const (
	SideUnknown Side = iota
	SideSource       // reading
	SideTarget       // writing
)

// String returns "source", "target" or "unknown".
func (s Side) String() string {
	switch s {
	case SideSource:
		return "source"
	case SideTarget:
		return "target"
	}
	return "unknown"
}

// SideError is the error of an operation on two connections.
type SideError struct {
	Side   Side
	Copied int64 // bytes that were consumed from the source and accepted by the target
	Err    error
}

// Error implements error.
func (e *SideError) Error() string {
	verb := "read from source"
	if e.Side == SideTarget {
		verb = "write to target"
	}
	return fmt.Sprintf("%s after %d bytes: %v", verb, e.Copied, e.Err)
}

// Unwrap returns the failed side's error.
func (e *SideError) Unwrap() error { return e.Err }

// ErrSide returns the side at fault of an error of [Conn.CopyFrom], and
// SideUnknown for any other error.
func ErrSide(err error) Side {
	var s *SideError
	if errors.As(err, &s) {
		return s.Side
	}
	return SideUnknown
}
