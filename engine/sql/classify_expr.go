package sql

import "github.com/penstock-db/penstock/wasm/abi"

// expressions reads tokens up to the statement's end, or up to a comma
// outside parentheses if comma is set, and returns what they add to its type:
// variables, functions, locking reads, INTO. query says whether INTO is
// SELECT's.
func (c *classifier) expressions(query, comma bool) uint64 {
	var t uint64
	depth := 0
	for ; !c.ended(); c.advance() {
		switch c.tok.kind {
		case kindWord:
			if c.tok.kw != kwNone {
				t |= c.clause(query)
			}
			if c.tok.flags&flagSequence != 0 && c.prev.is('.') {
				t |= abi.TypeWrite | abi.TypePrimaryRead // Oracle's s.NEXTVAL
			}
		case kindOp:
			switch {
			case c.tok.is('('):
				depth++
				t |= c.call()
			case c.tok.is(')'):
				depth--
			case c.tok.is(',') && depth <= 0 && comma:
				return t
			case c.tok.op == opAssign && c.prev.kind == kindUserVar:
				t |= abi.TypeUserVarWrite | abi.TypePrimaryRead
			}
		case kindUserVar:
			if c.prev.kw == kwInto {
				t |= abi.TypeUserVarWrite | abi.TypePrimaryRead
				if query {
					t |= abi.TypeSelectInto
				}
				break
			}
			t |= abi.TypeUserVarRead
		case kindSysVar:
			t |= c.systemVariable()
		}
	}
	return t
}

// clause returns what the keyword at hand adds, seen with the words before it.
func (c *classifier) clause(query bool) uint64 {
	switch c.tok.kw {
	case kwUpdate, kwShare:
		if c.prev.kw == kwFor { // FOR UPDATE, FOR SHARE
			return abi.TypePrimaryRead
		}
	case kwIn:
		if c.prev.kw == kwLock { // LOCK IN SHARE MODE
			return abi.TypePrimaryRead
		}
	case kwOutfile, kwDumpfile:
		if c.prev.kw == kwInto {
			return abi.TypeSelectInto | abi.TypeWrite
		}
	case kwFor:
		if c.prev.kw == kwValue && c.before.kw == kwNext {
			return abi.TypeWrite | abi.TypePrimaryRead
		}
		if c.prev.kw == kwValue && c.before.kw == kwPrevious {
			return abi.TypePrimaryRead
		}
	case kwInto:
		if query {
			return abi.TypeSelectInto | abi.TypePrimaryRead
		}
	}
	return 0
}

// call returns what the function before the parenthesis at hand adds.
func (c *classifier) call() uint64 {
	switch f := c.prev.flags; {
	case c.prev.kind == kindQuoted:
	case c.prev.kind != kindWord:
		return 0
	case c.before.kind == kindOp && c.before.op == '.': // schema.function
	case f&flagPrimary != 0:
		return abi.TypePrimaryRead
	case f&flagSequence != 0:
		return abi.TypePrimaryRead | abi.TypeWrite
	case f&flagLast != 0:
		return abi.TypeLastInfo
	case f&(flagBuiltin|flagReserved) != 0:
		return 0
	case c.prev.kw == kwColumns && c.before.kind == kindString: // JSON_TABLE(…, '$' COLUMNS (…))
		return 0
	}
	if c.before.kw == kwAs || c.before.kw == kwProcedure { // a derived table's name and its columns; PROCEDURE ANALYSE()
		return 0
	}
	return abi.TypeWrite
}

// systemVariable returns what reading the variable at hand adds. Only some
// tell about the connection's past; @@global.x and @@session.x are followed
// up by the name's second half.
func (c *classifier) systemVariable() uint64 {
	t := uint64(abi.TypeSysVarRead)
	switch c.variable() {
	case kwLastInsertId, kwIdentity:
		t |= abi.TypePrimaryRead
	case kwWarningCount, kwErrorCount:
		t |= abi.TypeLastInfo
	}
	return t
}

// variable returns the keyword that a @@name or @@scope.name at hand is, and
// leaves the name's last token at hand.
func (c *classifier) variable() keyword {
	kw := c.sysVarName()
	for {
		save, before, prev, lex := c.tok, c.before, c.prev, c.lex
		c.advance()
		if !c.tok.is('.') {
			c.tok, c.before, c.prev, c.lex = save, before, prev, lex
			return kw
		}
		c.advance()
		kw = c.wordOf(c.tok)
		if c.ended() {
			return kw
		}
	}
}

// sysVarName returns the keyword of the @@name at hand.
func (c *classifier) sysVarName() keyword {
	return fold(c.text(c.tok)[2:])
}

// wordOf returns the keyword that a name is, quoted or after a dot.
func (c *classifier) wordOf(t token) keyword {
	switch t.kind {
	case kindWord, kindQuoted:
		return fold(c.text(t))
	}
	return kwNone
}

// fold looks a name up, whatever quotes and case it has.
func fold(name []byte) keyword {
	if n := len(name); n >= 2 && (name[0] == '`' || name[0] == '"' || name[0] == '[' || name[0] == '\'') {
		name = name[1 : n-1]
	}
	if len(name) > longestWord {
		return kwNone
	}
	h := uint32(0)
	for _, b := range name {
		h = h*hashFactor + uint32(b|0x20)
	}
	kw, _ := lookup(name, h)
	return kw
}
