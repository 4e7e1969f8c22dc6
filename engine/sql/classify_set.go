package sql

import "github.com/penstock-db/penstock/wasm/abi"

// set classifies SET: a list of assignments, each of its own kind.
func (c *classifier) set() Class {
	if c.tok.kw == kwStatement {
		return c.setStatement()
	}
	var t uint64
	for {
		t |= c.assignment()
		if !c.tok.is(',') {
			break
		}
		c.advance()
	}
	return c.skip(abi.OpSet, t&^abi.TypeRead)
}

// setStatement classifies SET STATEMENT a=1, … FOR statement by the statement.
func (c *classifier) setStatement() Class {
	depth := 0
	for c.advance(); !c.ended(); c.advance() {
		switch {
		case c.tok.is('('):
			depth++
		case c.tok.is(')'):
			depth--
		case c.tok.kw == kwFor && depth == 0:
			c.advance()
			if c.tok.kw == kwSet {
				break
			}
			return c.statement()
		}
	}
	return c.skip(abi.OpUnknown, abi.TypeUnknown|abi.TypeWrite)
}

// scope is where an assigned variable lives.
type scope uint8

const (
	scopeSession scope = iota
	scopeNext          // no scope named: for SET TRANSACTION, the next transaction
	scopeGlobal
)

func scopeOf(kw keyword) (scope, bool) {
	switch kw {
	case kwGlobal, kwPersist, kwPersistOnly:
		return scopeGlobal, true
	case kwSession, kwLocal:
		return scopeSession, true
	}
	return scopeNext, false
}

// assignment classifies one item of SET, up to the comma after it.
func (c *classifier) assignment() uint64 {
	const session = abi.TypeSessionWrite
	switch c.tok.kind {
	case kindUserVar:
		c.advance()
		if c.tok.is('=') || c.tok.op == opAssign {
			c.advance()
		}
		return session | abi.TypeUserVarWrite | c.expressions(false, true)
	case kindSysVar:
		where, named := scopeOf(c.sysVarName())
		if !named {
			name := c.variable()
			c.advance()
			return c.assign(scopeSession, name)
		}
		name := c.variable()
		c.advance()
		return c.assign(where, name)
	}
	where, named := scopeOf(c.tok.kw)
	if named {
		c.advance()
	}
	switch c.tok.kw {
	case kwTransaction:
		return c.setTransaction(where)
	case kwNames, kwCharset:
		c.relexes = true
		c.advance()
		return session | abi.TypeSetNames | c.expressions(false, true)
	case kwCharacter, kwChar:
		c.relexes = true
		c.advance()
		c.accept(kwSet)
		return session | abi.TypeSetNames | c.expressions(false, true)
	case kwPassword:
		c.advance()
		c.expressions(false, true)
		return abi.TypeAccount | abi.TypeWrite
	case kwDefault:
		c.advance()
		if c.tok.kw == kwRole {
			c.expressions(false, true)
			return abi.TypeAccount | abi.TypeWrite
		}
		return c.assign(where, kwNone) // SET default.key_buffer_size
	case kwRole:
		c.advance()
		if !c.tok.is('=') {
			c.expressions(false, true)
			return session
		}
		return c.assign(where, kwNone)
	case kwResource: // SET RESOURCE GROUP
		c.expressions(false, true)
		return session
	}
	name := c.wordOf(c.tok)
	if c.tok.kind != kindWord && c.tok.kind != kindQuoted {
		return abi.TypeUnknown | abi.TypeWrite | session | c.expressions(false, true)
	}
	c.advance()
	for c.tok.is('.') { // a structured variable
		c.advance()
		name = c.wordOf(c.tok)
		c.advance()
	}
	return c.assign(where, name)
}

// assign classifies = value for the system variable name; the = is at hand.
func (c *classifier) assign(where scope, name keyword) uint64 {
	if !c.tok.is('=') && c.tok.op != opAssign {
		return abi.TypeUnknown | abi.TypeWrite | abi.TypeSessionWrite | c.expressions(false, true)
	}
	c.advance()
	value := c.tok
	rest := c.expressions(false, true)
	if where == scopeGlobal {
		return abi.TypeGlobalVarWrite | abi.TypeWrite | rest&^abi.TypeRead
	}
	t := abi.TypeSessionWrite | rest
	simple := c.prev.start == value.start // one token is the whole value
	switch name {
	case kwAutocommit:
		switch {
		case simple && c.truth(value) == 1:
			t |= abi.TypeAutocommitOn
		case simple && c.truth(value) == 0:
			t |= abi.TypeAutocommitOff
		default:
			t |= abi.TypeAutocommitOn | abi.TypeAutocommitOff
		}
	case kwTxReadOnly, kwTransactionReadOnly:
		switch {
		case simple && c.truth(value) == 1:
			t |= abi.TypeReadOnly
		case simple && c.truth(value) == 0:
			t |= abi.TypeReadWrite
		}
	case kwCharacterSetClient:
		c.relexes = true
		t |= abi.TypeSetNames
	case kwSqlMode:
		c.relexes = true
	}
	return t
}

// truth returns 1 for ON, TRUE, 1, 0 for OFF, FALSE, 0, and −1 for what is neither.
func (c *classifier) truth(t token) int {
	text := c.text(t)
	switch t.kind {
	case kindNumber:
		switch {
		case len(text) == 1 && text[0] == '0':
			return 0
		case len(text) == 1 && text[0] == '1':
			return 1
		}
	case kindWord, kindString, kindQuoted:
		switch fold(text) {
		case kwOn, kwTrue:
			return 1
		case kwOff, kwFalse:
			return 0
		}
	}
	return -1
}

// setTransaction classifies SET [scope] TRANSACTION.
func (c *classifier) setTransaction(where scope) uint64 {
	var t uint64
	for ; !c.ended(); c.advance() {
		t |= c.access()
	}
	switch where {
	case scopeGlobal:
		return abi.TypeGlobalVarWrite | abi.TypeWrite
	case scopeNext:
		t |= abi.TypeNextTrx
	}
	return t | abi.TypeSessionWrite
}
