package backend

import (
	"slices"

	"github.com/penstock-db/penstock/engine/wire"
)

// Statements are the prepared statements of one session. Ids are Penstock's
// own: each backend has others for the same statement.
type Statements struct {
	byID map[uint32]*Statement // made for the first one
	last *Statement            // what MariaDB's id 0xFFFFFFFF means
	next uint32
	busy int // statements with a cursor or long data
	open int // with a cursor
}

// NewStatements returns an empty registry.
func NewStatements() *Statements { return new(Statements) }

// New registers a statement under an id of its own. text is copied. The caller
// fills in Params and Columns from the server's answer, or closes it again if
// that is an error.
func (s *Statements) New(text []byte) *Statement {
	for {
		s.next++
		if _, taken := s.byID[s.next]; !taken && s.next != 0 && s.next != wire.LastStatementID {
			break
		}
	}
	st := &Statement{ID: s.next, Text: slices.Clone(text), cursor: -1, longTarget: -1}
	if s.byID == nil {
		s.byID = make(map[uint32]*Statement)
	}
	s.byID[st.ID] = st
	s.last = st
	return st
}

// Get finds a statement by Penstock's id.
func (s *Statements) Get(id uint32) (*Statement, bool) {
	st, ok := s.byID[id]
	return st, ok
}

// Last is the statement prepared last, nil if there is none or it is closed.
func (s *Statements) Last() *Statement { return s.last }

// Close forgets a statement. Backends are told with [Conn.CloseStatement].
func (s *Statements) Close(st *Statement) {
	st.cursor, st.longTarget, st.long, st.hadLongData = -1, -1, nil, false
	s.note(st)
	delete(s.byID, st.ID)
	if s.last == st {
		s.last = nil
	}
}

// Reset forgets all statements. Their ids are not given out again.
func (s *Statements) Reset() {
	clear(s.byID)
	s.last, s.busy, s.open = nil, 0, 0
}

// All calls f for every statement, in no order.
func (s *Statements) All(f func(*Statement)) {
	for _, st := range s.byID {
		f(st)
	}
}

// Len is the number of open statements.
func (s *Statements) Len() int { return len(s.byID) }

// Bytes is about how much memory the statements hold.
func (s *Statements) Bytes() int {
	n := 0
	for _, st := range s.byID {
		n += st.size()
	}
	return n
}

// Busy reports whether a cursor is open or long data waits for its execution:
// the session is not idle then.
func (s *Statements) Busy() bool { return s.busy > 0 }

// CursorOpen reports whether a cursor is open.
func (s *Statements) CursorOpen() bool { return s.open > 0 }

// Pinned is the target that a command on a statement must go to: a FETCH to
// where the cursor is, an execution and more long data to where long data was
// sent. It is -1 if the router may choose.
func (s *Statements) Pinned(st *Statement, cmd wire.Command) int {
	switch cmd {
	case wire.ComStmtFetch:
		return st.cursor
	case wire.ComStmtExecute, wire.ComStmtBulkExecute, wire.ComStmtSendLongData:
		return st.longTarget
	}
	return -1
}

// SetCursor notes that an execution opened a cursor on target, or with -1 that
// the cursor is closed: read to its end, reset, or its backend gone.
func (s *Statements) SetCursor(st *Statement, target int) {
	st.cursor = target
	s.note(st)
}

// Lost tells that target's backend is gone, with the cursors and long data
// it had. It returns whether there were any.
func (s *Statements) Lost(target int) bool {
	lost := false
	for _, st := range s.byID {
		if st.cursor == target {
			st.cursor, lost = -1, true
		}
		if st.longTarget == target {
			st.longTarget, st.longLost, lost = -1, true, true
		}
		s.note(st)
	}
	return lost
}

// note keeps the numbers of busy statements and of open cursors.
func (s *Statements) note(st *Statement) {
	if _, mine := s.byID[st.ID]; !mine {
		return
	}
	open := st.cursor >= 0
	recount(&s.open, &st.open, open)
	recount(&s.busy, &st.busy, open || st.longTarget >= 0 || len(st.long) > 0)
}

// recount keeps how many there are of something when one of them changes.
func recount(number *int, counted *bool, is bool) {
	switch {
	case is && !*counted:
		*number++
	case !is && *counted:
		*number--
	}
	*counted = is
}
