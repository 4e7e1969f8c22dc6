package engine

import (
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
)

// newMode is how the lexer reads a session's statements before the session
// changes anything.
func (s *Session) newMode() sql.Mode {
	return sql.Mode{Charset: sql.CharsetOf(s.ident.Collation), Version: s.body.plan.targets.serverVersion()}
}

// noteStatus takes over a reply's status flags. They say of sql_mode what the
// lexer has to know, however it was set; ANSI_QUOTES since MariaDB 10.11.
func (s *Session) noteStatus(u *upstream, status wire.Status) {
	s.status = status
	s.mode.NoBackslashEscapes = status.Has(wire.StatusNoBackslashEscapes)
	if u.server.version.Load() >= 101100 {
		s.mode.ANSIQuotes = status.Has(wire.StatusANSIQuotes)
	}
}

// serverVersion is the version that all servers have, as executable comments
// spell it (101119); 0 if they differ or one is not known.
func (t *targets) serverVersion() uint32 {
	var version uint32
	for _, srv := range t.servers {
		v := srv.version.Load()
		if v == 0 || version != 0 && v != version {
			return 0
		}
		version = v
	}
	return version
}

// mariadbVersion reads a greeting's version; 0 if it is not MariaDB's.
func mariadbVersion(greeting string) uint32 {
	text, isMariaDB := strings.CutPrefix(greeting, "5.5.5-")
	if !isMariaDB && !strings.Contains(greeting, "MariaDB") {
		return 0
	}
	text, _, _ = strings.Cut(text, "-")
	var version uint32
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 {
		return 0
	}
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return 0
		}
		version = version*100 + uint32(n)
	}
	return version
}
