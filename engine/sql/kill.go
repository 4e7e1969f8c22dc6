package sql

import "strconv"

// Kill is a KILL statement.
type Kill struct {
	ID      uint64 // the connection's id; meaningless if User or Expr is set
	User    string // of KILL USER name; "CURRENT_USER" for the function
	Host    string // of KILL USER name@host, "" if there is none
	Query   bool   // KILL QUERY: the statement, not the connection
	ByQuery bool   // KILL QUERY ID n: ID is a query's id
	Soft    bool   // KILL SOFT
	Expr    bool   // the id is an expression that only the server can evaluate
}

// ParseKill reads stmt as KILL [HARD|SOFT] [CONNECTION|QUERY [ID]] n, or USER
// name[@host]; false if it is not exactly one such statement.
func ParseKill(stmt []byte, m Mode) (Kill, bool) {
	var k Kill
	var c classifier
	c.lex.reset(stmt, m)
	if c.advance(); !c.accept(kwKill) {
		return k, false
	}
	if c.accept(kwSoft) {
		k.Soft = true
	} else {
		c.accept(kwHard)
	}
	if c.accept(kwQuery) {
		k.Query = true
		k.ByQuery = c.accept(kwId)
	} else {
		c.accept(kwConnection)
	}
	if !k.ByQuery && c.accept(kwUser) {
		if !k.user(&c) {
			return Kill{}, false
		}
	} else {
		k.id(&c)
	}
	for c.tok.kind == kindSemicolon {
		c.advance()
	}
	if c.tok.kind != kindEnd || c.lex.bad || c.lex.unsure {
		return Kill{}, false
	}
	return k, true
}

// id reads the id: a decimal number, or an expression.
func (k *Kill) id(c *classifier) {
	first := c.tok
	c.expressions(false, false)
	n, err := strconv.ParseUint(string(c.text(first)), 10, 64)
	if first.kind != kindNumber || err != nil || c.prev.start != first.start {
		k.Expr = true
		return
	}
	k.ID = n
}

// user reads name, name@host, or CURRENT_USER[()].
func (k *Kill) user(c *classifier) bool {
	t := c.tok
	c.advance()
	switch t.kind {
	case kindWord:
		k.User = string(c.text(t))
		if t.kw == kwCurrentUser {
			k.User = "CURRENT_USER"
			if c.tok.is('(') {
				c.advance()
				if !c.tok.is(')') {
					return false
				}
				c.advance()
			}
			return true
		}
	case kindString, kindQuoted:
		k.User = unquote(c.text(t), c.lex.mode)
	default:
		return false
	}
	if c.tok.kind == kindUserVar {
		k.Host = variableName(c.text(c.tok), c.lex.mode)
		c.advance()
		if k.Host == "" && (c.tok.kind == kindString || c.tok.kind == kindQuoted) { // name @ 'host'
			k.Host = unquote(c.text(c.tok), c.lex.mode)
			c.advance()
		}
	}
	return true
}

// variableName returns the name in @name, @'name'.
func variableName(text []byte, m Mode) string {
	text = text[1:]
	if len(text) > 1 && (text[0] == '\'' || text[0] == '"' || text[0] == '`') {
		return unquote(text, m)
	}
	return string(text)
}

// unquote returns what stands in the quotes of text. Backslashes, which are
// rare in names, lose only themselves.
func unquote(text []byte, m Mode) string {
	if len(text) < 2 {
		return string(text)
	}
	open, end := text[0], text[len(text)-1]
	if open != end && (open != '[' || end != ']') {
		return string(text)
	}
	escapes := open != '`' && open != '[' && (open == '\'' || !m.ANSIQuotes) && !m.NoBackslashEscapes
	multi := charsets[0].multi
	if int(m.Charset) < len(charsets) {
		multi = charsets[m.Charset].multi
	}
	body := text[1 : len(text)-1]
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		if n := multi.length(body[i:]); n > 1 {
			out = append(out, body[i:i+n]...)
			i += n - 1
			continue
		}
		if i+1 < len(body) && (body[i] == end || body[i] == '\\' && escapes) {
			i++
		}
		out = append(out, body[i])
	}
	return string(out)
}
