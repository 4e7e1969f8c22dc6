package script

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Args are the arguments of a call. A mistake is remembered, so that a function
// reads all of them and asks [Args.Err] once.
type Args struct {
	Function string // its name in errors
	List     []any
	err      error
}

// Err is the first mistake.
func (a *Args) Err() error { return a.err }

// fail notes a mistake in an argument, counted from 0.
func (a *Args) fail(i int, want string) {
	if a.err == nil {
		a.err = fmt.Errorf("%s: argument %d has to be %s, not %s", a.Function, i+1, want, kindOf(a.at(i)))
	}
}

func (a *Args) at(i int) any {
	if i < len(a.List) {
		return a.List[i]
	}
	return nil
}

// text reads a string; a number is taken for its digits.
func (a *Args) text(i int) string {
	if v, ok := textOf(a.at(i)); ok {
		return v
	}
	a.fail(i, "a string")
	return ""
}

// textOr is text for an argument that may be left out.
func (a *Args) textOr(i int, def string) string {
	if a.at(i) == nil {
		return def
	}
	return a.text(i)
}

// texts reads all arguments from i on, at least one.
func (a *Args) texts(i int) []string {
	out := []string{a.text(i)}
	for i++; i < len(a.List); i++ {
		out = append(out, a.text(i))
	}
	return out
}

// whole reads a whole number from lo to hi.
func (a *Args) whole(i int, lo, hi int64) int64 {
	v, ok := a.at(i).(float64)
	if !ok || v != math.Trunc(v) || v < float64(lo) || v > float64(hi) {
		a.fail(i, fmt.Sprintf("a whole number from %d to %d", lo, hi))
		return lo
	}
	return int64(v)
}

// wholeOr is whole for an argument that may be left out.
func (a *Args) wholeOr(i int, def, lo, hi int64) int64 {
	if a.at(i) == nil {
		return def
	}
	return a.whole(i, lo, hi)
}

// maxWhole is the largest whole number that both languages can tell from the next.
const maxWhole = 1<<53 - 1

// milliseconds reads a time, 0 if it is left out.
func (a *Args) milliseconds(i int) time.Duration {
	if a.at(i) == nil {
		return 0
	}
	v, ok := a.at(i).(float64)
	if !ok || v < 0 || v > 1<<40 {
		a.fail(i, "a number of milliseconds")
		return 0
	}
	return time.Duration(v * float64(time.Millisecond))
}

// list reads a list.
func (a *Args) list(i int) []any {
	v, ok := a.at(i).([]any)
	if !ok {
		a.fail(i, "a list")
	}
	return v
}

// textOf is what strings and numbers are as text.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case float64:
		return Number(v), true
	}
	return "", false
}

// Number writes a number as a server would read it.
func Number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return Number(v)
	case string:
		if len(v) > 20 {
			return "a string"
		}
		return strconv.Quote(v)
	case []any:
		return "a list"
	case *Verdict:
		return "the verdict of " + v.name
	case Opaque:
		return v.Kind
	}
	return "an object"
}
