// Package backend is one session's connection to one server.
//
// [Dial] connects, logs in with the client's credentials and agrees on the
// capabilities that the client's framing needs. A [Conn] then belongs to the
// session's goroutine: the engine forwards packets through Conn.Wire, and uses
// [Conn.Exec] and [Conn.Query] for round trips of its own.
//
// A session has several backends over time, and each must be in the state that
// the client believes its one connection is in. Two things see to that:
//
//   - [History] remembers the session's commands that changed its state, and
//     [Conn.Replay] brings a backend up to date with what it has not seen.
//   - [Statements] gives prepared statements ids of Penstock's own, and
//     [Conn.Prepare] prepares one lazily on whichever backend executes it.
package backend
