package readwritesplit

import (
	"strings"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

const (
	up      = abi.TargetRunning
	primary = up | abi.TargetPrimary
	replica = up | abi.TargetReplica

	autocommit = abi.SessionAutocommit
	inTrx      = abi.SessionAutocommit | abi.SessionInTransaction

	p  = 0 // index of the primary
	r1 = 1
	r2 = 2
)

// cluster is a primary and two replicas.
func cluster(h *sdktest.Host) {
	h.Targets = []sdktest.Target{
		{Name: "db1", Status: primary},
		{Name: "db2", Status: replica},
		{Name: "db3", Status: replica, Outstanding: 3},
	}
}

func set(h *sdktest.Host, index int, change func(*sdktest.Target)) {
	change(&h.Targets[index])
	h.TargetsVersion++
}

// want checks an answer: an action and its argument.
func want(t *testing.T, r sdktest.Result, a abi.Action, arg uint32) {
	t.Helper()
	if r.Action != a || r.Arg != arg {
		t.Errorf("answer %v %d (%s), want %v %d", r.Action, r.Arg, r.Message(), a, arg)
	}
}

// Where each kind of statement goes in a fresh session.
func TestStatements(t *testing.T) {
	cases := []struct {
		name string
		c    sdktest.Command
		act  abi.Action
		arg  uint32
	}{
		{"read", sdktest.Command{Type: abi.TypeRead, Operation: abi.OpSelect}, abi.One, r1},
		{"show", sdktest.Command{Type: abi.TypeRead | abi.TypeShow, Operation: abi.OpShow}, abi.One, r1},
		{"write", sdktest.Command{Type: abi.TypeWrite, Operation: abi.OpInsert}, abi.One, p},
		{"for update", sdktest.Command{Type: abi.TypeRead | abi.TypePrimaryRead, Operation: abi.OpSelect}, abi.One, p},
		{"into outfile", sdktest.Command{Type: abi.TypeRead | abi.TypeSelectInto, Operation: abi.OpSelect}, abi.One, p},
		{"unknown", sdktest.Command{Type: abi.TypeWrite | abi.TypeUnknown}, abi.One, p},
		{"no bits", sdktest.Command{}, abi.One, p},
		{"begin", sdktest.Command{Type: abi.TypeBegin, Operation: abi.OpBegin}, abi.One, p},
		{"commit", sdktest.Command{Type: abi.TypeCommit, Operation: abi.OpCommit}, abi.One, p},
		{"set", sdktest.Command{Type: abi.TypeSessionWrite, Operation: abi.OpSet}, abi.All, p},
		{"set names", sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeSetNames, Operation: abi.OpSet}, abi.All, p},
		{"set user variable", sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeUserVarWrite, Operation: abi.OpSet}, abi.All, p},
		{"use", sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeUse, Operation: abi.OpUse}, abi.All, p},
		{"prepare", sdktest.Command{Type: abi.TypeSessionWrite | abi.TypePrepareNamed, Operation: abi.OpPrepare}, abi.All, p},
		{"execute", sdktest.Command{Type: abi.TypeExecuteNamed | abi.TypeWrite, Operation: abi.OpExecute}, abi.One, p},
		{"set global", sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeGlobalVarWrite, Operation: abi.OpSet}, abi.One, p},
		{"set password", sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeAccount, Operation: abi.OpSet}, abi.One, p},
		{"set transaction", sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeNextTrx, Operation: abi.OpSet}, abi.One, p},
		{"autocommit off", sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeAutocommitOff, Operation: abi.OpSet}, abi.All, p},
		{"call", sdktest.Command{Type: abi.TypeCall | abi.TypeWrite, Operation: abi.OpCall}, abi.One, p},
		{"multi", sdktest.Command{Type: abi.TypeMulti | abi.TypeRead, Operation: abi.OpSelect}, abi.One, p},
		{"select with assignment", sdktest.Command{Type: abi.TypeRead | abi.TypeUserVarWrite, Operation: abi.OpSelect}, abi.One, p},
		{"read of a variable", sdktest.Command{Type: abi.TypeRead | abi.TypeUserVarRead, Operation: abi.OpSelect}, abi.One, r1},
		{"in transaction", sdktest.Command{Type: abi.TypeRead, Operation: abi.OpSelect, Flags: inTrx}, abi.One, p},
		{"without autocommit", sdktest.Command{Type: abi.TypeRead, Operation: abi.OpSelect, Flags: abi.SessionMultiStatement}, abi.One, p},
		{"set in transaction", sdktest.Command{Type: abi.TypeSessionWrite, Operation: abi.OpSet, Flags: inTrx}, abi.All, p},
		{"execute read", sdktest.Command{Com: sdk.ComStmtExecute, Type: abi.TypeRead, Operation: abi.OpSelect}, abi.One, r1},
		{"execute write", sdktest.Command{Com: sdk.ComStmtExecute, Type: abi.TypeWrite, Operation: abi.OpUpdate}, abi.One, p},
		{"bulk", sdktest.Command{Com: sdk.ComStmtBulkExecute, Type: abi.TypeWrite}, abi.One, p},
		{"COM_STMT_PREPARE", sdktest.Command{Com: sdk.ComStmtPrepare, Type: abi.TypeWrite}, abi.All, p},
		{"COM_INIT_DB", sdktest.Command{Com: sdk.ComInitDB}, abi.All, p},
		{"COM_SET_OPTION", sdktest.Command{Com: sdk.ComSetOption}, abi.All, p},
		{"COM_FIELD_LIST", sdktest.Command{Com: sdk.ComFieldList}, abi.One, p},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := sdktest.Start(t, `{}`, cluster)
			want(t, s.Run(c.c), c.act, c.arg)
		})
	}
}

