package main

import (
	"bytes"
	"io"
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/sessionlog"
)

// logger is the process's logger: hclog with Penstock's five levels.
//
// hclog has five levels as well, and they map one to one: hclog's Error is
// error, Warn is warning, Info is notice, Debug is info, Trace is debug. In
// the code it is hclog's methods that are called; what is printed, and what
// log.level means, are Penstock's names (see [levelWriter]).
//
// Beside the logger with the configured threshold there is a twin without,
// over the same output: a session whose log flags are on writes through it
// (see package sessionlog).
type logger struct {
	hclog.Logger
	all hclog.Logger
}

// Loggers that are derived from a logger keep their twins.

// Named returns a logger for a part of Penstock.
func (l logger) Named(name string) hclog.Logger {
	return logger{l.Logger.Named(name), l.all.Named(name)}
}

// ResetNamed returns a logger with another name.
func (l logger) ResetNamed(name string) hclog.Logger {
	return logger{l.Logger.ResetNamed(name), l.all.ResetNamed(name)}
}

// With returns a logger that adds pairs to every line.
func (l logger) With(args ...any) hclog.Logger {
	return logger{l.Logger.With(args...), l.all.With(args...)}
}

// Unfiltered returns the twin.
func (l logger) Unfiltered() hclog.Logger { return l.all }

// newLogger returns a logger that writes to out. The level is one that
// config.Load let through.
func newLogger(c config.Log, out io.Writer) logger {
	opts := &hclog.LoggerOptions{
		Output:     levelWriter{out},
		Mutex:      new(sync.Mutex), // one for both: their lines must not mix
		JSONFormat: c.Format == "json",
		Level:      hclogLevel(c.Level),
	}
	filtered := hclog.New(opts)
	opts.Level = hclog.Trace
	return logger{filtered, hclog.New(opts)}
}

func hclogLevel(name string) hclog.Level {
	level, err := sessionlog.ParseLevel(name)
	if err != nil {
		level = sessionlog.Notice
	}
	return level.HCLog()
}

// levelWriter replaces hclog's name of a line's level by Penstock's.
type levelWriter struct{ out io.Writer }

var _ hclog.LevelWriter = levelWriter{}

// levelNames are what hclog writes for its levels, and what Penstock does: in
// text, then in JSON. Both stand before anything that could hold the same text.
var levelNames = map[hclog.Level][2][2][]byte{
	hclog.Error: {{[]byte("[ERROR]"), []byte("[ERROR]  ")}, {[]byte(`"@level":"error"`), []byte(`"@level":"error"`)}},
	hclog.Warn:  {{[]byte("[WARN] "), []byte("[WARNING]")}, {[]byte(`"@level":"warn"`), []byte(`"@level":"warning"`)}},
	hclog.Info:  {{[]byte("[INFO] "), []byte("[NOTICE] ")}, {[]byte(`"@level":"info"`), []byte(`"@level":"notice"`)}},
	hclog.Debug: {{[]byte("[DEBUG]"), []byte("[INFO]   ")}, {[]byte(`"@level":"debug"`), []byte(`"@level":"info"`)}},
	hclog.Trace: {{[]byte("[TRACE]"), []byte("[DEBUG]  ")}, {[]byte(`"@level":"trace"`), []byte(`"@level":"debug"`)}},
}

// LevelWrite writes one line.
func (w levelWriter) LevelWrite(level hclog.Level, line []byte) (int, error) {
	names := levelNames[level][0]
	if bytes.HasPrefix(line, []byte("{")) {
		names = levelNames[level][1]
	}
	if names[0] != nil {
		line = bytes.Replace(line, names[0], names[1], 1)
	}
	if out, ok := w.out.(hclog.LevelWriter); ok {
		return out.LevelWrite(level, line)
	}
	return w.out.Write(line)
}

// Write writes what has no level.
func (w levelWriter) Write(p []byte) (int, error) { return w.out.Write(p) }
