// Package sessionlog is the log of one session: five levels that can each be
// switched on for this session alone, and a ring of its last lines.
//
// A session's flags alone decide which of its lines go to the process's log:
// the process's own threshold is for lines that are about no session. Whatever
// its level, a line also goes to the session's ring, if that has a size. A line
// that goes nowhere costs [Logger.Enabled]: two atomic loads, no allocation.
// Callers guard with it whatever is not free to put together:
//
//	if log.Enabled(sessionlog.Debug) {
//		log.Log(sessionlog.Debug, "packet to server", "server", name, "bytes", n)
//	}
//
// # Levels
//
// Penstock's levels are MaxScale's: error, warning, notice, info, debug. hclog
// has five as well, but calls the last three info, debug and trace. The levels
// map one to one (see [Level.HCLog]), so hclog's Info is Penstock's notice,
// its Debug is Penstock's info, and its Trace is Penstock's debug. The process's
// logger (cmd/penstock) prints Penstock's names.
package sessionlog
