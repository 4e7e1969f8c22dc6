// Package rig runs the real penstock binary for end-to-end tests and
// benchmarks: it builds it once, starts it with a configuration, and looks at it
// from outside only (its REST API, its log, /proc).
//
// [Client] is a bare client of the protocol that keeps the bytes of every
// reply, so that an answer through Penstock can be compared with the server's own.
package rig
