package sql

// number reads what begins with a digit: a number, or an identifier (1st).
// The server's rules are odd, and known to those who deceive filters: 1e9x is
// the number 1e9 and the word x, 1x is one word.
func (l *lexer) number(t *token) {
	src := l.src
	i := l.pos
	t.kind = kindNumber
	if src[i] == '0' {
		if n := l.prefixedDigits(i); n > 0 {
			l.pos = n
			return
		}
		if c := l.at(i + 1); c == 'x' || c == 'b' {
			l.name(t)
			return
		}
	}
	i = l.digits(i)
	if c := l.at(i); l.class[c]&classIdent != 0 {
		if n := l.exponent(i); n > 0 {
			l.pos = n
			return
		}
		l.name(t)
		return
	}
	if l.at(i) == '.' {
		l.fraction(i)
		return
	}
	l.pos = i
}

// name reads an identifier that begins like a number. If a malformed character
// ends it, it may be a number after all.
func (l *lexer) name(t *token) {
	l.word(t)
	t.kw, t.flags = kwNone, 0
	if l.class[l.at(l.pos)]&classIdent != 0 {
		l.badToken(t)
	}
}

// prefixedDigits returns the end of 0x41 or 0b01 at i, 0 if there is none: it
// needs a digit, and no letter after the last.
func (l *lexer) prefixedDigits(i int) int {
	j := i + 2
	switch l.at(i + 1) {
	case 'x':
		for isHex(l.at(j)) {
			j++
		}
	case 'b':
		for c := l.at(j); c == '0' || c == '1'; c = l.at(j) {
			j++
		}
	}
	if j < i+3 || l.class[l.at(j)]&classIdent != 0 {
		return 0
	}
	return j
}

// fraction reads the rest of a number from its dot at i on.
func (l *lexer) fraction(i int) {
	i = l.digits(i + 1)
	if n := l.exponent(i); n > 0 {
		i = n
	}
	l.pos = i
}

// exponent returns the end of e9, E+9 at i, 0 if there is none.
func (l *lexer) exponent(i int) int {
	if l.at(i)|0x20 != 'e' {
		return 0
	}
	i++
	if c := l.at(i); c == '+' || c == '-' {
		i++
	}
	if j := l.digits(i); j > i {
		return j
	}
	return 0
}

func (l *lexer) digits(i int) int {
	for i < len(l.src) && l.src[i]-'0' <= 9 {
		i++
	}
	return i
}

func isHex(c byte) bool {
	return c-'0' <= 9 || (c|0x20) >= 'a' && (c|0x20) <= 'f'
}
