package dbfwfilter

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

// lexer cuts a statement into tokens and leaves comments out.
//
// How the server reads a statement depends on two things that a plugin does not
// know: whether sql_mode has NO_BACKSLASH_ESCAPES, and its version, which
// decides about executable comments. So the lexer takes both as parameters and
// says whether they matter.
type lexer struct {
	collation  uint32
	tokens     []token
	backslash  bool // a string has a backslash
	executable bool // there is an executable comment
}

// reading is one of the ways to read a statement.
type reading struct {
	escapes  bool // a backslash escapes in strings
	executes bool // what executable comments hold is part of the statement
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

// read fills tokens.
func (l *lexer) read(sql []byte, as reading) {
	l.tokens = l.tokens[:0]
	depth, inside := 0, false // inside of an executable comment
	for i := 0; i < len(sql); {
		c := sql[i]
		switch {
		case c <= ' ':
			i++
		case c == '\'' || c == '"' || c == '`':
			i = l.quoted(sql, i, depth, as.escapes)
		case c == '#', c == '-' && dashes(sql[i:]):
			for i < len(sql) && sql[i] != '\n' {
				i++
			}
		case c == '/' && i+1 < len(sql) && sql[i+1] == '*':
			var opens bool
			if i, opens = l.comment(sql, i, as.executes); opens {
				inside = true
			}
		case inside && c == '*' && i+1 < len(sql) && sql[i+1] == '/':
			inside = false
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

// executable returns where the code of an executable comment begins, 0 if the
// comment at i is an ordinary one.
func executable(sql []byte, i int) int {
	j := i + 2
	if j < len(sql) && sql[j] == 'M' {
		j++
	}
	if j >= len(sql) || sql[j] != '!' {
		return 0
	}
	for j++; j < len(sql) && sql[j] >= '0' && sql[j] <= '9'; j++ {
	}
	return j
}

// comment returns where the text goes on after a comment, or inside of an
// executable one that is to be read.
func (l *lexer) comment(sql []byte, i int, executes bool) (next int, opens bool) {
	if j := executable(sql, i); j > 0 {
		l.executable = true
		if executes {
			return j, true
		}
	}
	for j := i + 2; j+1 < len(sql); j++ {
		if sql[j] == '*' && sql[j+1] == '/' {
			return j + 2, false
		}
	}
	return len(sql), false
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
func (l *lexer) quoted(sql []byte, i, depth int, escapes bool) int {
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
			l.backslash = true
			if escapes && i+1 < len(sql) {
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
