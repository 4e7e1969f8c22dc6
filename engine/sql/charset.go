package sql

// Charset is a client character set as far as the lexer must know it.
type Charset uint8

// CharsetOf returns the character set of a collation id, as sent in the
// handshake response, COM_CHANGE_USER and HdrCharset.
func CharsetOf(collation uint16) Charset { return 0 }

// CharsetByName returns the character set called name (any case), false if
// there is none of that name that a client may use.
func CharsetByName(name string) (Charset, bool) { return 0, false }

// String returns the name that SET NAMES takes.
func (c Charset) String() string { return "" }