func TestTransaction(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	want(t, s.Query("BEGIN", abi.TypeBegin), abi.One, p)
	want(t, s.Run(sdktest.Command{Type: abi.TypeRead, Flags: inTrx}), abi.One, p)
	want(t, s.Run(sdktest.Command{Type: abi.TypeCommit, Flags: inTrx}), abi.One, p)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
}

func TestReadOnlyTransaction(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	ro := uint32(inTrx | abi.SessionReadOnlyTrx)
	want(t, s.Query("START TRANSACTION READ ONLY", abi.TypeBegin|abi.TypeReadOnly), abi.One, r1)
	set(s.Host, r1, func(t *sdktest.Target) { t.Outstanding = 50 })
	want(t, s.Run(sdktest.Command{Type: abi.TypeRead, Flags: ro}), abi.One, r1)
	want(t, s.Run(sdktest.Command{Type: abi.TypeWrite, Flags: ro}), abi.One, r1)
	want(t, s.Run(sdktest.Command{Type: abi.TypeSessionWrite, Operation: abi.OpSet, Flags: ro}), abi.All, r1)
	r := s.Run(sdktest.Command{Type: abi.TypeBegin, Flags: ro})
	if r.Action != abi.Reject || r.Errno != 1792 || r.SQLState != "25006" {
		t.Errorf("BEGIN in a read-only transaction: %+v", r)
	}
	want(t, s.Run(sdktest.Command{Type: abi.TypeCommit, Flags: ro}), abi.One, r1)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r2)
	want(t, s.Query("INSERT", abi.TypeWrite), abi.One, p)
}

// SET TRANSACTION concerns the next transaction on the primary.
func TestNextTransaction(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	want(t, s.Run(sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeNextTrx | abi.TypeReadOnly, Operation: abi.OpSet}), abi.One, p)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, p)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
}

func TestLastInfo(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	info := sdktest.Command{SQL: "SHOW WARNINGS", Type: abi.TypeRead | abi.TypeLastInfo, Operation: abi.OpShow}
	want(t, s.Run(info), abi.One, p)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
	want(t, s.Run(info), abi.One, r1)
	want(t, s.Query("INSERT", abi.TypeWrite), abi.One, p)
	want(t, s.Run(info), abi.One, p)
	want(t, s.Run(info), abi.One, p)
}

