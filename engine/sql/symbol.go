package sql

// symbol reads what begins with neither white space, letter nor digit.
func (l *lexer) symbol(t *token, c byte, named bool) {
	switch c {
	case '\'':
		l.text(t, c)
	case '"':
		if l.mode.ANSIQuotes {
			l.quoted(t, c)
		} else {
			l.text(t, c)
		}
	case '`':
		l.quoted(t, c)
	case '[':
		if l.mode.Brackets {
			l.quoted(t, ']')
			return
		}
		l.operator(t, c, 1)
	case '@':
		l.variable(t)
	case '#':
		l.lineComment(t)
	case '-':
		// Two dashes begin a comment before white space, a control
		// character or the end.
		if l.at(l.pos+1) == '-' && (l.pos+2 >= len(l.src) || l.class[l.src[l.pos+2]]&classCtrl != 0) {
			l.lineComment(t)
			return
		}
		n := 1
		if l.at(l.pos+1) == '>' {
			if n = 2; l.at(l.pos+2) == '>' {
				n = 3
			}
		}
		l.operator(t, c, n)
	case '/':
		if l.at(l.pos+1) == '*' {
			l.comment(t)
			return
		}
		l.operator(t, c, 1)
	case '*':
		if l.inCode && l.at(l.pos+1) == '/' {
			l.inCode = false
			t.kind = kindClose
			l.pos += 2
			return
		}
		l.operator(t, c, 1)
	case '.':
		next := l.class[l.at(l.pos+1)]
		switch {
		case next&classDigit == 0 || named:
			l.dotted = next&classIdent != 0
		default:
			t.kind = kindNumber
			l.fraction(l.pos)
			return
		}
		l.operator(t, c, 1)
	case ';':
		t.kind = kindSemicolon
		l.pos++
	case '?':
		t.kind = kindParam
		l.pos++
	case '\\':
		if l.at(l.pos+1) == 'N' {
			t.kind = kindNull
			l.pos += 2
			return
		}
		l.pos++
		l.badToken(t)
	case ':':
		if l.at(l.pos+1) == '=' {
			l.operator(t, opAssign, 2)
			return
		}
		l.operator(t, c, 1)
	case '<', '>', '=', '!':
		l.operator(t, c, l.comparison())
	case '&', '|':
		n := 1
		if l.at(l.pos+1) == c {
			n = 2
		}
		l.operator(t, c, n)
	case '(', ')', ',', '+', '%', '^', '~', '{', '}', ']', '$':
		l.operator(t, c, 1)
	default: // NUL, other control characters, bytes that are no letter
		l.pos++
		l.badToken(t)
	}
}

func (l *lexer) operator(t *token, op byte, n int) {
	t.kind, t.op = kindOp, op
	l.pos += n
}

// comparison returns the length of the comparison operator or shift at pos.
func (l *lexer) comparison() int {
	c, d := l.src[l.pos], l.at(l.pos+1)
	switch {
	case c == '<' && d == '=' && l.at(l.pos+2) == '>':
		return 3
	case c == '<' && (d == '<' || d == '>' || d == '='), c == '>' && (d == '>' || d == '='), c == '!' && d == '=':
		return 2
	}
	return 1
}

// variable reads @name or @@name.
func (l *lexer) variable(t *token) {
	t.kind = kindUserVar
	l.pos++
	switch c := l.at(l.pos); {
	case c == '@':
		t.kind = kindSysVar
		l.pos++
		if l.at(l.pos) == '`' {
			l.delimited(t, '`')
			return
		}
		for l.pos < len(l.src) && l.class[l.src[l.pos]]&classIdent != 0 {
			l.pos++
		}
		l.named = true
	case c == '\'' || c == '"' && !l.mode.ANSIQuotes:
		l.text(t, c)
		if t.kind == kindString {
			t.kind = kindUserVar
		}
	case c == '`' || c == '"':
		l.delimited(t, c)
	default:
		// Byte by byte, without regard to multi-byte characters: so does
		// the server (MY_LEX_HOSTNAME).
		for l.pos < len(l.src) && l.class[l.src[l.pos]]&classHost != 0 {
			l.pos++
		}
	}
}

// delimited reads a delimited identifier as a part of the variable t.
func (l *lexer) delimited(t *token, quote byte) {
	k := t.kind
	l.quoted(t, quote)
	if t.kind == kindQuoted {
		t.kind = k
	}
}
