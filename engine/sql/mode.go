package sql

// Mode is what decides how the bytes of a statement become tokens. It is
// comparable: two equal Modes lex every statement alike.
type Mode struct {
	Charset            Charset // character_set_client of the session
	ANSIQuotes         bool    // "x" is an identifier, not a string
	NoBackslashEscapes bool    // \ in a string is an ordinary character
	// Version is the MYSQL_VERSION_ID of the servers that will run the
	// statement (101119, 80036), 0 if unknown or if they differ. It decides
	// which /*!NNNNNN */ comments are code. Without it, a comment that only
	// some servers run makes the statement TypeUnknown.
	Version uint32
}
