package abi

import "encoding/binary"

// HeaderSize is the size of this version's header in bytes. A guest that
// declares a smaller header gets that many bytes; its first field says how many.
const HeaderSize = 256

// Offsets of the header's fields. The host writes it before each hook and
// reads the fields from HdrHintKind on after ps_query and ps_route.
const (
	HdrSize         = 0   // u32
	HdrReserved     = 4   // u32, zero
	HdrSequence     = 8   // u64: number of the command in its session, from 1
	HdrCommand      = 16  // u8: COM_* byte
	HdrSessionFlags = 20  // u32: Session* bits
	HdrType         = 24  // u64: Type* bits (NeedClassify)
	HdrOperation    = 32  // u32: Operation (NeedClassify)
	HdrCharset      = 36  // u32: collation id of the client's character set
	HdrSQLOffset    = 40  // u32: where the statement starts in the window
	HdrSQLLength    = 44  // u32: the statement's full length; the window may hold less
	HdrDigest       = 48  // u64 (NeedDigest)
	HdrStatementID  = 56  // u32: the client's prepared statement id, 0 if none
	HdrTargets      = 60  // u32: version of the target table
	HdrNow          = 64  // u64: monotonic nanoseconds
	HdrDeadline     = 72  // u64: monotonic nanoseconds; the call's time budget ends then
	HdrReplyState   = 80  // u32: ReplyState
	HdrReplyErrno   = 84  // u32: the server's errno
	HdrReplySQLSt   = 88  // 5 bytes and 3 of zero: the server's SQLSTATE
	HdrRows         = 96  // u64: rows of all results so far
	HdrBytes        = 104 // u64: bytes of the reply so far, headers included
	HdrAffected     = 112 // u64
	HdrLastInsertID = 120 // u64
	HdrWarnings     = 128 // u32
	HdrServerStatus = 132 // u32: SERVER_STATUS_* of the last OK or EOF
	HdrDuration     = 136 // u64: nanoseconds since the command was sent
	HdrServer       = 144 // u32: target index of the server that answered, NoTarget if none
	HdrColumns      = 148 // u32: columns of the current result

	HdrHintKind   = 152 // u32: HintKind; in and out, handed down the chain
	HdrHintLength = 156 // u32: bytes of HdrHintName
	HdrHintName   = 160 // 64 bytes: server name for HintServer
	HdrTarget     = 224 // i32 out: reserved for One (its argument is authoritative)
	HdrFallback   = 228 // i32 out: target to use when One's cannot be connected, -1 none
	HdrErrno      = 232 // u32 out: for Reject and Close
	HdrSQLState   = 236 // 5 bytes out, for Reject and Close; zero means HY000
	HdrReplyLevel = 244 // u32 out: ReplyLevel for this command, ReplyKeep for the default
	HdrReserved2  = 248 // 8 bytes, zero
)

// NoTarget is a target index that names no server.
const NoTarget = 0xFFFFFFFF

// MaxHintName is the longest server name that a routing hint can carry.
const MaxHintName = 64

// Header is the fixed header in its wire form.
type Header [HeaderSize]byte

// U32 returns the field at off.
func (h *Header) U32(off int) uint32 { return binary.LittleEndian.Uint32(h[off:]) }

// U64 returns the field at off.
func (h *Header) U64(off int) uint64 { return binary.LittleEndian.Uint64(h[off:]) }

// SetU32 sets the field at off.
func (h *Header) SetU32(off int, v uint32) { binary.LittleEndian.PutUint32(h[off:], v) }

// SetU64 sets the field at off.
func (h *Header) SetU64(off int, v uint64) { binary.LittleEndian.PutUint64(h[off:], v) }

// Hint returns the routing hint. The name aliases the header.
func (h *Header) Hint() (HintKind, []byte) {
	n := min(int(h.U32(HdrHintLength)), MaxHintName)
	return HintKind(h.U32(HdrHintKind)), h[HdrHintName : HdrHintName+n]
}

// SetHint sets the routing hint; a name longer than MaxHintName is cut.
func (h *Header) SetHint(kind HintKind, name string) {
	h.SetU32(HdrHintKind, uint32(kind))
	h.SetU32(HdrHintLength, uint32(copy(h[HdrHintName:HdrHintName+MaxHintName], name)))
}

// HintKind is where a filter would like the router to send the command.
type HintKind uint32

// The kinds of hints.
const (
	HintNone    HintKind = 0
	HintPrimary HintKind = 1
	HintReplica HintKind = 2
	HintServer  HintKind = 3 // HdrHintName
	HintLast    HintKind = 4 // the server that answered the previous command
	HintAll     HintKind = 5
)

// Bits of HdrSessionFlags.
const (
	SessionInTransaction  = 1 << 0 // the server's own status flag
	SessionAutocommit     = 1 << 1
	SessionReadOnlyTrx    = 1 << 2
	SessionPrepared       = 1 << 3 // the command executes a prepared statement
	SessionMultiStatement = 1 << 4 // the statement holds several
	SessionLoadData       = 1 << 5 // LOAD DATA LOCAL data is flowing
	SessionTruncated      = 1 << 6 // the window holds only a prefix; payload_read has the rest
	SessionLarge          = 1 << 7 // 16 MB or more: never in memory as a whole, only the prefix can be seen
	SessionCursorOpen     = 1 << 8
	SessionTrxBroken      = 1 << 9 // the transaction's backend was lost
)

// ReplyState says how a reply ended, or that it has not.
type ReplyState uint32

// The reply states.
const (
	ReplyStateNone   ReplyState = 0
	ReplyStateOK     ReplyState = 1
	ReplyStateError  ReplyState = 2
	ReplyStateResult ReplyState = 3 // one or more result sets, ended without error
)

// Bits of the descriptor's needs. What is not needed is not computed.
const (
	NeedSQL         = 1 << 0 // statement text for COM_STMT_EXECUTE too (appended to the window)
	NeedClassify    = 1 << 1
	NeedDigest      = 1 << 2
	NeedCanonical   = 1 << 3
	NeedTransaction = 1 << 4
	NeedHold        = 1 << 5 // the plugin may answer Hold
)
