package sql

import "github.com/penstock-db/penstock/wasm/abi"

// data classifies what reads and writes rows.
func (c *classifier) data(verb keyword) (Class, bool) {
	switch verb {
	case kwInsert:
		return c.finish(abi.OpInsert, abi.TypeWrite), true
	case kwReplace:
		return c.finish(abi.OpReplace, abi.TypeWrite), true
	case kwUpdate:
		return c.finish(abi.OpUpdate, abi.TypeWrite), true
	case kwDelete:
		return c.finish(abi.OpDelete, abi.TypeWrite), true
	case kwLoad:
		return c.load(), true
	case kwCall:
		return c.finish(abi.OpCall, abi.TypeCall|abi.TypeWrite), true
	case kwDo:
		// DO is run for what its functions do, and that on the primary.
		return c.finish(abi.OpDo, abi.TypePrimaryRead), true
	case kwHandler:
		return c.finish(abi.OpHandler, abi.TypeHandler|abi.TypePrimaryRead), true
	}
	return Class{}, false
}

// with finds the statement that the common table expressions belong to.
func (c *classifier) with() Class {
	op, t := abi.OpUnknown, uint64(abi.TypeUnknown|abi.TypeWrite)
	var body uint64
	depth := 0
	c.accept(kwRecursive)
	for ; !c.ended(); c.advance() {
		switch {
		case c.tok.is('('):
			// a (x, y) AS (…): the first parenthesis is no call. One after
			// another at the top is the statement itself.
			if depth == 0 && c.prev.is(')') {
				return c.merge(c.finish(abi.OpSelect, abi.TypeRead), body)
			}
			if depth > 0 {
				body |= c.call()
			}
			depth++
			continue
		case c.tok.is(')'):
			depth--
			continue
		}
		if depth > 0 {
			body |= c.inside()
			continue
		}
		switch c.tok.kw {
		case kwSelect, kwValues, kwTable:
			op, t = abi.OpSelect, abi.TypeRead
		case kwUpdate:
			op, t = abi.OpUpdate, abi.TypeWrite
		case kwDelete:
			op, t = abi.OpDelete, abi.TypeWrite
		case kwInsert:
			op, t = abi.OpInsert, abi.TypeWrite
		case kwReplace:
			op, t = abi.OpReplace, abi.TypeWrite
		default:
			continue
		}
		c.advance()
		return c.merge(c.finish(op, t), body)
	}
	return Class{t | body, op}
}

// merge adds t to what is known of a statement.
func (c *classifier) merge(one Class, t uint64) Class {
	one.Type |= t
	if one.Type&(abi.TypeWrite|abi.TypePrimaryRead) != 0 {
		one.Type &^= abi.TypeRead
	}
	return one
}

// inside returns what the token at hand adds, in an expression.
func (c *classifier) inside() uint64 {
	switch c.tok.kind {
	case kindWord:
		var t uint64
		if c.tok.flags&flagSequence != 0 && c.prev.is('.') {
			t = abi.TypeWrite | abi.TypePrimaryRead
		}
		return t | c.clause(true)
	case kindUserVar:
		return abi.TypeUserVarRead
	case kindSysVar:
		return c.systemVariable()
	case kindOp:
		if c.tok.op == opAssign && c.prev.kind == kindUserVar {
			return abi.TypeUserVarWrite | abi.TypePrimaryRead
		}
	}
	return 0
}

// load classifies LOAD DATA, LOAD XML and LOAD INDEX INTO CACHE.
func (c *classifier) load() Class {
	if c.tok.kw != kwData && c.tok.kw != kwXml {
		return c.skip(abi.OpMaintain, abi.TypeWrite)
	}
	t := uint64(abi.TypeLoadData | abi.TypeWrite)
	c.advance()
	for c.tok.kw == kwLowPriority || c.tok.kw == kwConcurrent {
		c.advance()
	}
	if c.accept(kwLocal) {
		t |= abi.TypeLocal
	}
	return c.finish(abi.OpLoad, t)
}

// show classifies SHOW.
func (c *classifier) show() Class {
	t := uint64(abi.TypeShow)
	switch c.tok.kw {
	case kwWarnings, kwErrors, kwCount, kwProfile, kwProfiles:
		t |= abi.TypeRead | abi.TypeLastInfo
	case kwMaster, kwBinary, kwBinlog:
		t |= abi.TypePrimaryRead
	default:
		t |= abi.TypeRead
	}
	return c.finish(abi.OpShow, t)
}

// explain classifies EXPLAIN and DESCRIBE: a statement that is explained is
// not run, but for MySQL's EXPLAIN ANALYZE.
func (c *classifier) explain() Class {
	if c.accept(kwAnalyze) {
		return c.explained()
	}
	one := c.finish(abi.OpExplain, abi.TypeRead|abi.TypeExplain)
	return Class{one.Type, abi.OpExplain}
}

// explained classifies what follows EXPLAIN ANALYZE or MariaDB's ANALYZE: the
// statement is run.
func (c *classifier) explained() Class {
	if c.accept(kwFormat) && c.tok.is('=') {
		c.advance()
		c.advance()
	}
	one := c.statement()
	return Class{one.Type | abi.TypeExplain, abi.OpExplain}
}

// analyze tells ANALYZE TABLE from ANALYZE statement.
func (c *classifier) analyze() Class {
	switch c.tok.kw {
	case kwTable, kwTables, kwLocal, kwNoWriteToBinlog:
		return c.skip(abi.OpMaintain, abi.TypeWrite)
	}
	return c.explained()
}
