package sql

import "slices"

// Tables returns the tables and views that stmt names, each once, in order,
// as "schema.table" or "table", without quotes. It is a best effort without a
// grammar: names of common table expressions and derived tables are left out,
// what a stored routine or a prepared text uses is not there.
func Tables(stmt []byte, m Mode) []string {
	f := tableFinder{}
	f.c.lex.reset(stmt, m)
	for f.c.advance(); f.c.tok.kind != kindEnd; {
		if f.c.tok.kind == kindSemicolon {
			f.c.skipSemicolon()
			continue
		}
		f.statement()
	}
	return f.names
}

// tableFinder walks a statement and collects table names.
type tableFinder struct {
	c     classifier
	names []string
	ctes  []string // names defined by WITH
	lists []level  // per open parenthesis, outermost first
	using bool     // USING names tables: within DELETE
}

// level is what is known within one pair of parentheses.
type level struct {
	listing bool // a comma goes on with a list of tables
	query   bool // FROM names tables; in EXTRACT(YEAR FROM x) it does not
}

// maxLists bounds how deep parentheses are followed.
const maxLists = 256

func (f *tableFinder) statement() {
	c := &f.c
	f.ctes, f.lists = f.ctes[:0], append(f.lists[:0], level{query: true})
	verb := c.tok.kw
	f.using = verb == kwDelete
	switch verb {
	case kwUpdate, kwInsert, kwReplace, kwTruncate, kwHandler, kwDesc, kwDescribe:
		c.advance()
		f.modifiers()
		f.name()
		f.set(verb == kwUpdate)
	case kwShow:
		f.show()
		return
	case kwRename, kwLock, kwOptimize, kwRepair, kwCheck, kwChecksum, kwDrop:
		f.list()
		return
	}
	for ; !c.ended(); f.step() {
	}
}

// list reads statements that take a list of tables: DROP TABLE a, b.
func (f *tableFinder) list() {
	c := &f.c
	for ; !c.ended(); c.advance() {
		switch c.tok.kw {
		case kwTable, kwTables, kwView, kwSequence:
			c.advance()
			f.modifiers()
			f.name()
			f.set(true)
			for !c.ended() {
				if c.tok.is(',') || c.tok.kw == kwTo {
					c.advance()
					f.name()
					continue
				}
				c.advance()
			}
			return
		case kwOn: // DROP INDEX i ON t
			c.advance()
			f.name()
			return
		case kwProcedure, kwFunction, kwDatabase, kwUser, kwRole, kwTrigger, kwEvent, kwPrepare:
			c.skip(0, 0)
			return
		}
	}
}

// show reads SHOW COLUMNS FROM t and SHOW CREATE TABLE t; elsewhere in SHOW,
// FROM is about a schema.
func (f *tableFinder) show() {
	c := &f.c
	for from := false; !c.ended(); c.advance() {
		switch c.tok.kw {
		case kwColumns, kwFields, kwIndex, kwIndexes, kwKeys:
			from = true
		case kwTable, kwView, kwSequence:
			if c.prev.kw == kwCreate {
				c.advance()
				f.name()
				c.skip(0, 0)
				return
			}
		case kwFrom, kwIn:
			if from {
				c.advance()
				f.name()
				c.skip(0, 0)
				return
			}
		}
	}
}

// modifiers skips the words between a verb and its table.
func (f *tableFinder) modifiers() {
	for {
		switch f.c.tok.kw {
		case kwLowPriority, kwHighPriority, kwDelayed, kwIgnore, kwQuick, kwInto, kwTable, kwIf, kwNot, kwExists, kwOnly:
			f.c.advance()
		default:
			return
		}
	}
}

// step handles the token at hand, and leaves the next one at hand.
func (f *tableFinder) step() {
	c := &f.c
	switch {
	case c.tok.is('('):
		if len(f.lists) < maxLists {
			// FROM (a, b): still a list of tables, unless it is a call.
			table := f.listing() && (c.prev.kw == kwFrom || c.prev.kw == kwJoin || c.prev.kw == kwUpdate || c.prev.is(',') || c.prev.is('('))
			f.lists = append(f.lists, level{listing: table})
			c.advance()
			if table && c.tok.kw != kwSelect && c.tok.kw != kwWith && c.tok.kw != kwValues && !c.tok.is('(') {
				f.name()
			}
			return
		}
	case c.tok.is(')'):
		if len(f.lists) > 1 {
			f.lists = f.lists[:len(f.lists)-1]
		}
	case c.tok.is(',') && f.listing():
		c.advance()
		f.name()
		return
	case c.tok.kind != kindWord:
	default:
		if f.keyword() {
			return
		}
	}
	c.advance()
}

