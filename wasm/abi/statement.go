package abi

// Bits of HdrType: what a statement does, as far as its text tells. Several
// can be set; in a multi-statement they are those of all its statements.
const (
	TypeRead           = 1 << 0 // reads data or metadata and changes nothing
	TypeWrite          = 1 << 1 // may change data that outlives the session; also what is not understood
	TypePrimaryRead    = 1 << 2 // reads, but only the primary's answer is right: FOR UPDATE, LAST_INSERT_ID(), GET_LOCK(), NEXTVAL()
	TypeSessionWrite   = 1 << 3 // changes session state that every backend must share: SET, USE, PREPARE
	TypeUserVarRead    = 1 << 4
	TypeUserVarWrite   = 1 << 5
	TypeSysVarRead     = 1 << 6
	TypeGlobalVarWrite = 1 << 7
	TypeBegin          = 1 << 8
	TypeCommit         = 1 << 9
	TypeRollback       = 1 << 10
	TypeReadOnly       = 1 << 11 // START TRANSACTION READ ONLY, SET [SESSION] TRANSACTION READ ONLY
	TypeReadWrite      = 1 << 12
	TypeNextTrx        = 1 << 13 // SET TRANSACTION: the next transaction only
	TypeAutocommitOn   = 1 << 14
	TypeAutocommitOff  = 1 << 15
	TypePrepareNamed   = 1 << 16 // PREPARE name FROM
	TypeExecuteNamed   = 1 << 17
	TypeDeallocate     = 1 << 18
	TypeDDL            = 1 << 19
	TypeTempTable      = 1 << 20 // creates or drops a temporary table
	TypeCall           = 1 << 21 // calls a stored routine or anonymous block: may do anything
	TypeMulti          = 1 << 22 // more than one statement
	TypeKill           = 1 << 23
	TypeShow           = 1 << 24
	TypeExplain        = 1 << 25
	TypeLoadData       = 1 << 26
	TypeLocal          = 1 << 27 // LOAD DATA LOCAL
	TypeLockTables     = 1 << 28
	TypeUnlockTables   = 1 << 29
	TypeLastInfo       = 1 << 30 // about the statement before, on the connection that ran it: SHOW WARNINGS, FOUND_ROWS(), ROW_COUNT()
	TypeXA             = 1 << 31
	TypeHandler        = 1 << 32
	TypeAccount        = 1 << 33 // GRANT, REVOKE, CREATE USER, SET PASSWORD
	TypeSavepoint      = 1 << 34
	TypeUnknown        = 1 << 35 // not understood; TypeWrite is set too
	TypeUse            = 1 << 36
	TypeSetNames       = 1 << 37 // changes the character set of the statements that follow
	TypeSelectInto     = 1 << 38 // SELECT … INTO OUTFILE, DUMPFILE or variables
)

// Operation is the statement's verb; in a multi-statement, the first one's.
type Operation uint32

// The operations.
const (
	OpUnknown Operation = iota
	OpSelect
	OpInsert
	OpReplace
	OpUpdate
	OpDelete
	OpLoad
	OpCreate
	OpAlter
	OpDrop
	OpTruncate
	OpRename
	OpSet
	OpUse
	OpShow
	OpExplain
	OpBegin
	OpCommit
	OpRollback
	OpSavepoint
	OpReleaseSavepoint
	OpCall
	OpDo
	OpPrepare
	OpExecute
	OpDeallocate
	OpKill
	OpLock
	OpUnlock
	OpGrant
	OpRevoke
	OpFlush
	OpMaintain // ANALYZE, OPTIMIZE, REPAIR, CHECK, CHECKSUM
	OpHandler
	OpXA
	OpHelp
	OpBlock // BEGIN NOT ATOMIC
	OpReset
	OpOther
)