func TestLockTables(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	want(t, s.Run(sdktest.Command{Type: abi.TypeWrite | abi.TypeLockTables, Operation: abi.OpLock}), abi.One, p)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, p)
	want(t, s.Run(sdktest.Command{Type: abi.TypeWrite | abi.TypeUnlockTables, Operation: abi.OpUnlock}), abi.One, p)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
}

func TestTemporaryTables(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	read := func(tables ...string) sdktest.Result {
		return s.Run(sdktest.Command{Type: abi.TypeRead, Operation: abi.OpSelect, Tables: tables})
	}
	want(t, s.Run(sdktest.Command{Type: abi.TypeWrite | abi.TypeDDL | abi.TypeTempTable, Operation: abi.OpCreate, Tables: []string{"demo.Tmp", "orders"}}), abi.One, p)
	want(t, read("tmp"), abi.One, p)
	want(t, read("orders"), abi.One, r1)
	want(t, s.Run(sdktest.Command{Type: abi.TypeWrite | abi.TypeDDL, Operation: abi.OpAlter, Tables: []string{"tmp", "tmp2"}}), abi.One, p)
	want(t, read("orders", "tmp2"), abi.One, p)
	want(t, s.Run(sdktest.Command{Type: abi.TypeWrite | abi.TypeDDL, Operation: abi.OpDrop, Tables: []string{"tmp", "tmp2"}}), abi.One, p)
	want(t, read("tmp"), abi.One, r1)
}

func TestVariables(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	want(t, s.Run(sdktest.Command{Type: abi.TypeRead | abi.TypeUserVarWrite, Operation: abi.OpSelect}), abi.One, p)
	want(t, s.Query("SELECT @a", abi.TypeRead|abi.TypeUserVarRead), abi.One, p)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)

	s = sdktest.Start(t, `{"use_sql_variables_in":"master"}`, cluster)
	want(t, s.Run(sdktest.Command{Type: abi.TypeSessionWrite | abi.TypeUserVarWrite, Operation: abi.OpSet}), abi.One, p)
	want(t, s.Query("SELECT @a", abi.TypeRead|abi.TypeUserVarRead), abi.One, p)
	want(t, s.Query("SELECT @@a", abi.TypeRead|abi.TypeSysVarRead), abi.One, p)
}

func TestDiagnosticsVariablesAreWhereTheyWereSet(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
	want(t, s.Run(sdktest.Command{Type: abi.TypeUserVarWrite | abi.TypeLastInfo, Operation: abi.OpOther}), abi.One, r1)
	want(t, s.Run(sdktest.Command{Type: abi.TypeWrite, Operation: abi.OpInsert}), abi.One, p)
	want(t, s.Query("SELECT @n", abi.TypeRead|abi.TypeUserVarRead), abi.One, r1)
}

func TestStrict(t *testing.T) {
	for _, c := range []struct {
		options string
		typ     uint64
		then    uint32
	}{
		{`{}`, abi.TypeMulti | abi.TypeRead, r1},
		{`{}`, abi.TypeMulti | abi.TypeRead | abi.TypeSessionWrite, p},
		{`{"strict_multi_stmt":true}`, abi.TypeMulti | abi.TypeRead, p},
		{`{}`, abi.TypeCall | abi.TypeWrite, r1},
		{`{"strict_sp_calls":true}`, abi.TypeCall | abi.TypeWrite, p},
	} {
		s := sdktest.Start(t, c.options, cluster)
		want(t, s.Query("", c.typ), abi.One, p)
		want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, c.then)
		s.Event(abi.EventSessionReset, 0, 0)
		want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
	}
}

