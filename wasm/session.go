package wasm

import "github.com/penstock-db/penstock/wasm/abi"

// Session is what an instance can always ask of the session that it works for.
// All of it is called on the session's own goroutine, while a hook of the
// instance runs. What else a session offers, it offers by implementing
// [Targets], [Statements], [ReplyBuilder], [Timers], [Tee] or [Caller]; imports
// that need one that is missing answer UNSUPPORTED.
type Session interface {
	// LogEnabled reports whether lines of this level are wanted.
	LogEnabled(level abi.LogLevel) bool
	// Log takes one line, without line end, of valid UTF-8 and bounded length.
	Log(level abi.LogLevel, line string)
	// Info returns the value for a key of info_get (user, host, schema, …).
	Info(key string) (string, bool)
}

// Targets is a session that has servers to choose from.
type Targets interface {
	// AppendTargets appends the target table in the layout of abi.Targets* and
	// abi.Target*.
	AppendTargets(dst []byte) []byte
}

// Statements is a session that can tell more about the command that the hook
// was called for. If there is no statement, ok is false (NOT_FOUND).
type Statements interface {
	// AppendCanonical appends the statement's canonical text.
	AppendCanonical(dst []byte) (text []byte, ok bool)
	// AppendTables appends the names of the statement's tables, each ended by a NUL.
	AppendTables(dst []byte) (names []byte, ok bool)
}

// ReplyBuilder is a session that collects the reply that a filter makes up for
// the verdict Reply. Slices are guest memory, valid during the call only.
// BeginReply is called before each ps_query: what was collected before goes.
type ReplyBuilder interface {
	BeginReply()
	ReplyOK(affected, lastInsertID uint64, warnings uint16) abi.Errno
	ReplyErr(errno uint16, sqlstate [5]byte, message []byte) abi.Errno
	ReplyColumns(columns []byte) abi.Errno
	ReplyRow(row []byte) abi.Errno
	ReplyAppend(packets []byte) abi.Errno
}

// Timers is a session that can wake its plugins with EventTimer.
type Timers interface {
	// SetTimer arms timer id (0–15) of the instance to fire once after ms milliseconds,
	// replacing what it was set to.
	SetTimer(i *Instance, id, ms uint32) abi.Errno
	// CancelTimer disarms it; NotFound if it was not armed.
	CancelTimer(i *Instance, id uint32) abi.Errno
}

// Tee is a session that can send a copy of a command to another service.
type Tee interface {
	Tee(i *Instance, service string, payload []byte) abi.Errno
}

// Caller is a session with private extensions: functions that plugins reach
// through the import call. It appends the answer to dst.
type Caller interface {
	Call(i *Instance, name string, in, dst []byte) ([]byte, abi.Errno)
}
