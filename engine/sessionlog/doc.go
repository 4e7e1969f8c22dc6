// Package sessionlog is the log of one session: five levels that can each be
// switched on for this session alone, and a ring of its last lines.
//
// A line goes to the process's log if the process logs that level anyway, or
// if the session's flag for the level is on; flags only ever add. It also goes
// to the session's ring, whatever its level, if the ring has a size. A line
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
