package sql

// lexer splits a statement into tokens the way MariaDB's own lexer does
// (Lex_input_stream in sql_lex.cc), byte by byte: where the two disagree, a
// filter can be deceived. Its tokens cover the statement without gaps.
type lexer struct {
	src    []byte
	pos    int
	class  *[256]byteClass
	multi  multi
	mode   Mode
	inCode bool // within /*! … */; a flag and no depth, as in the server
	unsure bool // saw a comment that only some servers run
	bad    bool // saw kindBad, or a comment without an end
	// dotted: the byte before pos is the dot of a qualified name, so what
	// follows at once is a name, even if it looks like a keyword or a number.
	dotted bool
	named  bool // the token before pos is an unquoted name, so a dot qualifies it
}

func (l *lexer) reset(src []byte, m Mode) {
	if int(m.Charset) >= len(charsets) {
		m.Charset = CharsetUTF8MB4
	}
	*l = lexer{src: src, mode: m, class: &classes[m.Charset], multi: charsets[m.Charset].multi}
}

// at returns the byte at i, and 0 beyond the end, as in the server, whose
// buffer ends with a NUL.
func (l *lexer) at(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

// next reads the next token that means something into t: no white space, no
// comment, no mark of a comment that is code.
func (l *lexer) next(t *token) {
	for {
		for l.pos < len(l.src) && l.src[l.pos] == ' ' {
			l.pos++
			l.dotted, l.named = false, false
		}
		if l.read(t); t.kind == kindEnd || t.kind > kindClose {
			return
		}
	}
}

// scan returns the next token of any kind.
func (l *lexer) scan() (t token) {
	l.read(&t)
	return t
}

// read reads the next token of any kind into t.
func (l *lexer) read(t *token) {
	start := l.pos
	*t = token{start: uint32(start), end: uint32(start)}
	if start >= len(l.src) {
		return
	}
	c := l.src[start]
	dotted, named := l.dotted, l.named
	l.dotted, l.named = false, false
	class := l.class[c]
	if dotted && class&classIdent != 0 {
		l.word(t)
		t.kw, t.flags = kwNone, t.flags&flagSequence
		return
	}
	switch {
	case class&classSpace != 0:
		for l.pos++; l.pos < len(l.src) && l.class[l.src[l.pos]]&classSpace != 0; l.pos++ {
		}
		t.kind = kindSpace
	case class&classWord != 0:
		if (c|0x20 == 'x' || c|0x20 == 'b' || c|0x20 == 'n') && l.at(start+1) == '\'' {
			l.pos++
			l.prefixed(t, c|0x20)
			break
		}
		l.word(t)
		// The server asks for keywords unless a dot and a name follow.
		if l.at(l.pos) == '.' && l.class[l.at(l.pos+1)]&classIdent != 0 {
			t.kw, t.flags = kwNone, 0
		}
	case class&classDigit != 0:
		l.number(t)
	default:
		l.symbol(t, c, named)
	}
	t.end = uint32(l.pos)
}

// word reads an unquoted identifier or keyword at pos.
func (l *lexer) word(t *token) {
	src, i, classes := l.src, l.pos, l.class
	h := uint32(0)
	for i < len(src) {
		c := src[i]
		class := classes[c]
		if class&(classIdent|classLead) == classIdent {
			h = h*hashFactor + uint32(c|0x20)
			i++
			continue
		}
		if class&classIdent == 0 {
			break
		}
		n := l.multi.length(src[i:])
		if n == 0 {
			if class&classHost == 0 || l.multi == multiUTF8 {
				break // malformed: the server stops here
			}
			n = 1
		}
		i += n
		h = h*hashFactor + 0xff
	}
	if i == l.pos { // malformed from the first byte
		l.pos++
		l.badToken(t)
		return
	}
	t.kind, t.end = kindWord, uint32(i)
	if n := i - l.pos; n <= longestWord {
		t.kw, t.flags = lookup(src[l.pos:i], h)
	}
	l.pos = i
	l.named = true
}

func (l *lexer) badToken(t *token) {
	t.kind, t.end = kindBad, uint32(l.pos)
	l.bad = true
}

// prefixed reads x'…', b'…' or n'…'; pos is at the quote.
func (l *lexer) prefixed(t *token, prefix byte) {
	if prefix == 'n' {
		l.text(t, '\'')
		return
	}
	t.kind = kindString
	for l.pos++; l.pos < len(l.src); l.pos++ {
		if l.src[l.pos] == '\'' {
			l.pos++
			return
		}
	}
	l.badToken(t)
}

// text reads a string; pos is at its opening quote (get_text). After a
// backslash the server skips one byte, even of a multi-byte character.
func (l *lexer) text(t *token, quote byte) {
	src, i := l.src, l.pos+1
	hides, escapes := l.multi.hides(), !l.mode.NoBackslashEscapes
	for i < len(src) {
		c := src[i]
		if c != quote && c != '\\' && c < 0x80 {
			i++
			continue
		}
		switch {
		case hides && c >= 0x80:
			if n := l.multi.length(src[i:]); n > 1 {
				i += n - 1
			}
		case c == '\\' && escapes:
			i++
		case c == quote:
			if i+1 >= len(src) || src[i+1] != quote {
				t.kind = kindString
				l.pos = i + 1
				return
			}
			i++
		}
		i++
	}
	l.pos = len(src)
	l.badToken(t)
}

// quoted reads a delimited identifier; pos is at its opening delimiter. A
// NUL in it is an error to the server (scan_ident_delimited).
func (l *lexer) quoted(t *token, quote byte) {
	src, i := l.src, l.pos+1
	hides := l.multi.hides()
	for i < len(src) && src[i] != 0 {
		c := src[i]
		switch {
		case hides && c >= 0x80:
			if n := l.multi.length(src[i:]); n > 1 {
				i += n - 1
			}
		case c == quote:
			if i+1 >= len(src) || src[i+1] != quote {
				t.kind = kindQuoted
				l.pos = i + 1
				return
			}
			i++
		}
		i++
	}
	// The server reports a syntax error here, and runs nothing from here on.
	l.pos = len(src)
	l.badToken(t)
}
