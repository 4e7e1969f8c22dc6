package sessionlog

import (
	"fmt"

	"github.com/hashicorp/go-hclog"
)

// Level is how much a line matters. The numbers are those of the plugin ABI
// (abi.LogLevel): a smaller one matters more.
type Level uint8

// The levels.
const (
	Error   Level = 1
	Warning Level = 2
	Notice  Level = 3
	Info    Level = 4
	Debug   Level = 5
)

var levelNames = [...]string{"", "error", "warning", "notice", "info", "debug"}

// String returns the level's name as the configuration spells it.
func (l Level) String() string {
	if l >= Error && l <= Debug {
		return levelNames[l]
	}
	return fmt.Sprintf("level(%d)", uint8(l))
}

// ParseLevel reads a level's name as the configuration spells it.
func ParseLevel(name string) (Level, error) {
	for l := Error; l <= Debug; l++ {
		if levelNames[l] == name {
			return l, nil
		}
	}
	return 0, fmt.Errorf("log level %q is none of error, warning, notice, info, debug", name)
}

// HCLog returns hclog's counterpart: Error, Warn, Info, Debug and Trace, in
// this order. A level that is none counts as [Debug].
func (l Level) HCLog() hclog.Level {
	switch l {
	case Error:
		return hclog.Error
	case Warning:
		return hclog.Warn
	case Notice:
		return hclog.Info
	case Info:
		return hclog.Debug
	}
	return hclog.Trace
}

// FromHCLog is the inverse of [Level.HCLog]. It is false for hclog's NoLevel
// and Off.
func FromHCLog(l hclog.Level) (Level, bool) {
	switch l {
	case hclog.Error:
		return Error, true
	case hclog.Warn:
		return Warning, true
	case hclog.Info:
		return Notice, true
	case hclog.Debug:
		return Info, true
	case hclog.Trace:
		return Debug, true
	}
	return 0, false
}

// Flags is a set of levels.
type Flags uint32

// FlagsOf returns the set of the levels that are true.
func FlagsOf(err, warning, notice, info, debug bool) Flags {
	return Flags(0).With(Error, err).With(Warning, warning).With(Notice, notice).
		With(Info, info).With(Debug, debug)
}

// Has reports whether the level is in the set.
func (f Flags) Has(l Level) bool { return f&(1<<l) != 0 }

// With returns the set with the level in it or not.
func (f Flags) With(l Level, on bool) Flags {
	if on {
		return f | 1<<l
	}
	return f &^ (1 << l)
}
