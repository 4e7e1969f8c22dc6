package wire

// Status is the server status word of OK and EOF packets. It is the only
// source of truth for the state of a transaction.
type Status uint16

// The server status flags (SERVER_STATUS_* and SERVER_*).
const (
	StatusInTrans             Status = 1 << 0
	StatusAutocommit          Status = 1 << 1
	StatusMoreResults         Status = 1 << 3
	StatusNoGoodIndexUsed     Status = 1 << 4
	StatusNoIndexUsed         Status = 1 << 5
	StatusCursorExists        Status = 1 << 6 // COM_STMT_EXECUTE opened a cursor: no rows until COM_STMT_FETCH
	StatusLastRowSent         Status = 1 << 7 // COM_STMT_FETCH reached the cursor's end
	StatusDBDropped           Status = 1 << 8
	StatusNoBackslashEscapes  Status = 1 << 9
	StatusMetadataChanged     Status = 1 << 10
	StatusQueryWasSlow        Status = 1 << 11
	StatusPSOutParams         Status = 1 << 12 // the result set holds a procedure's OUT parameters
	StatusInTransReadonly     Status = 1 << 13
	StatusSessionStateChanged Status = 1 << 14 // the OK packet carries session state
	StatusANSIQuotes          Status = 1 << 15 // MariaDB 10.11 and later
)

// Has reports whether all flags of f are set.
func (s Status) Has(f Status) bool { return s&f == f }

// InTransaction reports whether a transaction is open, read-only or not.
func (s Status) InTransaction() bool {
	return s&(StatusInTrans|StatusInTransReadonly) != 0
}
