package main

// kind is what a token is.
type kind byte

const (
	word   kind = iota // keyword or name
	quoted             // `name`
	text               // 'text' or "text"; the latter may be a name
	number
	mark // one byte of punctuation
)

// token is a piece of the statement.
type token struct {
	kind       kind
	start, end int // in the statement; quotes are outside of them
	depth      int // parentheses around it
	value      []byte
}

// lexer cuts a statement into tokens. Comments are left out; what executable
// comments hold is not a comment, whatever version they name.
type lexer struct {
	collation uint32
	tokens    []token
	ambiguous bool // a string has a backslash
}

// lead reports whether c is the first byte of a two-byte character whose
// second byte can look like ASCII: in gbk, big5, sjis and cp932.
func (l *lexer) lead(c byte) bool {
	switch l.collation {
	case 28, 87, 1052, 1111: // gbk
		return c >= 0x81 && c <= 0xfe
	case 1, 84, 1025, 1108: // big5
		return c >= 0xa1 && c <= 0xf9
	case 13, 88, 1037, 1112, 95, 96, 1119, 1120: // sjis, cp932
		return c >= 0x81 && c <= 0x9f || c >= 0xe0 && c <= 0xfc
	}
	return false
}

// read fills tokens. With backslash, a backslash escapes in strings.
func (l *lexer) read(sql []byte, backslash bool) {
	l.tokens, l.ambiguous = l.tokens[:0], false
	depth := 0
	for i := 0; i < len(sql); {
		c := sql[i]
		switch {
		case c <= ' ':
			i++
		case c == '\'' || c == '"' || c == '`':
			i = l.quoted(sql, i, depth, backslash)
		case c == '#', c == '-' && dashes(sql[i:]):
			for i < len(sql) && sql[i] != '\n' {
				i++
			}
		case c == '/' && i+1 < len(sql) && sql[i+1] == '*':
			i = comment(sql, i)
		case c == '*' && i+1 < len(sql) && sql[i+1] == '/': // ends an executable comment
			i += 2
		case name(c) || l.lead(c):
			i = l.word(sql, i, depth)
		case c == '(':
			l.add(mark, sql, i, i+1, depth)
			depth++
			i++
		case c == ')':
			depth = max(0, depth-1)
			l.add(mark, sql, i, i+1, depth)
			i++
		default:
			l.add(mark, sql, i, i+1, depth)
			i++
		}
	}
}

func (l *lexer) add(k kind, sql []byte, start, end, depth int) {
	l.tokens = append(l.tokens, token{k, start, end, depth, sql[start:end]})
}

func name(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '@' || c >= 0x80
}

// dashes reports whether a comment begins: two dashes and white space or the end.
func dashes(b []byte) bool {
	return len(b) >= 2 && b[1] == '-' && (len(b) == 2 || b[2] <= ' ')
}

// comment returns where the text goes on after a comment, or inside of an
// executable one.
func comment(sql []byte, i int) int {
	j := i + 2
	if j < len(sql) && sql[j] == 'M' && j+1 < len(sql) && sql[j+1] == '!' {
		j++
	}
	if j < len(sql) && sql[j] == '!' {
		for j++; j < len(sql) && sql[j] >= '0' && sql[j] <= '9'; j++ {
		}
		return j
	}
	for j = i + 2; j+1 < len(sql); j++ {
		if sql[j] == '*' && sql[j+1] == '/' {
			return j + 2
		}
	}
	return len(sql)
}

func (l *lexer) word(sql []byte, i, depth int) int {
	start, k := i, word
	for i < len(sql) {
		switch {
		case l.lead(sql[i]) && i+1 < len(sql):
			i += 2
			continue
		case name(sql[i]):
			i++
			continue
		}
		break
	}
	i = max(i, start+1)
	if sql[start] >= '0' && sql[start] <= '9' {
		k = number
	}
	l.add(k, sql, start, i, depth)
	return i
}

// quoted reads a string or a quoted name. A value with an escape or a doubled
// quote in it is copied.
func (l *lexer) quoted(sql []byte, i, depth int, backslash bool) int {
	q, start := sql[i], i+1
	k := text
	if q == '`' {
		k = quoted
	}
	var value []byte // nil while nothing had to be copied
	from := start
	for i = start; i < len(sql); i++ {
		c := sql[i]
		switch {
		case l.lead(c) && i+1 < len(sql):
			i++
		case c == '\\' && k == text:
			l.ambiguous = true
			if backslash && i+1 < len(sql) {
				value = append(value, sql[from:i]...)
				from = i + 1
				i++
			}
		case c == q && i+1 < len(sql) && sql[i+1] == q:
			value = append(value, sql[from:i]...)
			from = i + 1
			i++
		case c == q:
			if value != nil {
				value = append(value, sql[from:i]...)
			} else {
				value = sql[start:i]
			}
			l.tokens = append(l.tokens, token{k, start, i, depth, value})
			return i + 1
		}
	}
	l.tokens = append(l.tokens, token{k, start, len(sql), depth, append(value, sql[from:]...)})
	return len(sql)
}
