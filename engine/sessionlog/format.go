package sessionlog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxLine is the longest line that a ring keeps, in bytes. What is longer ends
// in "…": a plugin that logs a whole statement must not fill the memory.
const MaxLine = 4 << 10

const ellipsis = "…"

// timeFormat is the time of a ring's line, in UTC.
const timeFormat = "2006-01-02T15:04:05.000Z"

// format makes a ring's line: time, level, session, message, key=value pairs.
func format(now time.Time, level Level, id uint64, msg string, kv []any) string {
	var b strings.Builder
	b.WriteString(now.UTC().Format(timeFormat))
	fmt.Fprintf(&b, " %-7s (%d) %s", level, id, msg)
	for i := 0; i < len(kv) && b.Len() <= MaxLine; i += 2 {
		b.WriteByte(' ')
		if i+1 == len(kv) {
			b.WriteString("value=")
			b.WriteString(value(kv[i]))
			break
		}
		fmt.Fprintf(&b, "%v=", kv[i])
		b.WriteString(value(kv[i+1]))
	}
	return shorten(b.String())
}

// value prints one value, quoted if it would not read as one word.
func value(v any) string {
	s := fmt.Sprint(v)
	if s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return r == ' ' || r == '"' || r == '=' || r == utf8.RuneError || !unicode.IsPrint(r)
	}) {
		return strconv.Quote(s)
	}
	return s
}

// escape makes a message one line of printable text.
func escape(msg string) string {
	clean := !strings.ContainsFunc(msg, func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsPrint(r)
	})
	if clean {
		return msg
	}
	quoted := strconv.Quote(msg)
	return quoted[1 : len(quoted)-1]
}

// shorten cuts a line at MaxLine, never inside a character.
func shorten(line string) string {
	if len(line) <= MaxLine {
		return line
	}
	cut := MaxLine - len(ellipsis)
	for cut > 0 && !utf8.RuneStart(line[cut]) {
		cut--
	}
	return line[:cut] + ellipsis
}
