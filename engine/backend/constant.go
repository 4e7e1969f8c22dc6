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
			if name = strings.ToLower(s.word()); name == "transaction" {
				return s.transaction()
			}
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
	"character_set_database": true, "collation_database": true,
}

// transaction reads what follows SET SESSION TRANSACTION. Without SESSION it
// would be about the next transaction only.
func (s *scanner) transaction() []string {
	switch strings.ToLower(s.word()) {
	case "isolation":
		level := strings.EqualFold(s.word(), "level")
		first := strings.ToLower(s.word())
		if level && (first == "serializable" || (first == "read" || first == "repeatable") && s.word() != "") {
			return []string{"@@tx_isolation"}
		}
	case "read":
		if mode := strings.ToLower(s.word()); mode == "only" || mode == "write" {
			return []string{"@@tx_read_only"}
		}
	}
	return nil
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