func TestHints(t *testing.T) {
	cases := []struct {
		name   string
		hint   abi.HintKind
		server string
		typ    uint64
		flags  uint32
		act    abi.Action
		arg    uint32
	}{
		{"read to the primary", abi.HintPrimary, "", abi.TypeRead, autocommit, abi.One, p},
		{"read to a server", abi.HintServer, "db3", abi.TypeRead, autocommit, abi.One, r2},
		{"read to nobody", abi.HintServer, "db9", abi.TypeRead, autocommit, abi.One, r1},
		{"write to nobody", abi.HintServer, "db9", abi.TypeWrite, autocommit, abi.One, p},
		{"write to a replica", abi.HintReplica, "", abi.TypeWrite, autocommit, abi.One, r1},
		{"write to a replica in a transaction", abi.HintReplica, "", abi.TypeWrite, inTrx, abi.One, p},
		{"read to a replica in a transaction", abi.HintReplica, "", abi.TypeRead, inTrx, abi.One, r1},
		{"write to a server in a transaction", abi.HintServer, "db3", abi.TypeWrite, inTrx, abi.One, p},
		{"everywhere", abi.HintAll, "", abi.TypeWrite, autocommit, abi.All, p},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := sdktest.Start(t, `{}`, cluster)
			want(t, s.Run(sdktest.Command{Type: c.typ, Flags: c.flags, Hint: c.hint, HintServer: c.server}), c.act, c.arg)
		})
	}
}

func TestPrimaryLost(t *testing.T) {
	for _, c := range []struct {
		mode        string
		read, write abi.Action
		errno       uint32
	}{
		{"error_on_write", abi.One, abi.Reject, 1290},
		{"fail_on_write", abi.One, abi.Close, 1927},
		{"fail_instantly", abi.Close, abi.Close, 1927},
	} {
		t.Run(c.mode, func(t *testing.T) {
			s := sdktest.Start(t, `{"master_failure_mode":"`+c.mode+`"}`, cluster)
			want(t, s.Query("INSERT", abi.TypeWrite), abi.One, p)
			set(s.Host, p, func(t *sdktest.Target) { t.Status = 0 })
			if r := s.Query("SELECT 1", abi.TypeRead); r.Action != c.read {
				t.Errorf("read: %v", r.Action)
			}
			if c.read == abi.One {
				want(t, s.Run(sdktest.Command{Type: abi.TypeSessionWrite, Operation: abi.OpSet}), abi.All, r1)
			}
			r := s.Query("INSERT", abi.TypeWrite)
			if r.Action != c.write || r.Errno != c.errno || !strings.Contains(r.Message(), "no server is primary") {
				t.Errorf("write: %+v %q", r, r.Message())
			}
			set(s.Host, p, func(t *sdktest.Target) { t.Status = primary })
			want(t, s.Query("INSERT", abi.TypeWrite), abi.One, p)
		})
	}
}

func TestNoServer(t *testing.T) {
	s := sdktest.Start(t, `{}`)
	if r := s.Query("SELECT 1", abi.TypeRead); r.Action != abi.Reject || r.Errno != 1927 {
		t.Errorf("%+v", r)
	}
}

func TestNoAllocation(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	for _, typ := range []uint64{abi.TypeRead, abi.TypeWrite, abi.TypeSessionWrite} {
		n := s.Prepare(sdktest.Command{SQL: "x", Type: typ})
		if a := testing.AllocsPerRun(100, func() { s.Call(n) }); a != 0 {
			t.Errorf("type %x: %v allocations", typ, a)
		}
	}
}

func TestOptions(t *testing.T) {
	for options, part := range map[string]string{
		`{"max_lag":"1s"}`:                      `unknown option "max_lag"; allowed: master_accept_reads`,
		`{"max_replication_lag":5}`:             `must be a duration with a unit`,
		`{"master_failure_mode":"explode"}`:     `must be one of fail_instantly, fail_on_write, error_on_write, not "explode"`,
		`{"master_accept_reads":"yes"}`:         `must be true or false, not a string`,
		`{"lazy_connect":false}`:                `can only be true`,
		`{"max_slave_connections":"100%"}`:      `must be a whole number from 0 to 255, not a string`,
		`{"use_sql_variables_in":"somewhere"}`:  `must be one of all, master`,
		`{"slave_selection_criteria":"random"}`: `least_current_operations, `,
	} {
		if e := sdktest.InitError(t, options); !strings.Contains(e, part) {
			t.Errorf("%s: %s", options, e)
		}
	}
}
