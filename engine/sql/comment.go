package sql

// lineComment reads a comment up to its line's end, the newline included. A
// NUL ends it too, and is an error to the server.
func (l *lexer) lineComment(t *token) {
	t.kind = kindComment
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		if c == 0 {
			return
		}
		l.pos++
		if c == '\n' {
			return
		}
	}
}

// comment reads /* … */, or the opening mark of one that is code.
func (l *lexer) comment(t *token) {
	i := l.pos + 2
	maria := l.at(i) == 'M' && l.at(i+1) == '!'
	if maria {
		i++
	}
	if l.at(i) != '!' {
		l.skipComment(t, l.pos+2, false)
		return
	}
	i++
	version, n := l.version(i)
	switch l.mode.comment(version, maria) {
	case fateComment:
		// A comment that the server skips may hold one comment.
		l.skipComment(t, i, l.mode.Version >= firstMariaDB || !maria)
		return
	case fateUnsure:
		l.unsure = true
	}
	t.kind = kindOpen
	l.inCode = true
	l.pos = i + n
}

// version reads the five or six digits after /*!; n is how many there are.
func (l *lexer) version(i int) (v uint32, n int) {
	for n < 6 && l.at(i+n)-'0' <= 9 {
		v = v*10 + uint32(l.at(i+n)-'0')
		n++
	}
	if n < 5 {
		return 0, 0
	}
	return v, n
}

// skipComment reads a comment whose text begins at i; nested says whether a
// comment may stand in it (consume_comment).
func (l *lexer) skipComment(t *token, i int, nested bool) {
	t.kind = kindComment
	inner := false
	for ; i+1 < len(l.src); i++ {
		switch {
		case l.src[i] == '*' && l.src[i+1] == '/':
			if !inner {
				l.pos = i + 2
				return
			}
			inner = false
			i++
		case nested && !inner && l.src[i] == '/' && l.src[i+1] == '*':
			inner = true
			i++
		}
	}
	l.pos = len(l.src)
	l.badToken(t)
	t.kind = kindComment
}

// keeps reports whether the mark t, a kindOpen, must stay in a canonical
// text because not every server runs what it encloses.
func (l *lexer) keeps(t token) bool {
	i := int(t.start) + 2
	maria := l.at(i) == 'M'
	if maria {
		i++
	}
	version, _ := l.version(i + 1)
	return l.mode.comment(version, maria) == fateUnsure
}
