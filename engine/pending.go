package engine

// hindrance is what keeps a session from changing its body now. The session
// is idle if there is none.
type hindrance uint32

const (
	nothing hindrance = iota
	openTransaction
	openCursor
	longDataPending
)

var hindranceNames = [...]string{"", "open transaction", "open cursor", "long data"}

// hindrance looks for one, and publishes what it finds. Its caller is between
// two commands: no reply is outstanding.
func (s *Session) hindrance() hindrance {
	h := nothing
	switch {
	case s.inTransaction():
		h = openTransaction
	case s.statements.CursorOpen():
		h = openCursor
	case s.statements.Busy():
		h = longDataPending
	}
	if uint32(h) != s.hindered.Load() {
		s.hindered.Store(uint32(h))
	}
	return h
}

// Pending is a change of a session's body that waits for the session to be
// idle.
type Pending struct {
	Filters    []string // the chain that is to come, by the definitions' names
	Restart    bool     // the whole body is made anew, not only the chain
	WaitingFor string   // what keeps the session from being idle now
}

// pendingChange describes what waits, nil if nothing does. s.mu is held.
func (s *Session) pendingChange() *Pending {
	p := &s.published
	if p.pending == nil && p.restart == nil {
		return nil
	}
	change := &Pending{Filters: names(s.definedChain()), Restart: p.restart != nil}
	switch h := hindrance(s.hindered.Load()); {
	case s.busy.Load() || h == nothing:
		change.WaitingFor = "outstanding reply"
	default:
		change.WaitingFor = hindranceNames[h]
	}
	return change
}

// definedChain is the chain that the session is to have: the one that waits,
// if one does. A restart defines it anew; a later swap is put on top of that.
// s.mu is held.
func (s *Session) definedChain() []*link {
	p := &s.published
	switch {
	case p.pending != nil:
		return p.pending.chain
	case p.restart != nil:
		return p.restart.chain
	}
	return p.chain
}
