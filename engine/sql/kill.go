package sql

// Kill is a KILL statement.
type Kill struct {
	ID      uint64 // connection id or query id; meaningless if User is set or Expr
	User    string // KILL USER name; "CURRENT_USER" for the keyword
	Host    string // of KILL USER name@host, "" if none
	Query   bool   // KILL QUERY: the statement, not the connection
	ByQuery bool   // KILL QUERY ID n: ID is a query id
	Soft    bool   // KILL SOFT
	Expr    bool   // the id is an expression: only the server can evaluate it
}

// ParseKill reads stmt as KILL [HARD|SOFT] [CONNECTION|QUERY [ID]] n, or USER
// name; false if it is not exactly one such statement.
func ParseKill(stmt []byte, m Mode) (Kill, bool) { return Kill{}, false }
