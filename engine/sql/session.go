package sql

import "strings"

// Changes is how a statement, once the server has answered OK, changes the
// Mode of the statements that follow it.
type Changes struct {
	SetCharset bool    // Charset is the new character_set_client
	Charset    Charset //
	SetSQLMode bool    // the three below are the new sql_mode's

	ANSIQuotes, NoBackslashEscapes, Brackets bool

	// Ask: the new values stand in something that only the server can
	// evaluate (SET sql_mode = CONCAT(…), EXECUTE …). Read them from session
	// tracking, or ask the server for @@character_set_client and @@sql_mode.
	Ask bool
}

// Any reports whether there is anything to do.
func (c Changes) Any() bool { return c.SetCharset || c.SetSQLMode || c.Ask }

// Apply returns m as it is after those changes that are known.
func (c Changes) Apply(m Mode) Mode {
	if c.SetCharset {
		m.Charset = c.Charset
	}
	if c.SetSQLMode {
		m.ANSIQuotes, m.NoBackslashEscapes, m.Brackets = c.ANSIQuotes, c.NoBackslashEscapes, c.Brackets
	}
	return m
}

func (c *Changes) setCharset(name string) {
	if cs, ok := CharsetByName(name); ok {
		c.SetCharset, c.Charset = true, cs
		return
	}
	c.Ask = true // DEFAULT, or a character set unknown to us
}

// setSQLMode reads the value of sql_mode: a list of names.
func (c *Changes) setSQLMode(value string) {
	c.SetSQLMode = true
	c.ANSIQuotes, c.NoBackslashEscapes, c.Brackets = false, false, false
	for name := range strings.SplitSeq(value, ",") {
		switch strings.ToUpper(strings.TrimSpace(name)) {
		case "MSSQL":
			c.Brackets = true
			c.ANSIQuotes = true
		case "ANSI_QUOTES", "ANSI", "DB2", "MAXDB", "ORACLE", "POSTGRESQL":
			c.ANSIQuotes = true
		case "NO_BACKSLASH_ESCAPES":
			c.NoBackslashEscapes = true
		}
	}
}

// Bits of a sql_mode that is given as a number (sql_class.h).
const (
	modeANSIQuotes         = 1 << 2
	modeMSSQL              = 1 << 10
	modeNoBackslashEscapes = 1 << 20
	modesWithANSI          = 1<<2 | 1<<8 | 1<<9 | 1<<10 | 1<<11 | 1<<12 | 1<<18
)

func (c *Changes) setSQLModeBits(bits uint64) {
	c.SetSQLMode = true
	c.ANSIQuotes = bits&modesWithANSI != 0
	c.NoBackslashEscapes = bits&modeNoBackslashEscapes != 0
	c.Brackets = bits&modeMSSQL != 0
}

// VariableChange returns what the system variable name being value means to
// the Mode, as the server's session tracking or SELECT @@name reports it.
func VariableChange(name, value string) Changes {
	var c Changes
	switch strings.ToLower(name) {
	case "character_set_client":
		c.setCharset(value)
	case "sql_mode":
		c.setSQLMode(value)
	}
	return c
}
