// Package ctl is the command line client of the REST API: `penstock sessions`,
// `penstock session kill 7`, and so on. docs/cli.md is its reference.
//
//	app.go         the tree of commands
//	connection.go  where the API is, and how to get in
//	exit.go        errors, what to do about them, exit codes
//	kinds.go       the resources: their paths and the columns of their lists
//	list.go, show.go    reading; format.go, output.go: how values look
//	sessions.go, session_*.go    the session resource
//	logs.go        the proxy's own log
//	state.go, definition.go, user.go    changing what is not a session
//	complete.go    completion of names and ids
//
// It looks at attributes by name and prints nothing for those that are missing,
// so that it can talk to a proxy of another version.
package ctl
