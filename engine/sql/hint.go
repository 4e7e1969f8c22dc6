package sql

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

// Hint is what a comment asks of the router.
type Hint struct {
	Target HintTarget
	Server string // HintServer: the server's name
	// Params are the key=value pairs of the hint (max_replication_lag=5).
	Params []HintParam
	// Scope: named and stacked hints.
	Action HintAction
	Name   string // of a named hint, "" if none
}

// HintParam is one key=value of a hint.
type HintParam struct{ Key, Value string }

// HintAction says what a hint does beside routing its own statement.
type HintAction uint8

// The actions of a hint.
const (
	HintOnce    HintAction = iota // this statement only
	HintPrepare                   // NAME prepare …: define, do not use
	HintBegin                     // [NAME] begin …: use from here on
	HintEnd                       // end: stop using the last begun
)

// ParseHint finds the hint in stmt's comments, false if there is none.
func ParseHint(stmt []byte, m Mode) (Hint, bool) { return Hint{}, false }
