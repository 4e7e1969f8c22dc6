package sql

// Changes is how a statement, once the server has answered OK, changes the
// Mode of the statements that follow it.
type Changes struct {
	SetCharset                     bool // Charset is the new character_set_client
	Charset                        Charset
	SetSQLMode                     bool // ANSIQuotes and NoBackslashEscapes are the new sql_mode's
	ANSIQuotes, NoBackslashEscapes bool
	// Ask: the new values stand in something that only the server can
	// evaluate (SET sql_mode = CONCAT(…), EXECUTE …). Read them from session
	// tracking, or ask the server for @@character_set_client and @@sql_mode.
	Ask bool
}

// Any reports whether there is anything to do.
func (c Changes) Any() bool { return c.SetCharset || c.SetSQLMode || c.Ask }

// Apply returns m as it is after the changes that are known.
func (c Changes) Apply(m Mode) Mode { return m }

// SessionChanges returns what stmt does to the Mode.
func SessionChanges(stmt []byte, m Mode) Changes { return Changes{} }

// VariableChange returns what the system variable name being value means to
// the Mode, as reported by the server's session tracking or SELECT @@name.
func VariableChange(name, value string) Changes { return Changes{} }
