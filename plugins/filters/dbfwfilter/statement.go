package dbfwfilter

import "bytes"

// statement is one of the statements of a text.
type statement struct {
	tokens []token
	hidden bool // it executes a text
}

// compound are the words after which a statement of a compound one begins.
var compound = []string{"begin", "atomic", "then", "else", "do", "loop", "repeat"}

// split cuts at semicolons; inside of BEGIN NOT ATOMIC and its like also where
// the statements of a block begin.
func split(dst []statement, tokens []token) []statement {
	block := len(tokens) > 1 && (tokens[0].is("begin") && tokens[1].is("not") ||
		tokens[0].oneOf("if", "case", "loop", "while", "repeat", "for", "declare"))
	start := 0
	cut := func(end int) {
		if end > start {
			dst = append(dst, newStatement(tokens[start:end]))
		}
		start = end
	}
	for i := range tokens {
		t := &tokens[i]
		switch {
		case t.kind == mark && t.value[0] == ';':
			cut(i)
			start = i + 1
		case block && i > start && has(compound, t.value) && t.kind == word:
			cut(i + 1)
		}
	}
	cut(len(tokens))
	return dst
}

// newStatement notes whether the statement executes a text that it does not
// show: what PREPARE … FROM and EXECUTE IMMEDIATE execute is known only to the
// server.
func newStatement(tokens []token) statement {
	return statement{tokens: tokens, hidden: len(tokens) > 1 &&
		(tokens[0].is("prepare") || tokens[0].is("execute") && tokens[1].is("immediate"))}
}

func (t *token) is(w string) bool {
	return t.kind == word && len(t.value) == len(w) && bytes.EqualFold(t.value, []byte(w))
}

func (t *token) oneOf(words ...string) bool {
	for _, w := range words {
		if t.is(w) {
			return true
		}
	}
	return false
}

func (t *token) punct(c byte) bool { return t.kind == mark && t.value[0] == c }

// text is the statement's part of the text.
func (s *statement) text(sql []byte) []byte {
	if len(s.tokens) == 0 {
		return nil
	}
	first, last := &s.tokens[0], &s.tokens[len(s.tokens)-1]
	start, end := first.start, last.end
	if first.kind == quoted || first.kind == text {
		start--
	}
	if (last.kind == quoted || last.kind == text) && end < len(sql) {
		end++
	}
	return sql[start:end]
}

// body is the statement without what comes before its verb: parentheses,
// EXPLAIN and its like, SET STATEMENT … FOR, WITH and its definitions.
func (s *statement) body() []token {
	t := s.tokens
	for len(t) > 0 {
		switch {
		case t[0].punct('('):
			t = t[1:]
		case t[0].oneOf("explain", "analyze", "describe", "desc"):
			t = t[1:]
			for len(t) > 0 && (t[0].oneOf("extended", "partitions", "format") || t[0].punct('=') || t[0].oneOf("json")) {
				t = t[1:]
			}
		case t[0].is("with"):
			return afterWith(t)
		case t[0].is("set") && len(t) > 1 && t[1].is("statement"):
			inner := afterFor(t)
			if inner == nil {
				return t
			}
			t = inner
		default:
			return t
		}
	}
	return t
}

func afterFor(t []token) []token {
	for i := range t {
		if t[i].depth == t[0].depth && t[i].is("for") {
			return t[i+1:]
		}
	}
	return nil
}

func afterWith(t []token) []token {
	for i := range t {
		if t[i].depth == t[0].depth && t[i].oneOf("select", "insert", "replace", "update", "delete", "values") {
			return t[i:]
		}
	}
	return t
}

// verb reports whether the statement is of the operation.
func (s *statement) verb(operation string) bool {
	b := s.body()
	if len(b) == 0 {
		return false
	}
	return b[0].is(operation)
}

// names reports whether one of the names is used as a name, qualified or not.
// A string in double quotes counts too: with sql_mode ANSI_QUOTES it is a name.
func (s *statement) names(list []string) bool {
	for i := range s.tokens {
		t := &s.tokens[i]
		if t.kind != mark && has(list, t.value) {
			return true
		}
	}
	return false
}

// calls reports whether one of the functions is called.
func (s *statement) calls(list []string) bool {
	for i := range s.tokens[:max(0, len(s.tokens)-1)] {
		t := &s.tokens[i]
		if (t.kind == word || t.kind == quoted) && s.tokens[i+1].punct('(') && has(list, t.value) {
			return true
		}
	}
	return false
}

// wildcard reports whether a select list has an asterisk. COUNT(*) and a
// multiplication are none.
func (s *statement) wildcard() bool {
	for i := 1; i < len(s.tokens); i++ {
		if !s.tokens[i].punct('*') {
			continue
		}
		before := &s.tokens[i-1]
		if before.punct('.') || before.punct(',') || before.oneOf("select", "all", "distinct", "distinctrow",
			"sql_no_cache", "sql_cache", "sql_calc_found_rows", "straight_join", "high_priority",
			"sql_small_result", "sql_big_result", "sql_buffer_result", "returning") {
			return true
		}
	}
	return false
}

// noWhere reports whether a statement that reads from or changes a table has
// no WHERE of its own.
func (s *statement) noWhere() bool {
	b := s.body()
	if len(b) == 0 || !b[0].oneOf("select", "update", "delete") {
		return false
	}
	from := !b[0].is("select")
	for i := range b {
		t := &b[i]
		if t.depth < b[0].depth {
			break
		}
		if t.depth > b[0].depth {
			continue
		}
		if t.is("where") {
			return false
		}
		from = from || t.is("from")
	}
	return from
}
