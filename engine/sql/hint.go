package sql

import "strings"

// HintTarget is where a hint wants a statement to go.
type HintTarget uint8

// The targets of a hint.
const (
	HintNone    HintTarget = iota
	HintPrimary            // to the primary
	HintReplica            // to a replica
	HintServer             // to the server called Hint.Server
	HintLast               // to where the statement before went
	HintAll                // to all servers
)

// HintAction says what a hint does beside routing its own statement.
type HintAction uint8

// The actions of a hint.
const (
	HintOnce    HintAction = iota // for this statement only
	HintPrepare                   // NAME prepare …: define, do not use yet
	HintBegin                     // [NAME] begin …: for the statements from here on
	HintEnd                       // end: no longer the hint begun last
)

// Hint is what a comment asks of the router.
type Hint struct {
	Target HintTarget
	Server string      // HintServer: the server's name
	Params []HintParam // key=value hints, as max_replication_lag=5
	Action HintAction
	Name   string // of a named hint, "" if it has none
}

// HintParam is one key=value of a hint.
type HintParam struct{ Key, Value string }

// ParseHint finds the first hint in stmt's comments, false if there is none:
//
//	-- maxscale route to master|slave|server NAME|last
//	/* penstock route to primary|replica|server NAME|last|all */
//	-- maxscale max_slave_replication_lag=5
//	-- maxscale NAME prepare route to …, NAME begin, begin route to …, end
//
// Both names and both sets of words are understood, in any case. A comment
// that is not understood as a whole is no hint.
func ParseHint(stmt []byte, m Mode) (Hint, bool) {
	var l lexer
	l.reset(stmt, m)
	for {
		switch t := l.scan(); t.kind {
		case kindEnd:
			return Hint{}, false
		case kindComment:
			if h, ok := parseHint(commentText(stmt[t.start:t.end])); ok {
				return h, true
			}
		}
	}
}

// commentText returns what stands in a comment.
func commentText(c []byte) []byte {
	switch {
	case len(c) >= 4 && c[0] == '/':
		return c[2 : len(c)-2]
	case len(c) >= 2 && c[0] == '-':
		return c[2:]
	case len(c) >= 1:
		return c[1:]
	}
	return nil
}

// maxHint is the longest text of a hint.
const maxHint = 512

func parseHint(text []byte) (Hint, bool) {
	var h Hint
	const shortest = len("maxscale end")
	if len(text) < shortest || len(text) > maxHint {
		return h, false
	}
	w := strings.Fields(string(text))
	if len(w) < 2 || !strings.EqualFold(w[0], "maxscale") && !strings.EqualFold(w[0], "penstock") {
		return h, false
	}
	w = w[1:]
	is := func(i int, word string) bool { return i < len(w) && strings.EqualFold(w[i], word) }
	switch {
	case is(0, "end"):
		h.Action = HintEnd
		return h, len(w) == 1
	case is(0, "begin"):
		h.Action = HintBegin
		w = w[1:]
	case is(1, "begin"):
		h.Action, h.Name = HintBegin, w[0]
		if w = w[2:]; len(w) == 0 {
			return h, true
		}
	case is(1, "prepare"):
		h.Action, h.Name = HintPrepare, w[0]
		w = w[2:]
	}
	if is(0, "route") && is(1, "to") {
		return h, h.target(w[2:])
	}
	for _, pair := range w {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" || value == "" {
			return h, false
		}
		h.Params = append(h.Params, HintParam{strings.ToLower(key), value})
	}
	return h, len(h.Params) > 0
}

// target reads what follows ROUTE TO.
func (h *Hint) target(w []string) bool {
	if len(w) == 0 {
		return false
	}
	want := 1
	switch strings.ToLower(w[0]) {
	case "master", "primary":
		h.Target = HintPrimary
	case "slave", "replica":
		h.Target = HintReplica
	case "last":
		h.Target = HintLast
	case "all":
		h.Target = HintAll
	case "server":
		if want = 2; len(w) == 2 {
			h.Target, h.Server = HintServer, w[1]
		}
	default:
		return false
	}
	return len(w) == want
}
