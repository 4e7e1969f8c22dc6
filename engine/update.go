package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/penstock-db/penstock/engine/config"
)

// Update is a change of a live session. It is taken whole or not at all:
// everything is checked, and every new instance opened, before anything
// changes.
type Update struct {
	LogFlags LogFlags
	// Filters redefines the session's chain, in order; nil leaves it alone, an
	// empty list empties it. A name may occur more than once.
	Filters *[]string
}

// LogFlags changes some of a session's five log flags; nil leaves a flag
// as it is.
type LogFlags struct {
	Error, Warning, Notice, Info, Debug *bool
}

// Apply returns flags with the changes made.
func (l LogFlags) Apply(flags config.LogFlags) config.LogFlags {
	set := func(flag *bool, to *bool) {
		if to != nil {
			*flag = *to
		}
	}
	set(&flags.Error, l.Error)
	set(&flags.Warning, l.Warning)
	set(&flags.Notice, l.Notice)
	set(&flags.Info, l.Info)
	set(&flags.Debug, l.Debug)
	return flags
}

// ErrNoSession means that there is no session with the given id: there never
// was, or it has ended.
var ErrNoSession = errors.New("no such session")

// UnknownFilterError says that an [Update] names a filter that the
// configuration does not define.
type UnknownFilterError struct {
	Index int    // in Update.Filters
	Name  string // as it was given
}

// Error names the filter.
func (e *UnknownFilterError) Error() string {
	return fmt.Sprintf("there is no filter %q: define it in [filters.%s] of the configuration, or leave it out", e.Name, e.Name)
}

// FilterOpenError says that a filter of an [Update] could not be opened for
// the session. The session goes on with the chain that it had.
type FilterOpenError struct {
	Index int // in Update.Filters
	Name  string
	Err   error // the plugin's own message, or why it failed
}

// Error names the filter and passes on the plugin's message.
func (e *FilterOpenError) Error() string {
	return fmt.Sprintf("filter %q cannot open for this session: %v", e.Name, e.Err)
}

// Unwrap returns the cause.
func (e *FilterOpenError) Unwrap() error { return e.Err }

// RestartError says that a session could not be restarted. The session goes
// on as it was.
type RestartError struct {
	ID  uint64
	Err error
}

// Error names the session.
func (e *RestartError) Error() string {
	return fmt.Sprintf("session %d cannot be restarted and goes on as it was: %v", e.ID, e.Err)
}

// Unwrap returns the cause.
func (e *RestartError) Unwrap() error { return e.Err }

// notRestarted tells of a session that goes on as it was; one that was killed
// meanwhile does not. nil is no error.
func (s *Session) notRestarted(err error) error {
	switch {
	case err == nil:
		return nil
	case s.ctx.Err() != nil || errors.Is(err, ErrNoSession):
		return ErrNoSession
	}
	return &RestartError{s.id, err}
}

// RestartErrors lists every session that a restart of all could not restart;
// all the others are restarted, or will be when they are idle.
type RestartErrors []*RestartError

// Error lists the failures, one a line.
func (e RestartErrors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the failures.
func (e RestartErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, err := range e {
		errs[i] = err
	}
	return errs
}
