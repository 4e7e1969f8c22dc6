package sql

import (
	"strconv"
	"strings"
)

// SessionChanges returns what stmt does to the Mode: SET NAMES, SET CHARACTER
// SET, character_set_client and sql_mode. In a multi-statement the changes of
// all its statements add up. EXECUTE runs a text that is not there, so it
// only asks.
func SessionChanges(stmt []byte, m Mode) Changes {
	var out Changes
	var c classifier
	c.lex.reset(stmt, m)
	for c.advance(); c.tok.kind != kindEnd; {
		if c.tok.kind == kindSemicolon {
			c.skipSemicolon()
			continue
		}
		verb := c.tok
		c.advance()
		switch verb.kw {
		case kwSet:
			if c.tok.kw != kwStatement { // whose settings end with it
				out.assignments(&c)
			}
		case kwExecute:
			out.Ask = true
		}
		c.skip(0, 0)
	}
	return out
}

// assignments reads the items of SET.
func (out *Changes) assignments(c *classifier) {
	for {
		out.assignment(c)
		c.expressions(false, true)
		if !c.tok.is(',') {
			return
		}
		c.advance()
	}
}

func (out *Changes) assignment(c *classifier) {
	var name keyword
	global := false
	switch c.tok.kind {
	case kindSysVar:
		where, named := scopeOf(c.sysVarName())
		global = named && where == scopeGlobal
		name = c.variable()
		c.advance()
	case kindWord, kindQuoted:
		if c.tok.kind == kindWord {
			where, named := scopeOf(c.tok.kw)
			if named {
				global = where == scopeGlobal
				c.advance()
			}
			if c.tok.kw == kwNames || c.tok.kw == kwCharset {
				c.advance()
				out.names(c)
				return
			}
			if c.tok.kw == kwCharacter || c.tok.kw == kwChar {
				c.advance()
				c.accept(kwSet)
				out.names(c)
				return
			}
		}
		name = c.wordOf(c.tok)
		c.advance()
		if c.tok.is('.') {
			return
		}
	default:
		return
	}
	if global || name != kwSqlMode && name != kwCharacterSetClient {
		return
	}
	if c.tok.is('=') || c.tok.op == opAssign {
		c.advance()
	}
	value := c.tok
	c.expressions(false, true)
	if c.prev.start != value.start { // more than one token
		out.Ask = true
		return
	}
	out.value(c, name, value)
}

// names reads what follows SET NAMES: the character set's name.
func (out *Changes) names(c *classifier) {
	if c.tok.is('=') || c.tok.kw == kwDefault {
		out.Ask = true
		return
	}
	out.value(c, kwCharacterSetClient, c.tok)
}

// value reads the one token that the variable name is set to.
func (out *Changes) value(c *classifier, name keyword, t token) {
	text := c.text(t)
	switch t.kind {
	case kindWord:
		if t.kw == kwDefault {
			out.Ask = true
			return
		}
	case kindString, kindQuoted:
		if len(text) < 2 || text[0] != '\'' && text[0] != '"' && text[0] != '`' || strings.ContainsAny(string(text), "\\") {
			out.Ask = true
			return
		}
		text = text[1 : len(text)-1]
	case kindNumber:
		bits, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil || name != kwSqlMode {
			out.Ask = true
			return
		}
		out.setSQLModeBits(bits)
		return
	default:
		out.Ask = true
		return
	}
	if name == kwSqlMode {
		out.setSQLMode(string(text))
		return
	}
	out.setCharset(string(text))
}
