package wasm

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"github.com/penstock-db/penstock/wasm/abi"
)

// FailureKind says how a plugin failed.
type FailureKind uint8

// The kinds of failure.
const (
	FailureTrap     FailureKind = 1 // a WebAssembly trap: unreachable, out of bounds, …; a Go panic ends like this
	FailureTimeout  FailureKind = 2 // the call's time budget was used up
	FailureMemory   FailureKind = 3 // it died after more memory than its cap was denied
	FailureStack    FailureKind = 4 // calls nested too deeply
	FailureExit     FailureKind = 5 // it called proc_exit
	FailureNonsense FailureKind = 6 // it answered what the ABI does not allow
	FailureHost     FailureKind = 7 // the host's own fault while serving an import
)

// String returns the kind as one word, usable as a metric label.
func (k FailureKind) String() string {
	switch k {
	case FailureTrap:
		return "trap"
	case FailureTimeout:
		return "timeout"
	case FailureMemory:
		return "memory"
	case FailureStack:
		return "stack"
	case FailureExit:
		return "exit"
	case FailureNonsense:
		return "nonsense"
	case FailureHost:
		return "host"
	}
	return "unknown"
}

// Failure is a plugin's failure in one call. The instance is dead from then
// on; discard it.
type Failure struct {
	Definition string // the definition's name
	Export     string // the export that was called
	Kind       FailureKind
	// Output is the beginning of what the guest wrote to its standard error
	// in that call: a Go panic's message is there. It may be empty.
	Output string
	Err    error // the details, with a stack trace if there is one

	sources *sources // of the code that failed; nil: unknown
}

// Error returns one line; Detail has the stack trace.
func (f *Failure) Error() string {
	msg, _, _ := strings.Cut(f.Err.Error(), "\n")
	msg = strings.TrimSuffix(msg, " (recovered by wazero)")
	s := fmt.Sprintf("plugin %s failed in %s: %s: %s", f.Definition, f.Export, f.Kind, msg)
	if f.Output != "" {
		first, _, _ := strings.Cut(f.Output, "\n")
		s += ": " + first
	}
	return s
}

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// InitError says that a plugin could not be started with its options, or could
// not be opened for a session.
type InitError struct {
	Definition string
	Export     string    // ps_init or ps_open, or _initialize
	Errno      abi.Errno // what it returned, OK if it did not get that far
	Message    string    // the plugin's own words, given to fail(); may be empty
	Err        error     // what went wrong otherwise: a *Failure, a bad descriptor; may be nil
}

// Error returns the message, with the plugin's own words if it gave any.
func (e *InitError) Error() string {
	switch {
	case e.Message != "":
		return fmt.Sprintf("plugin %s: %s", e.Definition, e.Message)
	case e.Err != nil:
		return fmt.Sprintf("plugin %s cannot be started: %v", e.Definition, e.Err)
	}
	return fmt.Sprintf("plugin %s: %s returned %s (%d) and gave no message", e.Definition, e.Export, e.Errno.Error(), int32(e.Errno))
}

// Unwrap returns Err.
func (e *InitError) Unwrap() error { return e.Err }

// Causes that the host itself panics with to end a call. They stay values of
// an own type so that nothing that a session implementation panics with can be
// mistaken for them.
type abort string

func (a abort) Error() string { return string(a) }

const (
	errTimeBudget = abort("time budget used up")
	errCallDepth  = abort("calls nested too deeply")
)

// classify says what kind of failure a call's error is.
func (i *Instance) classify(err error) FailureKind {
	var exit *sys.ExitError
	var bug runtime.Error
	switch {
	case errors.Is(err, errTimeBudget):
		return FailureTimeout
	case i.memory.denied:
		return FailureMemory
	case errors.Is(err, errCallDepth), strings.HasPrefix(err.Error(), "stack overflow"), strings.HasPrefix(err.Error(), "wasm error: stack overflow"):
		return FailureStack
	case errors.As(err, &exit):
		return FailureExit
	case errors.As(err, &bug), strings.Contains(err.Error(), "(recovered by wazero)"):
		return FailureHost
	}
	return FailureTrap
}
