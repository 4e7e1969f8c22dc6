package wire

// maxMessage caps the copied error message. MariaDB and MySQL never send more
// than 512 bytes.
const maxMessage = 512

// headSize is how much of a payload Next has to see: an ERR packet with its
// whole message, or any OK packet's fixed part.
const headSize = 1 + 2 + 6 + maxMessage

// ReplyState says what a [Reply] waits for.
type ReplyState uint8

// The states of a reply.
const (
	ReplyDone        ReplyState = iota // nothing more comes
	ReplyFirst                         // first packet of a (further) result
	ReplySimple                        // one OK, EOF or ERR
	ReplyColumns                       // column definitions, counted
	ReplyColumnsEnd                    // the EOF packet behind them
	ReplyRows                          // rows
	ReplyLocalInfile                   // the client's data; then LocalInfileSent
	ReplyPrepare                       // COM_STMT_PREPARE's first packet
	ReplyParams                        // parameter definitions, counted
	ReplyParamsEnd                     // the EOF packet behind them
	ReplyFieldList                     // COM_FIELD_LIST's column definitions, uncounted
	ReplyText                          // COM_STATISTICS's bare string
	ReplyStream                        // replication events
	ReplyAuth                          // COM_CHANGE_USER's exchange
)

var replyStateNames = [...]string{"done", "first", "simple", "columns", "columns end", "rows",
	"local infile", "prepare", "params", "params end", "field list", "text", "stream", "auth"}

// String returns the state's name for logs and errors.
func (s ReplyState) String() string {
	if int(s) < len(replyStateNames) {
		return replyStateNames[s]
	}
	return "unknown"
}

// Part says what a packet of a reply is.
type Part uint8

// The parts of a reply.
const (
	PartNone         Part = iota
	PartOK                // an OK packet that is a whole result, or a command's EOF
	PartErr               // an ERR packet; always the last
	PartColumnCount       // start of a result set
	PartColumn            // a column definition
	PartColumnsEnd        // EOF behind column definitions (not under DEPRECATE_EOF)
	PartRow               // a row, or its first packet if it is continued
	PartRowsEnd           // end of a result set
	PartLocalInfile       // the server asks for a file; the client must send next
	PartPrepareOK         // answer to COM_STMT_PREPARE
	PartParam             // a parameter definition
	PartParamsEnd         // EOF behind them (not under DEPRECATE_EOF)
	PartProgress          // a progress report, not an error
	PartOpaque            // statistics, replication events, authentication
	PartContinuation      // continues the previous packet of MaxPayload bytes
)

var partNames = [...]string{"none", "OK", "ERR", "column count", "column", "columns end", "row", "rows end",
	"local infile", "prepare OK", "param", "params end", "progress", "opaque", "continuation"}

// String returns the part's name for logs and errors.
func (p Part) String() string {
	if int(p) < len(partNames) {
		return partNames[p]
	}
	return "unknown"
}

// Reply follows the packets of one command's reply and knows which is the
// last. It reads headers and the first bytes of payloads, allocates nothing
// after its first error message, and holds for every command of MySQL and
// MariaDB, with and without [ClientDeprecateEOF].
//
// Use: Reset, then for each packet until Done: PeekHeader, Peek HeaderLen +
// Need bytes, Next, forward the packet. For row sets [Reply.Scan] does many
// packets at once.
//
// The fields are a summary, to be read only. They are complete once Done
// reports true and are kept until the next Reset.
type Reply struct {
	State ReplyState

	Errno    uint16  // 0: no error
	SQLState [5]byte // zero if the server sent none
	Message  []byte  // copied, at most 512 bytes; reused by Reset

	Results      int    // results that have ended (OK, row sets, the error)
	Columns      uint64 // of the latest result set or prepared statement
	Rows         uint64 // of all result sets
	Bytes        uint64 // on the wire, headers included
	Affected     uint64 // of all results
	LastInsertID uint64 // the latest that is not zero
	Warnings     uint16 // of the latest result
	Status       Status // the latest; see HasStatus
	HasStatus    bool   // a packet brought a Status since Reset

	StatementID uint32 // COM_STMT_PREPARE
	Params      uint16 // COM_STMT_PREPARE

	NextSeq byte // sequence number that the next packet should have

	cmd       Command
	caps      Capability
	left      uint64 // definitions still to come
	pending   uint64 // COM_STMT_PREPARE: columns behind the parameters
	continued bool   // the next packet continues this one
	binary    bool   // rows are in the binary format
}

// Reset prepares for the reply to cmd on a connection where caps were agreed.
// For a command without a reply, Done is true at once.
func (r *Reply) Reset(cmd Command, caps Capability) {
	*r = Reply{Message: r.Message[:0], cmd: cmd, caps: caps, NextSeq: 1}
	switch cmd {
	case ComQuit, ComStmtClose, ComStmtSendLongData:
		r.State = ReplyDone
	case ComQuery, ComProcessInfo:
		r.State = ReplyFirst
	case ComStmtExecute, ComStmtBulkExecute:
		r.State, r.binary = ReplyFirst, true
	case ComStmtFetch:
		r.State, r.binary = ReplyRows, true
	case ComStmtPrepare:
		r.State = ReplyPrepare
	case ComFieldList:
		r.State = ReplyFieldList
	case ComStatistics:
		r.State = ReplyText
	case ComBinlogDump, ComBinlogDumpGTID, ComTableDump, ComClone, ComSubscribeGroup:
		r.State = ReplyStream
	case ComChangeUser:
		r.State = ReplyAuth
	default:
		r.State = ReplySimple
	}
}

// Command returns the command whose reply this is.
func (r *Reply) Command() Command { return r.cmd }

// Done reports whether the reply is complete.
func (r *Reply) Done() bool { return r.State == ReplyDone && !r.continued }

// Need returns how many bytes of the payload of the packet with header h Next
// has to see: all of a short packet, the first bytes of a long one, none of a
// continuation.
func (r *Reply) Need(h Header) int {
	if r.continued {
		return 0
	}
	return min(h.Len, headSize)
}

// LocalInfileSent tells that the client's data after a PartLocalInfile ended
// with its empty packet: the server now answers.
func (r *Reply) LocalInfileSent() {
	if r.State == ReplyLocalInfile {
		r.State = ReplySimple
	}
}
