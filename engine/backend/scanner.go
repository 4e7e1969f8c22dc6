package backend

import "strings"

// scanner reads a statement word by word.
type scanner struct{ rest string }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t\r\n") }

// end reports whether nothing but an optional semicolon is left.
func (s *scanner) end() bool {
	s.space()
	return s.rest == "" || s.rest == ";"
}

func (s *scanner) take(token string) bool {
	s.space()
	rest, ok := strings.CutPrefix(s.rest, token)
	if ok {
		s.rest = rest
	}
	return ok
}

// word takes an unquoted name or number, "" if there is none.
func (s *scanner) word() string {
	s.space()
	n := 0
	for n < len(s.rest) && isWord(s.rest[n]) {
		n++
	}
	w := s.rest[:n]
	s.rest = s.rest[n:]
	return w
}

// name takes a name, quoted with backticks or not.
func (s *scanner) name() string {
	if !s.take("`") {
		return s.word()
	}
	name, rest, ok := strings.Cut(s.rest, "`")
	if !ok || strings.HasPrefix(rest, "`") {
		return ""
	}
	s.rest = rest
	return name
}

// value takes a constant.
func (s *scanner) value() bool {
	if !s.take("'") {
		s.take("-")
		if s.word() == "" {
			return false
		}
		if rest, ok := strings.CutPrefix(s.rest, "."); ok {
			s.rest = rest
			s.word()
		}
		// What follows must not make an expression of it.
		s.space()
		return s.rest == "" || s.rest[0] == ',' || s.rest[0] == ';' || isWord(s.rest[0])
	}
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '\'':
			s.rest = s.rest[i+1:]
			return !strings.HasPrefix(s.rest, "'")
		case c == '\\' || c >= 0x80:
			return false
		}
	}
	return false
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
