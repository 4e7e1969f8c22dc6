// Package engine is where Penstock's rooms meet: services, listeners,
// sessions and their chains of plugin instances.
//
// A [Proxy] is built from one configuration. Each of its listeners accepts
// clients for one service; each client becomes a [Session], which is one
// goroutine that owns the client's connection, a backend connection to each
// server it has needed so far, one router instance and one instance for each
// filter of its chain. It works in lock-step: read a command, run it down the
// chain, send it to the server or servers that the router names, pump the
// reply back up, flush, repeat.
//
//	client ─▶ command ─▶ filter 1 ▶ filter 2 ▶ … ▶ router ─▶ backend(s)
//	client ◀─ filter 1 ◀ filter 2 ◀ … ◀ reply pump ◀────────── backend
//
// Nobody but its goroutine touches a session's connections and instances.
// Others, the REST API, timers, a shutdown, hand it work with [Session.Do],
// which runs between two commands, and read what the session publishes in
// atomics and under one short lock ([Session.Snapshot]).
//
// What a session is made of, router instance, chain and backends, is its
// body. A PATCH swaps the chain, a restart swaps the whole body, both at the
// moment when the session is idle: no reply outstanding, no LOAD DATA, no open
// cursor or long data, no open transaction.
//
// Start reading with session.go, then command.go, route.go and pump.go.
package engine
