package backend

// Statement is one prepared statement of a session, as the client knows it.
// It belongs to the session's goroutine.
type Statement struct {
	ID      uint32 // ours, given to the client
	Text    []byte
	Params  int
	Columns int
	// Types are the parameter types that the client sent last, two bytes each;
	// nil if it never sent any.
	Types []byte

	generation  uint32 // counts changes of Types, from 1
	cursor      int    // target whose cursor is open, -1 none
	longTarget  int    // target that was sent long data, -1 none
	long        []byte // long data held back: COM_STMT_SEND_LONG_DATA payloads, framed
	hadLongData bool   // the execution under way has long data
	longLost    bool   // long data is gone with its backend: the next execution must fail
	busy, open  bool   // counted in Statements.busy, Statements.open
}

// noteTypes remembers the types of an execution.
func (st *Statement) noteTypes(types []byte) {
	if st.generation != 0 && string(types) == string(st.Types) {
		return
	}
	st.Types = append(st.Types[:0], types...)
	st.generation++
}

func (st *Statement) size() int {
	const overhead = 160
	return overhead + cap(st.Text) + cap(st.Types) + cap(st.long)
}
