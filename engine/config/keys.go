package config

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// key reads a dotted key.
func (s *scanner) key() []string {
	var parts []string
	for {
		s.blank(false)
		start := s.pos
		if c := s.peek(); c == '"' || c == '\'' {
			s.str()
			parts = append(parts, unquote(s.text[start:s.pos]))
		} else {
			for !s.end() && !strings.ContainsRune(" \t\r\n.=[]{}\"'#,", rune(s.text[s.pos])) {
				s.pos++
			}
			parts = append(parts, s.text[start:s.pos])
		}
		s.blank(false)
		if s.peek() != '.' {
			return parts
		}
		s.pos++
	}
}

// unquote returns what a quoted key means. The library knows the escapes.
func unquote(quoted string) string {
	var v struct{ K string }
	if _, err := toml.Decode("K = "+quoted, &v); err != nil {
		return quoted
	}
	return v.K
}

// str skips a string of any of the four kinds.
func (s *scanner) str() {
	quote := s.text[s.pos : s.pos+1]
	long := strings.Repeat(quote, 3)
	end := quote
	if strings.HasPrefix(s.rest(), long) {
		end = long
	}
	s.pos += len(end)
	for !s.end() {
		rest := s.rest()
		switch {
		case quote == `"` && rest[0] == '\\':
			s.skip(2)
		case strings.HasPrefix(rest, end):
			s.pos += len(end)
			// """ab""""" ends with up to two quotes of its own.
			for n := 0; end == long && n < 2 && strings.HasPrefix(s.rest(), quote); n++ {
				s.pos++
			}
			return
		default:
			s.skip(1)
		}
	}
}
