package tck

import (
	"fmt"
	"strings"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Command bytes.
const (
	comInitDB, comQuery, comFieldList, comStatistics, comPing = 0x02, 0x03, 0x04, 0x09, 0x0e
	comPrepare, comExecute, comLongData, comStmtClose         = 0x16, 0x17, 0x18, 0x19
	comStmtReset, comSetOption, comFetch, comReset, comBulk   = 0x1a, 0x1b, 0x1c, 0x1f, 0xfa
)

// command is one of the script.
type command struct {
	name    string
	payload []byte // with the text of a prepared statement behind it, if the plugin needs it
	at      int    // where the statement begins, 0: there is none
	text    string
	typ     uint64
	op      abi.Operation
	flags   uint32
	id      uint32
	rule    string // of input/, that the command is there for
}

func (c *command) byte() byte { return c.payload[0] }

// hasReply says whether a server answers the command.
func (c *command) hasReply() bool { return c.byte() != comStmtClose && c.byte() != comLongData }

// prepared says whether the command is about a prepared statement that exists.
func (c *command) prepared() bool { return c.id != 0 }

// query is a COM_QUERY.
func query(sql string, typ uint64, op abi.Operation) command {
	return command{name: fmt.Sprintf("COM_QUERY %q", abridged(sql)), payload: append([]byte{comQuery}, sql...), at: 1, text: sql, typ: typ, op: op}
}

func (c command) testing(rule string) command {
	c.rule = rule
	return c
}

func (c command) named(name string) command {
	c.name = name
	return c
}

// other is a command without a statement.
func other(name string, payload ...byte) command {
	return command{name: name, payload: payload, rule: "input/empty"}
}

// about is a command about the prepared statement 7.
func about(name string, com byte, rest ...byte) command {
	return command{name: name, payload: append([]byte{com, 7, 0, 0, 0}, rest...), text: "SELECT a, b FROM t WHERE a = ?",
		typ: abi.TypeRead, op: abi.OpSelect, flags: abi.SessionPrepared, id: 7, rule: "input/prepared"}
}

func abridged(sql string) string {
	if len(sql) > 40 {
		return sql[:40] + "…"
	}
	return sql
}

// ordinary are statements as clients send them.
func ordinary() []command {
	return []command{
		query("SELECT 1", abi.TypeRead, abi.OpSelect),
		query("SELECT a, b FROM t WHERE id = 42 AND name = 'x' -- a comment", abi.TypeRead, abi.OpSelect),
		query("select * from t, test.u", abi.TypeRead, abi.OpSelect),
		query("SELECT LAST_INSERT_ID()", abi.TypeRead|abi.TypePrimaryRead, abi.OpSelect),
		query("SELECT @a", abi.TypeRead|abi.TypeUserVarRead, abi.OpSelect),
		query("SHOW WARNINGS", abi.TypeRead|abi.TypeShow|abi.TypeLastInfo, abi.OpShow),
		query("INSERT INTO t (a, b) VALUES (1, 'two'), (3, NULL)", abi.TypeWrite, abi.OpInsert),
		query("UPDATE t SET a = a + 1", abi.TypeWrite, abi.OpUpdate),
		query("DELETE FROM t", abi.TypeWrite, abi.OpDelete),
		query("CREATE TABLE u (a INT PRIMARY KEY)", abi.TypeWrite|abi.TypeDDL, abi.OpCreate),
		query("DROP TABLE IF EXISTS u", abi.TypeWrite|abi.TypeDDL, abi.OpDrop),
		query("BEGIN", abi.TypeBegin, abi.OpBegin),
		query("SELECT a FROM t FOR UPDATE", abi.TypeRead|abi.TypePrimaryRead, abi.OpSelect),
		query("COMMIT", abi.TypeCommit, abi.OpCommit),
		query("START TRANSACTION READ ONLY", abi.TypeBegin|abi.TypeReadOnly, abi.OpBegin),
		query("ROLLBACK", abi.TypeRollback, abi.OpRollback),
		query("SET NAMES utf8mb4, @a = 1", abi.TypeSessionWrite|abi.TypeSetNames|abi.TypeUserVarWrite, abi.OpSet),
		query("USE test", abi.TypeSessionWrite|abi.TypeUse, abi.OpUse),
		query("CALL p(1)", abi.TypeWrite|abi.TypeCall, abi.OpCall),
		query("SELECT 1; SELECT 2", abi.TypeRead|abi.TypeMulti, abi.OpSelect),
		query("LOAD DATA LOCAL INFILE 'f' INTO TABLE t", abi.TypeWrite|abi.TypeLoadData|abi.TypeLocal, abi.OpLoad),
		query("GRANT SELECT ON *.* TO app", abi.TypeWrite|abi.TypeAccount, abi.OpGrant),
		query("KILL 5", abi.TypeKill, abi.OpKill),
		query("frobnicate", abi.TypeWrite|abi.TypeUnknown, abi.OpUnknown),
	}
}

// strange are statements and commands as clients send them now and then.
func strange(window int) []command {
	all := make([]byte, 256)
	for n := range all {
		all[n] = byte(n)
	}
	in := strings.Repeat("1, ", window) + "2"
	large := query("INSERT INTO t VALUES ('"+strings.Repeat("x", 256<<10-25), abi.TypeWrite, abi.OpInsert)
	large.flags = abi.SessionLarge | abi.SessionTruncated
	return []command{
		query("", 0, 0).named("COM_QUERY without a statement").testing("input/empty"),
		query(" ", 0, 0).testing("input/empty"),
		query(";", 0, 0).testing("input/empty"),
		query("/* nothing */", 0, 0).testing("input/empty"),
		query("-- nothing\n", 0, 0).testing("input/empty"),
		other("COM_PING", comPing),
		other("COM_STATISTICS", comStatistics),
		other("COM_INIT_DB", comInitDB, 't', 'e', 's', 't'),
		other("COM_INIT_DB without a name", comInitDB),
		other("COM_FIELD_LIST", comFieldList, 't', 0, '%'),
		other("COM_SET_OPTION", comSetOption, 0, 0),
		other("COM_RESET_CONNECTION", comReset),
		query("SELECT '\xff\xfe\x80'", abi.TypeRead, abi.OpSelect).testing("input/bytes"),
		query("SELECT '\x95\x5c'", abi.TypeRead, abi.OpSelect).testing("input/bytes"),
		query("SELECT '", abi.TypeWrite|abi.TypeUnknown, abi.OpSelect).testing("input/bytes"),
		query("SELECT \"a\x00b\"", abi.TypeRead, abi.OpSelect).testing("input/bytes"),
		query("\x00", abi.TypeWrite|abi.TypeUnknown, 0).testing("input/bytes"),
		query(string(all), abi.TypeWrite|abi.TypeUnknown, 0).named("COM_QUERY with all bytes").testing("input/bytes"),
		query("SELECT "+strings.Repeat("(", 4000), abi.TypeWrite|abi.TypeUnknown, 0).testing("input/bytes"),
		query("SELECT "+strings.Repeat("`", 4001), abi.TypeWrite|abi.TypeUnknown, 0).testing("input/bytes"),
		query("SELECT a FROM t WHERE id IN ("+in+")", abi.TypeRead, abi.OpSelect).named("COM_QUERY of several windows").testing("input/long"),
		query(strings.Repeat("a", window-1), abi.TypeWrite|abi.TypeUnknown, 0).named("COM_QUERY that fills the window").testing("input/long"),
		query(strings.Repeat("a", window), abi.TypeWrite|abi.TypeUnknown, 0).named("COM_QUERY of a byte more than the window").testing("input/long"),
		query("INSERT INTO t VALUES ('"+strings.Repeat("x", 1<<20)+"')", abi.TypeWrite, abi.OpInsert).named("COM_QUERY of 1 MiB").testing("input/long"),
		large.named("COM_QUERY of 16 MiB and more").testing("input/large"),
		{name: "COM_STMT_PREPARE", payload: append([]byte{comPrepare}, "SELECT a, b FROM t WHERE a = ?"...), at: 1, text: "SELECT a, b FROM t WHERE a = ?",
			typ: abi.TypeRead, op: abi.OpSelect, rule: "input/prepared"},
		about("COM_STMT_EXECUTE", comExecute, 0, 1, 0, 0, 0, 0, 1, 3, 0, 42, 0, 0, 0),
		about("COM_STMT_SEND_LONG_DATA", comLongData, 0, 0, 'x', 0xff),
		about("COM_STMT_FETCH", comFetch, 10, 0, 0, 0),
		about("COM_STMT_RESET", comStmtReset),
		about("COM_STMT_BULK_EXECUTE", comBulk, 0x80, 0, 3, 0, 0, 1, 0, 0, 0),
		about("COM_STMT_CLOSE", comStmtClose),
	}
}
