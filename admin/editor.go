package admin

import (
	"context"

	"github.com/penstock-db/penstock/engine/config"
)

// Editor changes the configuration, for good: what it has changed is in force
// when Edit returns, and after a restart of Penstock.
type Editor interface {
	// Edit has change alter the overlay of the configuration, which current is
	// the state of, then takes the result over and keeps it; or does nothing of
	// the kind. Its error is change's own, or [*config.Errors] if the result is
	// no valid configuration, or why the engine cannot take it over, or
	// [*NotKeptError]; with [*NotInForceError] the change is made. Edits happen one
	// after the other.
	Edit(ctx context.Context, change func(current *config.Config, overlay *config.Overlay) error) error
}

// NotKeptError says that a change could not be written to disk; nothing has
// changed.
type NotKeptError struct{ Err error }

// Error says why.
func (e *NotKeptError) Error() string {
	return "nothing is changed, because the change cannot be kept: " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *NotKeptError) Unwrap() error { return e.Err }

// NotInForceError says that a change is kept, but that a part of the program
// goes on without it until the reason is gone.
type NotInForceError struct{ Err error }

// Error says why.
func (e *NotInForceError) Error() string {
	return "the change is kept, but not all of the configuration is in force until this is mended and Penstock reads it again (SIGHUP): " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *NotInForceError) Unwrap() error { return e.Err }