func (f *tableFinder) listing() bool { return f.lists[len(f.lists)-1].listing }

func (f *tableFinder) set(listing bool) { f.lists[len(f.lists)-1].listing = listing }

// keyword handles the keyword at hand; false leaves it at hand.
func (f *tableFinder) keyword() bool {
	c := &f.c
	switch c.tok.kw {
	case kwFrom:
		if !f.lists[len(f.lists)-1].query {
			return false
		}
		c.advance()
		f.set(true)
		f.name()
		return true
	case kwJoin, kwStraightJoin:
		if c.prev.kw == kwFor || c.prev.kw == kwSelect { // USE INDEX FOR JOIN, SELECT STRAIGHT_JOIN
			return false
		}
		f.set(true)
		c.advance()
		f.name()
		return true
	case kwInto, kwUpdate, kwTable, kwReferences:
		prev, kw := c.prev.kw, c.tok.kw
		c.advance()
		if kw == kwUpdate && (prev == kwKey || prev == kwFor || prev == kwOn) || c.ended() {
			return true // ON DUPLICATE KEY UPDATE, FOR UPDATE
		}
		f.modifiers()
		if c.tok.kw != kwOutfile && c.tok.kw != kwDumpfile {
			f.name()
		}
		f.set(kw == kwUpdate)
		return true
	case kwWith:
		c.advance()
		c.accept(kwRecursive)
		f.define()
		return true
	case kwSelect:
		f.lists[len(f.lists)-1] = level{query: true}
	case kwUsing:
		if !f.using || len(f.lists) > 1 {
			return false
		}
		f.using = false
		f.set(true)
		for c.advance(); c.tok.is('(') && len(f.lists) < maxLists; c.advance() {
			f.lists = append(f.lists, level{listing: true})
		}
		f.name()
		return true
	case kwFor:
		if c.prev.kw != kwValue {
			return false
		}
		c.advance() // NEXT VALUE FOR
		f.name()
		return true
	case kwNextval, kwSetval, kwLastval:
		if c.advance(); c.tok.is('(') {
			c.advance()
			f.name()
			f.lists = append(f.lists, level{})
		}
		return true
	case kwOrder, kwGroup:
		if c.prev.kw != kwFor { // USE INDEX FOR ORDER BY
			f.set(false)
		}
	case kwWhere, kwSet, kwHaving, kwLimit, kwUnion, kwExcept, kwIntersect, kwValues, kwWindow, kwProcedure:
		f.set(false)
	}
	return false
}

// define reads the name of a common table expression, which is no table.
func (f *tableFinder) define() {
	c := &f.c
	if c.tok.kind == kindWord || c.tok.kind == kindQuoted {
		f.ctes = append(f.ctes, f.part())
		c.advance()
	}
}

func (f *tableFinder) part() string {
	if f.c.tok.kind == kindQuoted {
		return unquote(f.c.text(f.c.tok), f.c.lex.mode)
	}
	return string(f.c.text(f.c.tok))
}

// name reads a table's name, if there is one, and remembers it.
func (f *tableFinder) name() {
	c := &f.c
	if c.tok.kind != kindWord && c.tok.kind != kindQuoted || c.tok.flags&flagReserved != 0 {
		return
	}
	name := f.part()
	qualified := false
	for c.advance(); c.tok.is('.'); {
		c.advance()
		if c.tok.kind != kindWord && c.tok.kind != kindQuoted {
			break
		}
		name += "." + f.part()
		qualified = true
		c.advance()
	}
	if c.tok.is('(') && c.prev.kw == kwJsonTable || !qualified && slices.Contains(f.ctes, name) || slices.Contains(f.names, name) {
		return
	}
	f.names = append(f.names, name)
}
