package readwritesplit

import (
	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// way is where a command goes.
type way byte

const (
	toPrimary way = iota
	toReplica
	toAll
	toLast   // where the previous statement went
	toReader // to the server of the read-only transaction
	toNamed  // to the server of the hint
	toVars   // to where GET DIAGNOSTICS put its variables
	refused
)

// notRead are the bits with which a statement is not a plain read, whatever
// else it does.
const notRead = abi.TypeWrite | abi.TypePrimaryRead | abi.TypeUserVarWrite | abi.TypeGlobalVarWrite |
	abi.TypeExecuteNamed | abi.TypeDDL | abi.TypeCall | abi.TypeMulti | abi.TypeKill | abi.TypeLoadData |
	abi.TypeLockTables | abi.TypeUnlockTables | abi.TypeXA | abi.TypeHandler | abi.TypeAccount |
	abi.TypeSavepoint | abi.TypeUnknown | abi.TypeSelectInto | abi.TypeBegin | abi.TypeCommit | abi.TypeRollback

// notShared are the bits with which a session command must not be broadcast:
// it also writes, or it is more than one statement.
const notShared = abi.TypeWrite | abi.TypeGlobalVarWrite | abi.TypeMulti | abi.TypeAccount |
	abi.TypeCall | abi.TypeDDL | abi.TypeUnknown | abi.TypeNextTrx | abi.TypeBegin | abi.TypeCommit |
	abi.TypeRollback | abi.TypeXA | abi.TypeTempTable | abi.TypeLockTables | abi.TypeUnlockTables

// classify decides by the kind of command and notes what it does to the session.
func (r *router) classify(q *sdk.Query) way {
	switch q.Command() {
	case sdk.ComQuery, sdk.ComStmtExecute:
		return r.statement(q)
	case sdk.ComStmtPrepare, sdk.ComInitDB, sdk.ComSetOption, sdk.ComChangeUser, sdk.ComResetConnection,
		sdk.ComStmtClose, sdk.ComStmtReset:
		return toAll
	case sdk.ComPing, sdk.ComStatistics, sdk.ComDebug, sdk.ComStmtLongData, sdk.ComStmtFetch:
		return toLast
	}
	return toPrimary
}

// statement decides where a statement goes.
func (r *router) statement(q *sdk.Query) way {
	if r.plain(q) {
		return toReplica
	}
	s := &r.state
	if s.reader != none && !q.InTransaction() {
		s.reader = none // the read-only transaction is over
	}
	w := r.inOrder(q)
	r.remember(q, w)
	return w
}

// plain reports whether the statement only reads and nothing is special about
// the session: what most statements are, and what takes a dozen rules to find
// out that it goes to a replica and changes nothing.
func (r *router) plain(q *sdk.Query) bool {
	const special = abi.SessionInTransaction | abi.SessionAutocommit
	if q.Type() != abi.TypeRead || q.Flags()&special != abi.SessionAutocommit {
		return false
	}
	s := &r.state
	if s.reader != none || s.pinned || s.locked || s.nextTrx || len(s.temporary) > 0 {
		return false
	}
	kind, _ := q.Hint()
	return kind == abi.HintNone
}

// inOrder applies the rules, most binding first.
func (r *router) inOrder(q *sdk.Query) way {
	s := &r.state
	if s.reader != none {
		return r.inReadOnly(q)
	}
	shared := q.Is(abi.TypeSessionWrite|abi.TypeUse|abi.TypePrepareNamed|abi.TypeDeallocate|abi.TypeSetNames) &&
		!q.Is(notShared) && q.Operation() != abi.OpSelect
	if shared && (!r.options.varsOnPrimary || !q.Is(abi.TypeUserVarWrite)) {
		return toAll
	}
	if s.pinned || s.locked || q.InTransaction() || !q.Autocommit() {
		return r.hinted(q, toPrimary)
	}
	if q.Is(abi.TypeBegin) && q.Is(abi.TypeReadOnly) && !q.Is(abi.TypeMulti|abi.TypeXA) && !s.nextTrx {
		if t := r.reader(none); t != none {
			s.reader = t
			return toReader
		}
		return toPrimary
	}
	if q.Is(abi.TypeLastInfo) && !q.Is(abi.TypeWrite) {
		return toLast
	}
	if r.readable(q) {
		if s.varsAt != none && q.Is(abi.TypeUserVarRead) {
			return toVars
		}
		return r.hinted(q, toReplica)
	}
	return r.hinted(q, toPrimary)
}

// readable reports whether any up to date server can answer the statement.
func (r *router) readable(q *sdk.Query) bool {
	s := &r.state
	if !q.Is(abi.TypeRead) || q.Is(notRead) || s.pinned || s.locked || s.nextTrx || q.InTransaction() || !q.Autocommit() {
		return false
	}
	if q.Is(abi.TypeUserVarRead) && (r.options.varsOnPrimary || s.varsThere) {
		return false
	}
	if q.Is(abi.TypeSysVarRead) && r.options.varsOnPrimary {
		return false
	}
	return len(s.temporary) == 0 || !r.touchesTemporary(q)
}

// inReadOnly routes within a transaction that runs on a replica.
func (r *router) inReadOnly(q *sdk.Query) way {
	if q.Is(abi.TypeBegin) && !q.Is(abi.TypeReadOnly) || q.Is(abi.TypeLockTables|abi.TypeXA) {
		return refused
	}
	if q.Is(abi.TypeSessionWrite|abi.TypeUse|abi.TypePrepareNamed|abi.TypeDeallocate|abi.TypeSetNames) && !q.Is(notShared) {
		return toAll
	}
	return toReader
}

// hinted lets a routing hint override where the statement would go. In a
// transaction, or where else only the primary will do, a hint that asks for a
// replica is obeyed for reads only.
func (r *router) hinted(q *sdk.Query, w way) way {
	kind, _ := q.Hint()
	if kind == abi.HintNone {
		return w
	}
	bound := r.state.pinned || r.state.locked || q.InTransaction() || !q.Autocommit()
	reads := q.Is(abi.TypeRead) && !q.Is(notRead&^abi.TypePrimaryRead)
	switch kind {
	case abi.HintPrimary:
		return toPrimary
	case abi.HintReplica:
		if reads || !bound {
			return toReplica
		}
	case abi.HintServer:
		if reads || !bound {
			return toNamed
		}
	case abi.HintLast:
		if reads || !bound {
			return toLast
		}
	case abi.HintAll:
		if !bound {
			return toAll
		}
	}
	return w
}

// remember notes what the statement does to the session.
func (r *router) remember(q *sdk.Query, w way) {
	s := &r.state
	multi := q.Is(abi.TypeMulti)
	if multi && (r.options.strictMulti || q.Is(abi.TypeSessionWrite|abi.TypeUse|abi.TypeSetNames|abi.TypePrepareNamed)) ||
		q.Is(abi.TypeCall) && r.options.strictCalls {
		s.pinned = true
	}
	if w == toLast && q.Is(abi.TypeUserVarWrite) {
		s.varsAt = q.LastTarget()
	}
	if w == toPrimary && q.Is(abi.TypeUserVarWrite) {
		s.varsThere = true
	}
	if q.Is(abi.TypeLockTables) {
		s.locked = true
	}
	if q.Is(abi.TypeUnlockTables) && !q.Is(abi.TypeLockTables) {
		s.locked = false
	}
	if q.Is(abi.TypeNextTrx) {
		s.nextTrx = true
	} else if w != toAll && w != toLast {
		s.nextTrx = false
	}
	if q.Is(abi.TypeTempTable) || len(s.temporary) > 0 && q.Is(abi.TypeDDL) {
		r.trackTemporary(q)
	}
}
