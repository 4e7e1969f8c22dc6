package sessionlog

import (
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
)

// unfilterer is a logger that knows its twin without a level threshold, so
// that a session's flags can let lines through that are below the process's
// threshold. cmd/penstock's logger is one. With any other logger a line needs
// both the flag and the threshold; the ring works all the same.
type unfilterer interface {
	Unfiltered() hclog.Logger
}

// Logger is one session's log. All methods may be called from any goroutine.
type Logger struct {
	id    uint64
	base  hclog.Logger // the process's, with its threshold
	all   hclog.Logger // the same without; nil if base has no twin
	flags atomic.Uint32
	ring  ring
}

// New returns the log of the session with the given id. base is the
// process's logger, ringSize how many lines the ring keeps (0: no ring).
func New(id uint64, base hclog.Logger, flags Flags, ringSize int) *Logger {
	l := &Logger{id: id, base: base, ring: ring{max: ringSize}}
	if u, ok := base.(unfilterer); ok {
		l.all = u.Unfiltered()
	}
	l.flags.Store(uint32(flags))
	return l
}

// Flags returns the session's own flags.
func (l *Logger) Flags() Flags { return Flags(l.flags.Load()) }

// SetFlags replaces the session's flags.
func (l *Logger) SetFlags(f Flags) { l.flags.Store(uint32(f)) }

// Enabled reports whether a line of the level would go anywhere: to the
// process's log or to the ring.
func (l *Logger) Enabled(level Level) bool {
	return l.ring.max > 0 || l.target(level) != nil
}

// target returns the logger that takes a line of the level; nil for none.
func (l *Logger) target(level Level) hclog.Logger {
	switch {
	case !l.Flags().Has(level):
		return nil
	case takes(l.base, level):
		return l.base
	case l.all != nil:
		return l.all
	}
	return nil
}

// takes asks by hclog's Is methods and not by its level: a null logger's level
// is below all others.
func takes(log hclog.Logger, level Level) bool {
	switch level {
	case Error:
		return log.IsError()
	case Warning:
		return log.IsWarn()
	case Notice:
		return log.IsInfo()
	case Info:
		return log.IsDebug()
	}
	return log.IsTrace()
}

// Log writes a line: a constant lower-case message and pairs of key and value.
// The session's id is added as the first pair. Text that comes from outside
// (a plugin, a client) is safe in message and values: control characters are
// escaped.
func (l *Logger) Log(level Level, msg string, kv ...any) {
	target := l.target(level)
	if target == nil && l.ring.max == 0 {
		return
	}
	msg = escape(msg)
	if target != nil {
		args := make([]any, 0, 2+len(kv))
		target.Log(level.HCLog(), msg, append(append(args, "session", l.id), kv...)...)
	}
	if l.ring.max > 0 {
		l.ring.add(format(time.Now(), level, l.id, msg, kv))
	}
}

// Lines returns a copy of the ring, the oldest line first; nil without ring.
func (l *Logger) Lines() []string {
	if l.ring.max == 0 {
		return nil
	}
	return l.ring.lines()
}

// Bytes returns how many bytes of memory the ring holds.
func (l *Logger) Bytes() int { return l.ring.size() }
