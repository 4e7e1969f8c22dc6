package sql

// Mode is what decides how the bytes of a statement become tokens. It is
// comparable: two equal Modes lex every statement alike.
type Mode struct {
	Charset            Charset // character_set_client of the session
	ANSIQuotes         bool    // "x" is an identifier, not a string
	NoBackslashEscapes bool    // \ in a string is an ordinary character
	Brackets           bool    // [x] is an identifier (sql_mode=MSSQL)
	// Version is the MYSQL_VERSION_ID of the servers that will run the
	// statement (101119, 80036), 0 if unknown or if they differ. It decides
	// which /*!NNNNNN */ comments are code. Without it, a comment that only
	// some servers run makes the statement TypeUnknown.
	Version uint32
}

// fate says what the servers do with a comment that may be code.
type fate uint8

const (
	fateCode    fate = iota // every server runs it
	fateComment             // every server skips it
	fateUnsure              // some run it
)

const (
	// oldestServer is a version that every server in use has passed.
	oldestServer = 50700
	// firstMariaDB is the version that only MariaDB has passed.
	firstMariaDB = 100000
)

// comment returns the fate of /*!version … */, or /*M!version … */ if maria;
// version is 0 if the comment names none. MariaDB skips what asks for 50700
// to 99999, which are MySQL's versions, unless it is marked M (sql_lex.cc);
// MySQL does not know the mark.
func (m Mode) comment(version uint32, maria bool) fate {
	switch {
	case m.Version == 0:
		if !maria && version < oldestServer {
			return fateCode
		}
		return fateUnsure
	case m.Version >= firstMariaDB:
		if version <= m.Version && (maria || version < 50700 || version > 99999) {
			return fateCode
		}
	case !maria && version <= m.Version:
		return fateCode
	}
	return fateComment
}
