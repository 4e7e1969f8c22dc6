package script

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// commands are the names of command bytes.
var commands = map[string]byte{
	"init_db": sdk.ComInitDB, "query": sdk.ComQuery, "field_list": sdk.ComFieldList, "refresh": sdk.ComRefresh,
	"shutdown": sdk.ComShutdown, "statistics": sdk.ComStatistics, "process_info": sdk.ComProcessInfo,
	"process_kill": sdk.ComProcessKill, "debug": sdk.ComDebug, "ping": sdk.ComPing, "prepare": sdk.ComStmtPrepare,
	"execute": sdk.ComStmtExecute, "long_data": sdk.ComStmtLongData, "close": sdk.ComStmtClose, "reset": sdk.ComStmtReset,
	"set_option": sdk.ComSetOption, "fetch": sdk.ComStmtFetch, "reset_connection": sdk.ComResetConnection,
	"bulk_execute": sdk.ComStmtBulkExecute,
}

// commandNames are the same the other way round.
var commandNames = func() (names [256]string) {
	for i := range names {
		names[i] = "0x" + strconv.FormatInt(int64(i), 16)
	}
	for name, b := range commands {
		names[b] = name
	}
	return names
}()

// types are the names of what statements do, for q.is.
var types = map[string]uint64{
	"read": abi.TypeRead, "write": abi.TypeWrite, "primary_read": abi.TypePrimaryRead, "session_write": abi.TypeSessionWrite,
	"user_var_read": abi.TypeUserVarRead, "user_var_write": abi.TypeUserVarWrite, "sys_var_read": abi.TypeSysVarRead,
	"global_var_write": abi.TypeGlobalVarWrite, "begin": abi.TypeBegin, "commit": abi.TypeCommit, "rollback": abi.TypeRollback,
	"read_only": abi.TypeReadOnly, "read_write": abi.TypeReadWrite, "next_trx": abi.TypeNextTrx,
	"autocommit_on": abi.TypeAutocommitOn, "autocommit_off": abi.TypeAutocommitOff, "prepare_named": abi.TypePrepareNamed,
	"execute_named": abi.TypeExecuteNamed, "deallocate": abi.TypeDeallocate, "ddl": abi.TypeDDL, "temp_table": abi.TypeTempTable,
	"call": abi.TypeCall, "multi": abi.TypeMulti, "kill": abi.TypeKill, "show": abi.TypeShow, "explain": abi.TypeExplain,
	"load_data": abi.TypeLoadData, "local": abi.TypeLocal, "lock_tables": abi.TypeLockTables, "unlock_tables": abi.TypeUnlockTables,
	"last_info": abi.TypeLastInfo, "xa": abi.TypeXA, "handler": abi.TypeHandler, "account": abi.TypeAccount,
	"savepoint": abi.TypeSavepoint, "unknown": abi.TypeUnknown, "use": abi.TypeUse, "set_names": abi.TypeSetNames,
	"select_into": abi.TypeSelectInto,
}

// operations are the names of verbs, in the order of abi.Operation.
var operations = [...]string{"unknown", "select", "insert", "replace", "update", "delete", "load", "create", "alter", "drop",
	"truncate", "rename", "set", "use", "show", "explain", "begin", "commit", "rollback", "savepoint", "release_savepoint", "call", "do",
	"prepare", "execute", "deallocate", "kill", "lock", "unlock", "grant", "revoke", "flush", "maintain", "handler", "xa", "help",
	"block", "reset", "other"}

var hints = map[string]abi.HintKind{
	"none": abi.HintNone, "primary": abi.HintPrimary, "replica": abi.HintReplica, "server": abi.HintServer, "last": abi.HintLast, "all": abi.HintAll,
}

var levels = map[string]abi.LogLevel{
	"error": abi.LogError, "warning": abi.LogWarning, "notice": abi.LogNotice, "info": abi.LogInfo, "debug": abi.LogDebug,
}

var replyLevels = map[string]abi.ReplyLevel{"none": abi.ReplyNone, "summary": abi.ReplySummary, "rows": abi.ReplyRows}

var replyStates = [...]string{abi.ReplyStateNone: "none", abi.ReplyStateOK: "ok", abi.ReplyStateError: "error", abi.ReplyStateResult: "result"}

var openReasons = map[abi.OpenReason]string{abi.OpenNew: "new", abi.OpenSwap: "swap", abi.OpenAfterTrap: "after_failure", abi.OpenRestart: "restart"}

var closeReasons = map[abi.CloseReason]string{abi.CloseSessionEnd: "session_end", abi.CloseSwap: "swap", abi.CloseRestart: "restart"}

// oneOf reads a name and what it stands for.
func oneOf[V any](a *Args, i int, names map[string]V) (v V) {
	name := a.text(i)
	v, ok := names[name]
	if !ok {
		a.fail(i, "one of "+strings.Join(slices.Sorted(maps.Keys(names)), ", "))
	}
	return v
}
