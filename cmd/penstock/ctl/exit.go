package ctl

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

// Exit codes. The first three are those of all commands.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3 // there is no such session, filter, …
	exitNotAllowed  = 4 // the account is wrong, or may not do this
	exitUnreachable = 5 // nobody answers at the API's address
)

// UsageError is a command line that makes no sense.
type UsageError struct{ text string }

func (e *UsageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// ExitCode is the exit code for a command's error.
func ExitCode(err error) int {
	var status *client.StatusError
	var unreachable *client.UnreachableError
	var usage *UsageError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &unreachable):
		return exitUnreachable
	case !errors.As(err, &status):
		return exitFailed
	case status.Code == http.StatusNotFound:
		return exitNotFound
	case status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden:
		return exitNotAllowed
	}
	return exitFailed
}

// explain adds to an error what this side knows of it, and what to do.
func (c *connection) explain(err error) error {
	var status *client.StatusError
	var unreachable *client.UnreachableError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.As(err, &authority):
		return fmt.Errorf("%w\n--ca FILE names the authority that the certificate comes from", err)
	case errors.As(err, &name):
		return fmt.Errorf("%w\nwrite the URL with a name that is in the certificate", err)
	case errors.As(err, &unreachable):
		return fmt.Errorf("%w\nthis address is that of %s: does Penstock run, and does its [admin] say the same? --url, PENSTOCK_URL or -c FILE name another", err, c.urlFrom)
	case errors.As(err, &status) && status.Code == http.StatusUnauthorized:
		return fmt.Errorf("%w\nwhat was tried: %s", err, c.accountFrom)
	}
	return err
}
