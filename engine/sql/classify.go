package sql

import "github.com/penstock-db/penstock/wasm/abi"

// Class says what a statement does.
type Class struct {
	Type      uint64        // abi.Type* bits; those of all statements in a multi-statement
	Operation abi.Operation // the verb, of the first statement in a multi-statement
}

// Classify says what stmt does. It reads stmt once and allocates nothing.
//
// Of one statement, TypeRead is set only if every server's answer is as good
// as any other's: TypeWrite and TypePrimaryRead exclude it. A call of a
// function that is not one of the server's own counts as a write, because a
// stored function may do anything; so MaxScale decides too. SET autocommit to
// something that only the server can evaluate sets both TypeAutocommitOn and
// TypeAutocommitOff.
func Classify(stmt []byte, m Mode) Class {
	var c classifier
	c.lex.reset(stmt, m)
	c.advance()
	var all Class
	for n := 0; ; n++ {
		for c.tok.kind == kindSemicolon {
			c.skipSemicolon()
		}
		if c.tok.kind == kindEnd {
			break
		}
		if n > 0 {
			all.Type |= abi.TypeMulti
		}
		if c.relexes {
			// The server lexes this statement in a mode that the one
			// before has changed: nothing is sure about it.
			all.Type |= abi.TypeUnknown | abi.TypeWrite
		}
		one := c.statement()
		if n == 0 {
			all.Operation = one.Operation
		}
		all.Type |= one.Type
	}
	if c.lex.unsure || c.lex.bad {
		all.Type |= abi.TypeUnknown | abi.TypeWrite
		if all.Type&abi.TypeMulti == 0 {
			all.Type &^= abi.TypeRead
		}
	}
	if all.Type == 0 { // nothing but comments and white space
		all.Type = abi.TypeRead
		all.Operation = abi.OpOther
	}
	return all
}

// classifier reads statements token by token.
type classifier struct {
	lex     lexer
	tok     token // the token being looked at
	prev    token // the one before it
	before  token // kind, op and keyword of the one before prev
	nested  int   // statements within statements
	relexes bool  // a statement changed the character set or the sql_mode
}

func (c *classifier) advance() {
	c.before.kw, c.before.kind, c.before.op = c.prev.kw, c.prev.kind, c.prev.op
	c.prev = c.tok
	c.lex.next(&c.tok)
}

// skipSemicolon goes to the next statement, which the server lexes afresh.
func (c *classifier) skipSemicolon() {
	c.lex.inCode = false
	c.advance()
	c.prev, c.before = token{}, token{}
}

func (c *classifier) ended() bool {
	return c.tok.kind == kindEnd || c.tok.kind == kindSemicolon
}

// accept goes on if the token is the keyword kw.
func (c *classifier) accept(kw keyword) bool {
	if c.tok.kw != kw {
		return false
	}
	c.advance()
	return true
}

// text returns the bytes of t.
func (c *classifier) text(t token) []byte { return c.lex.src[t.start:t.end] }

// maxNested bounds statements within statements (ANALYZE SET STATEMENT … FOR …).
const maxNested = 4

// statement classifies one statement, up to its semicolon or the end.
func (c *classifier) statement() Class {
	if c.nested++; c.nested > maxNested {
		return c.finish(abi.OpUnknown, abi.TypeUnknown|abi.TypeWrite)
	}
	defer func() { c.nested-- }()
	for c.tok.is('(') { // (SELECT …) UNION (SELECT …)
		c.advance()
		if k := c.tok.kw; k != kwSelect && k != kwWith && k != kwValues && k != kwTable && !c.tok.is('(') {
			return c.finish(abi.OpUnknown, abi.TypeUnknown|abi.TypeWrite)
		}
	}
	verb := c.tok
	c.advance()
	if verb.kind == kindWord && c.tok.is(':') { // label: LOOP …
		c.block(0)
		return Class{abi.TypeCall | abi.TypeWrite, abi.OpBlock}
	}
	switch verb.kw {
	case kwSelect:
		return c.finish(abi.OpSelect, abi.TypeRead)
	case kwValues, kwTable:
		return c.finish(abi.OpSelect, abi.TypeRead)
	case kwWith:
		return c.with()
	case kwSet:
		return c.set()
	case kwShow:
		return c.show()
	case kwExplain, kwDescribe, kwDesc:
		return c.explain()
	case kwAnalyze:
		return c.analyze()
	}
	if one, ok := c.data(verb.kw); ok {
		return one
	}
	if one, ok := c.definition(verb.kw); ok {
		return one
	}
	if one, ok := c.transaction(verb.kw); ok {
		return one
	}
	if one, ok := c.control(verb.kw); ok {
		return one
	}
	return c.finish(abi.OpUnknown, abi.TypeUnknown|abi.TypeWrite)
}

// finish reads the rest of the statement as expressions.
func (c *classifier) finish(op abi.Operation, base uint64) Class {
	t := base | c.expressions(op == abi.OpSelect, false)
	if t&(abi.TypeWrite|abi.TypePrimaryRead) != 0 {
		t &^= abi.TypeRead
	}
	return Class{t, op}
}

// skip throws the rest of the statement away and returns its class.
func (c *classifier) skip(op abi.Operation, t uint64) Class {
	for !c.ended() {
		c.advance()
	}
	return Class{t, op}
}

// last is skip for a statement that must end here: what follows is something
// that we do not know.
func (c *classifier) last(op abi.Operation, t uint64) Class {
	if !c.ended() {
		t |= abi.TypeUnknown | abi.TypeWrite
	}
	return c.skip(op, t)
}
