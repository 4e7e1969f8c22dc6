package backend

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-db/penstock/engine/wire"
)

// Outcome is what of a reply decides whether two servers did the same.
type Outcome struct {
	Errno   uint16 // 0: it succeeded
	Results int
	Columns uint64 // of the last result set
}

// OutcomeOf sums a complete reply up.
func OutcomeOf(r *wire.Reply) Outcome {
	return Outcome{Errno: r.Errno, Results: r.Results, Columns: r.Columns}
}

// String says what happened.
func (o Outcome) String() string {
	switch {
	case o.Errno != 0:
		return fmt.Sprintf("error %d", o.Errno)
	case o.Columns != 0:
		return fmt.Sprintf("a result of %d columns", o.Columns)
	}
	return "success"
}

// History remembers a session's commands that changed the session's state, in
// order, to repeat them on backends opened later. It belongs to the session's
// goroutine.
//
// What is remembered: commands that succeeded, and those that failed, since a
// failed one may have had an effect before it failed. A failed assignment of
// constants had none and is left out.
//
// What collapses: an assignment of constants (SET a = 1, SET NAMES, USE,
// COM_INIT_DB, COM_SET_OPTION) makes earlier ones of the same targets
// superfluous, as long as nothing in between could have read them: every other
// command is a barrier. So a pool that resets its connections with the same
// ten statements does not let the history grow.
//
// What is capped: beyond max commands the oldest are dropped. Backends that
// have executed them go on; any other can no longer be brought into the
// session's state, and [Conn.Replay] says so with [ErrHistoryIncomplete]
// rather than answer queries in a wrong state.
type History struct {
	max     int
	entries []entry
	last    uint64 // number of the newest command, also of those left out
	lost    uint64 // number of the newest command that was dropped over max
	bytes   int
}

type entry struct {
	number  uint64
	payload []byte
	stmt    *Statement // of a COM_STMT_EXECUTE, whose id is patched when it is replayed
	outcome Outcome
	targets []string // of an assignment of constants; nil: a barrier
}

// NewHistory returns an empty history of at most max commands; max 0 means
// that none is remembered, and backends cannot be opened once there was one.
func NewHistory(max int) *History { return &History{max: max} }

// Add remembers a session command, with the reply that the client got. The
// payload is copied.
func (h *History) Add(payload []byte, r *wire.Reply) {
	h.add(entry{payload: payload, outcome: OutcomeOf(r)})
}

// AddExecute remembers the execution of a prepared statement that is a session
// command, such as SET @a = ?. payload is as the client sent it. An execution
// with long data cannot be repeated: the history is incomplete after it.
func (h *History) AddExecute(st *Statement, payload []byte, r *wire.Reply) {
	full, err := wire.SpliceTypes(nil, payload, st.Params, st.Types)
	if err != nil || st.hadLongData {
		h.last++
		h.lost = h.last
		return
	}
	h.add(entry{payload: full, stmt: st, outcome: OutcomeOf(r)})
}

func (h *History) add(e entry) {
	h.last++
	e.number = h.last
	if e.stmt == nil {
		e.targets = constantTargets(e.payload)
	}
	if e.targets != nil && e.outcome.Errno != 0 {
		return
	}
	if e.targets != nil {
		h.supersede(e.targets)
	}
	e.payload = slices.Clone(e.payload)
	h.entries = append(h.entries, e)
	h.bytes += e.size()
	for len(h.entries) > h.max {
		h.lost = h.entries[0].number
		h.remove(0)
	}
}

// supersede removes the assignments since the last barrier whose targets are
// all assigned anew. One of the character set stays if a user variable was
// assigned behind it: the variable took its collation.
func (h *History) supersede(targets []string) {
	variable := false
	for i := len(h.entries) - 1; i >= 0 && h.entries[i].targets != nil; i-- {
		old := h.entries[i].targets
		kept := slices.ContainsFunc(old, func(t string) bool { return !slices.Contains(targets, t) })
		if !kept && !(variable && slices.Contains(old, charsetVariables[0])) {
			h.remove(i)
		}
		variable = variable || slices.ContainsFunc(old, isUserVariable)
	}
}

func isUserVariable(target string) bool {
	return strings.HasPrefix(target, "@") && !strings.HasPrefix(target, "@@")
}

func (h *History) remove(i int) {
	h.bytes -= h.entries[i].size()
	h.entries = slices.Delete(h.entries, i, i+1)
}

// entryOverhead is about what an entry costs besides its text.
const entryOverhead = 96

func (e *entry) size() int {
	n := entryOverhead + len(e.payload)
	for _, t := range e.targets {
		n += 16 + len(t)
	}
	return n
}

// Len is the number of remembered commands.
func (h *History) Len() int { return len(h.entries) }

// StoredResponses is the number of outcomes kept to compare replays with.
func (h *History) StoredResponses() int { return len(h.entries) }

// Bytes is about how much memory the history holds.
func (h *History) Bytes() int { return h.bytes }

// Complete reports whether a fresh backend can still be brought into the
// session's state.
func (h *History) Complete() bool { return h.lost == 0 }

// Reset forgets everything: the session begins anew (COM_RESET_CONNECTION,
// COM_CHANGE_USER).
func (h *History) Reset() {
	h.entries, h.bytes = nil, 0
	h.lost = 0
	h.last++ // no backend from before the reset is up to date by accident
}
