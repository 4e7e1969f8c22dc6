// Package watch is `penstock watch`: a view of the live sessions that refreshes
// itself, on a terminal like top, elsewhere as one table after another.
//
//	session.go  a session as the view needs it
//	reader.go   one look at the API: thousands of sessions without their statements, then the statements of those that are shown
//	meter.go    queries a second, from the differences of counters
//	view.go     which sessions are shown, in which order
//	model.go    the terminal's view: Bubble Tea's model; keys.go, screen.go
//	plain.go    the view that is no terminal's
package watch
