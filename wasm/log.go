package wasm

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Bounds of what one instance may log.
const (
	// MaxLogLine is the longest line; longer ones are cut.
	MaxLogLine = 2048
	// LogBurst lines can be logged at once, LogRate lines a second in the long run.
	LogBurst = 200
	LogRate  = 50
	// maxLastWords is how much of standard error is kept for a failure.
	maxLastWords = 2048
)

// guestLog is one instance's way into the log: a rate limit for all lines, and
// a line buffer for standard output and standard error.
type guestLog struct {
	tokens     float64
	refilled   int64
	suppressed uint64
	partial    [2][]byte // of fd 1 and 2: what has not ended with a newline
	last       []byte    // the beginning of what the running call wrote to fd 2
}

func (g *guestLog) init() { g.tokens, g.refilled = LogBurst, Now() }

// allow takes one line from the budget.
func (g *guestLog) allow() bool {
	now := Now()
	g.tokens = min(LogBurst, g.tokens+float64(now-g.refilled)*LogRate/1e9)
	g.refilled = now
	if g.tokens < 1 {
		g.suppressed++
		return false
	}
	g.tokens--
	return true
}

// printable makes one log line of what a guest wrote: bounded, valid UTF-8, no
// control characters, so that it can neither forge lines nor drive a terminal.
func printable(p []byte, limit int) string {
	cut := len(p) > limit
	if cut {
		p = p[:limit]
	}
	s := strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(p), "\uFFFD"))
	if cut {
		s += "…"
	}
	return s
}

// logEnabled asks whoever takes the instance's lines.
func (i *Instance) logEnabled(level abi.LogLevel) bool {
	return i.session == nil || i.session.LogEnabled(level)
}

// logLine passes on one line within the budget.
func (i *Instance) logLine(level abi.LogLevel, text []byte) {
	if !i.logEnabled(level) || !i.log.allow() {
		return
	}
	if n := i.log.suppressed; n > 0 {
		i.log.suppressed = 0
		i.emit(abi.LogWarning, fmt.Sprintf("%d lines before this one were suppressed: the plugin logs too much", n))
	}
	i.emit(level, printable(text, MaxLogLine))
}

func (i *Instance) emit(level abi.LogLevel, line string) {
	def := &i.template.def
	switch {
	case i.session != nil:
		i.session.Log(level, line)
	case def.Services.Log != nil:
		def.Services.Log(level, line)
	default:
		log := i.template.program.runtime.log.With("plugin", def.Name)
		switch level {
		case abi.LogError:
			log.Error(line)
		case abi.LogWarning:
			log.Warn(line)
		case abi.LogDebug:
			log.Debug(line)
		default:
			log.Info(line)
		}
	}
}

// write takes what the guest writes to fd 1 (notice) or 2 (warning) and logs
// complete lines.
func (i *Instance) write(fd uint32, p []byte) {
	if fd == 2 {
		if room := maxLastWords - len(i.log.last); room > 0 {
			i.log.last = append(i.log.last, p[:min(room, len(p))]...)
		}
	}
	for {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		buf := &i.log.partial[fd-1]
		if room := MaxLogLine + 1 - len(*buf); room > 0 {
			*buf = append(*buf, line[:min(room, len(line))]...)
		}
		if !ended {
			return
		}
		i.flushLine(fd)
		p = rest
	}
}

func (i *Instance) flushLine(fd uint32) {
	buf := &i.log.partial[fd-1]
	if len(*buf) > 0 {
		i.logLine([2]abi.LogLevel{abi.LogNotice, abi.LogWarning}[fd-1], *buf)
	}
	*buf = (*buf)[:0]
}

// flush logs lines that have not ended.
func (g *guestLog) flush(i *Instance) {
	i.flushLine(1)
	i.flushLine(2)
}

// lastWords returns what the failed call wrote to standard error.
func (g *guestLog) lastWords(i *Instance) string {
	g.flush(i)
	return strings.TrimSpace(strings.ToValidUTF8(string(g.last), "\uFFFD"))
}

// log(level, ptr, len)
func importLog(i *Instance, a []uint64) int32 {
	level := abi.LogLevel(uint32(a[0]))
	if level < abi.LogError || level > abi.LogDebug {
		return badArg
	}
	p, valid := i.in(a[1], a[2])
	if !valid {
		return fault
	}
	i.logLine(level, p)
	return ok
}

// log_enabled(level)
func importLogEnabled(i *Instance, a []uint64) int32 {
	level := abi.LogLevel(uint32(a[0]))
	if level < abi.LogError || level > abi.LogDebug {
		return badArg
	}
	if i.logEnabled(level) {
		return 1
	}
	return 0
}
