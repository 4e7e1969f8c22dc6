package main

import (
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/admin"
	"github.com/penstock-db/penstock/engine/sessionlog"
)

// How many of the log's lines are kept in memory, and how much of each, in bytes.
const (
	recentLines  = 1000
	recentLength = 4 << 10
)

// recentLog is the log's output; it remembers the last lines, so that the REST
// API can show them wherever the log goes.
type recentLog struct {
	*logFile

	lock  sync.Mutex
	lines []admin.LogLine // a ring once it is full: line n is at (n-1) % recentLines
	last  uint64
}

var _ admin.Log = (*recentLog)(nil)

// LevelWrite writes one line. A line that cannot be written is remembered all
// the same.
func (r *recentLog) LevelWrite(level hclog.Level, line []byte) (int, error) {
	r.remember(admin.LogLine{Time: time.Now(), Level: levelName(level), Message: messageOf(string(line[:min(len(line), recentLength)]))})
	return r.logFile.Write(line)
}

func (r *recentLog) remember(l admin.LogLine) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.last++
	l.Number = r.last
	if len(r.lines) < recentLines {
		r.lines = append(r.lines, l)
		return
	}
	r.lines[(l.Number-1)%recentLines] = l
}

// Lines returns the last lines, the oldest first.
func (r *recentLog) Lines() []admin.LogLine {
	r.lock.Lock()
	defer r.lock.Unlock()
	oldest := int(r.last % recentLines)
	if len(r.lines) < recentLines {
		oldest = 0
	}
	return append(append([]admin.LogLine{}, r.lines[oldest:]...), r.lines[:oldest]...)
}

// messageOf leaves out time and level of a line of text. One in JSON stays as
// it is.
func messageOf(line string) string {
	line = strings.TrimRight(strings.ToValidUTF8(line, "\uFFFD"), "\n")
	if strings.HasPrefix(line, "{") {
		return line
	}
	if _, rest, ok := strings.Cut(line, "] "); ok {
		return strings.TrimLeft(rest, " ")
	}
	return line
}

// levelName is Penstock's name of one of hclog's levels; empty if it has none.
func levelName(level hclog.Level) string {
	for _, l := range []sessionlog.Level{sessionlog.Error, sessionlog.Warning, sessionlog.Notice, sessionlog.Info, sessionlog.Debug} {
		if l.HCLog() == level {
			return l.String()
		}
	}
	return ""
}
