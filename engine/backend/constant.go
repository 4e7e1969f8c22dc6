package backend

import (
	"strings"

	"github.com/penstock-db/penstock/engine/wire"
)

// constantTargets returns what a command assigns, if it does nothing but
// assign constants to session variables or choose the schema; nil otherwise.
// It understands little and rejects what it does not: values are plain words,
// numbers and single-quoted ASCII without backslashes, which mean the same
// under every sql_mode and character set.
func constantTargets(payload []byte) []string {
	if len(payload) == 0 {
		return nil
	}
	switch wire.Command(payload[0]) {
	case wire.ComInitDB:
		return []string{"schema"}
	case wire.ComSetOption:
		return []string{"option"}
	case wire.ComQuery:
		s := scanner{rest: string(payload[1:])}
		return s.statement()
	}
	return nil
}

// scanner reads a statement word by word.
type scanner struct{ rest string }

func (s *scanner) statement() []string {
	switch strings.ToLower(s.word()) {
	case "use":
		if s.name() == "" || !s.end() {
			return nil
		}
		return []string{"schema"}
	case "set":
		return s.set()
	}
	return nil
}

func (s *scanner) set() []string {
	var targets []string
	for {
		t := s.assignment()
		if t == nil {
			return nil
		}
		targets = append(targets, t...)
		if s.end() {
			return targets
		}
		if !s.take(",") {
			return nil
		}
	}
}

// charsetVariables are what SET NAMES assigns.
var charsetVariables = []string{"@@character_set_client", "@@character_set_results", "@@character_set_connection", "@@collation_connection"}

func (s *scanner) assignment() []string {
	user := false
	var name string
	switch {
	case s.take("@@"):
		name = strings.ToLower(s.word())
		if name == "session" || name == "local" {
			if !s.take(".") {
				return nil
			}
			name = strings.ToLower(s.word())
		}
	case s.take("@"):
		user = true
		name = strings.ToLower(s.word())
	default:
		name = strings.ToLower(s.word())
		if name == "names" {
			return s.names()
		}
		if name == "session" || name == "local" {
			name = strings.ToLower(s.word())
		}
	}
	if name == "" || name == "global" || name == "statement" || name == "password" ||
		name == "role" || name == "default" || name == "transaction" || name == "character" || name == "charset" ||
		ordered[name] {
		return nil
	}
	if !s.take(":=") && !s.take("=") || !s.value() {
		return nil
	}
	if user {
		return []string{"@" + name}
	}
	return []string{"@@" + name}
}

// ordered are variables whose assignment does more than to store a value, or
// is read by other commands: where they stand in the history matters.
var ordered = map[string]bool{
	"timestamp": true, "insert_id": true, "last_insert_id": true, "rand_seed1": true, "rand_seed2": true, "identity": true,
	"character_set_client": true, "character_set_connection": true, "collation_connection": true,
	"character_set_results": true, "character_set_database": true, "collation_database": true,
}

func (s *scanner) names() []string {
	if !s.value() {
		return nil
	}
	if mark := s.rest; strings.EqualFold(s.word(), "collate") {
		if !s.value() {
			return nil
		}
	} else {
		s.rest = mark
	}
	return charsetVariables
}

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
