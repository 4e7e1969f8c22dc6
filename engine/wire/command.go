package wire

// Command is the first byte of a command's payload.
type Command byte

// The commands of MySQL and MariaDB. Those marked "internal" are names that a
// server uses for its own threads: sent by a client they are answered with
// [ErUnknownComError].
const (
	ComSleep            Command = 0x00 // internal
	ComQuit             Command = 0x01
	ComInitDB           Command = 0x02
	ComQuery            Command = 0x03
	ComFieldList        Command = 0x04 // gone in MySQL 9
	ComCreateDB         Command = 0x05
	ComDropDB           Command = 0x06
	ComRefresh          Command = 0x07
	ComShutdown         Command = 0x08
	ComStatistics       Command = 0x09
	ComProcessInfo      Command = 0x0a
	ComConnect          Command = 0x0b // internal
	ComProcessKill      Command = 0x0c
	ComDebug            Command = 0x0d
	ComPing             Command = 0x0e
	ComTime             Command = 0x0f // internal
	ComDelayedInsert    Command = 0x10 // internal
	ComChangeUser       Command = 0x11
	ComBinlogDump       Command = 0x12
	ComTableDump        Command = 0x13
	ComConnectOut       Command = 0x14 // internal
	ComRegisterSlave    Command = 0x15 // COM_REGISTER_SLAVE
	ComStmtPrepare      Command = 0x16
	ComStmtExecute      Command = 0x17
	ComStmtSendLongData Command = 0x18
	ComStmtClose        Command = 0x19
	ComStmtReset        Command = 0x1a
	ComSetOption        Command = 0x1b
	ComStmtFetch        Command = 0x1c
	ComDaemon           Command = 0x1d // internal
	ComBinlogDumpGTID   Command = 0x1e // MySQL; unimplemented in MariaDB
	ComResetConnection  Command = 0x1f
	ComClone            Command = 0x20 // MySQL 8
	ComSubscribeGroup   Command = 0x21 // MySQL 8, COM_SUBSCRIBE_GROUP_REPLICATION_STREAM
	ComStmtBulkExecute  Command = 0xfa // MariaDB
	ComSlaveWorker      Command = 0xfb // MariaDB, internal
	ComSlaveIO          Command = 0xfc // MariaDB, internal
	ComSlaveSQL         Command = 0xfd // MariaDB, internal
	ComMulti            Command = 0xfe // MariaDB 10.2 previews, now reserved
	ComEnd              Command = 0xff // end marker
)

var commandNames = map[Command]string{
	ComSleep: "COM_SLEEP", ComQuit: "COM_QUIT", ComInitDB: "COM_INIT_DB", ComQuery: "COM_QUERY",
	ComFieldList: "COM_FIELD_LIST", ComCreateDB: "COM_CREATE_DB", ComDropDB: "COM_DROP_DB",
	ComRefresh: "COM_REFRESH", ComShutdown: "COM_SHUTDOWN", ComStatistics: "COM_STATISTICS",
	ComProcessInfo: "COM_PROCESS_INFO", ComConnect: "COM_CONNECT", ComProcessKill: "COM_PROCESS_KILL",
	ComDebug: "COM_DEBUG", ComPing: "COM_PING", ComTime: "COM_TIME",
	ComDelayedInsert: "COM_DELAYED_INSERT", ComChangeUser: "COM_CHANGE_USER",
	ComBinlogDump: "COM_BINLOG_DUMP", ComTableDump: "COM_TABLE_DUMP", ComConnectOut: "COM_CONNECT_OUT",
	ComRegisterSlave: "COM_REGISTER_SLAVE", ComStmtPrepare: "COM_STMT_PREPARE",
	ComStmtExecute: "COM_STMT_EXECUTE", ComStmtSendLongData: "COM_STMT_SEND_LONG_DATA",
	ComStmtClose: "COM_STMT_CLOSE", ComStmtReset: "COM_STMT_RESET", ComSetOption: "COM_SET_OPTION",
	ComStmtFetch: "COM_STMT_FETCH", ComDaemon: "COM_DAEMON", ComBinlogDumpGTID: "COM_BINLOG_DUMP_GTID",
	ComResetConnection: "COM_RESET_CONNECTION", ComClone: "COM_CLONE",
	ComSubscribeGroup:  "COM_SUBSCRIBE_GROUP_REPLICATION_STREAM",
	ComStmtBulkExecute: "COM_STMT_BULK_EXECUTE", ComSlaveWorker: "COM_SLAVE_WORKER",
	ComSlaveIO: "COM_SLAVE_IO", ComSlaveSQL: "COM_SLAVE_SQL", ComMulti: "COM_MULTI", ComEnd: "COM_END",
}

// String returns the vendors' name, such as COM_QUERY, or COM_UNKNOWN_0x41.
func (c Command) String() string {
	if s, ok := commandNames[c]; ok {
		return s
	}
	const hex = "0123456789abcdef"
	return "COM_UNKNOWN_0x" + string([]byte{hex[c>>4], hex[c&15]})
}

// HasReply reports whether a server answers the command at all. It is false
// for COM_QUIT, COM_STMT_CLOSE and COM_STMT_SEND_LONG_DATA.
func (c Command) HasReply() bool {
	return c != ComQuit && c != ComStmtClose && c != ComStmtSendLongData
}

// Known reports whether clients may send the command to some version of
// MySQL or MariaDB. The others deserve [ErUnknownComError].
func (c Command) Known() bool {
	switch c {
	case ComSleep, ComConnect, ComTime, ComDelayedInsert, ComConnectOut, ComDaemon,
		ComSlaveWorker, ComSlaveIO, ComSlaveSQL, ComMulti, ComEnd:
		return false
	}
	return c <= ComSubscribeGroup || c == ComStmtBulkExecute
}

// Replication reports whether the command belongs to replication or cloning.
// Its reply may be endless and is forwarded opaquely.
func (c Command) Replication() bool {
	switch c {
	case ComBinlogDump, ComTableDump, ComRegisterSlave, ComBinlogDumpGTID, ComClone, ComSubscribeGroup:
		return true
	}
	return false
}
