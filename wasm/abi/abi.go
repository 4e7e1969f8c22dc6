// Package abi holds the numbers of Penstock's plugin ABI, version 1: names and
// signatures of exports and imports, struct offsets, verdicts, errnos, events
// and the statement vocabulary that crosses the boundary.
//
// It is the one source of truth for them. The host (package wasm), the engine
// and the Go SDK import it; the SDKs of other languages are generated from it;
// docs/abi.md explains what each number means. It contains constants and pure
// accessors only and depends on nothing, so that a guest can import it too.
//
// Everything is little endian. Changing a number is a new major version;
// adding one is a minor version (see [Minor]).
package abi

// Major is the ABI's major version. It is part of the import module's name
// and of the marker export, so several majors can live side by side.
const Major = 1

// Minor counts compatible additions to this major version.
const Minor = 0

// Module is the import module's name and the marker export's name.
const Module = "penstock_v1"

// Sizes in bytes.
const (
	// PageSize is WebAssembly's page.
	PageSize = 64 << 10
	// MinWindow and MaxWindow bound a descriptor's window capacity.
	MinWindow = 16 << 10
	MaxWindow = 64 << 10
)

// Kind says what a plugin is.
type Kind uint32

// The kinds of plugins.
const (
	KindFilter Kind = 1
	KindRouter Kind = 2
)

// String returns the word used in configuration and documentation.
func (k Kind) String() string {
	switch k {
	case KindFilter:
		return "filter"
	case KindRouter:
		return "router"
	}
	return "unknown"
}

// Errno is the result of an import: zero or a true length if it succeeded,
// one of these negative numbers if not.
type Errno int32

// The errnos.
const (
	OK          Errno = 0
	NotFound    Errno = -1
	BadArg      Errno = -2
	Fault       Errno = -3 // a pointer or a length outside the guest's memory
	Unsupported Errno = -4 // this host does not know the import
	CASMismatch Errno = -5
	Quota       Errno = -6
	WrongPhase  Errno = -7 // the import is not allowed in this hook
	Timeout     Errno = -8
	Internal    Errno = -9
)

var errnoNames = [...]string{"OK", "NOT_FOUND", "BAD_ARG", "FAULT", "UNSUPPORTED",
	"CAS_MISMATCH", "QUOTA", "WRONG_PHASE", "TIMEOUT", "INTERNAL"}

// Error returns the errno's name as docs/abi.md spells it.
func (e Errno) Error() string {
	if e <= 0 && int(-e) < len(errnoNames) {
		return errnoNames[-e]
	}
	return "UNKNOWN_ERRNO"
}

// LogLevel is the level of a guest's log line.
type LogLevel uint32

// The log levels. They are those of the session's five log flags.
const (
	LogError   LogLevel = 1
	LogWarning LogLevel = 2
	LogNotice  LogLevel = 3
	LogInfo    LogLevel = 4
	LogDebug   LogLevel = 5
)

// OpenReason is ps_open's argument.
type OpenReason uint32

// The reasons for which an instance is opened.
const (
	OpenNew       OpenReason = 0 // a new session
	OpenSwap      OpenReason = 1 // swapped in by PATCH; state_read may have the old instance's state
	OpenAfterTrap OpenReason = 2 // on_failure = restart
	OpenRestart   OpenReason = 3 // the session was restarted
)

// CloseReason is ps_close's argument.
type CloseReason uint32

// The reasons for which an instance is closed.
const (
	CloseSessionEnd CloseReason = 0
	CloseSwap       CloseReason = 1
	CloseRestart    CloseReason = 2
)

// FailurePolicy says what happens to a session when its instance fails.
type FailurePolicy uint32

// The failure policies. FailureDefault in a descriptor means FailureClose.
const (
	FailureDefault FailurePolicy = 0
	FailureClose   FailurePolicy = 1
	FailureRestart FailurePolicy = 2
	FailureBypass  FailurePolicy = 3
)

// String returns the word used for on_failure in the configuration.
func (p FailurePolicy) String() string {
	switch p {
	case FailureRestart:
		return "restart"
	case FailureBypass:
		return "bypass"
	}
	return "close"
}
