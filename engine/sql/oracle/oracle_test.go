package oracle

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // the parser's values
)

// mode is what the parser takes for granted: a server of which we do not know
// which commented code it runs is left out, so it is MySQL 8.
var mode = sql.Mode{Version: 80036}

func parse(p *parser.Parser, text string) (nodes []ast.StmtNode) {
	defer func() {
		if recover() != nil { // the parser's own failings are not our subject
			nodes = nil
		}
	}()
	nodes, _, err := p.Parse(text, "", "")
	if err != nil {
		return nil
	}
	return nodes
}

// expected returns the operation and the bits that a statement must have,
// and the bits that it must not have; ok is false for what only TiDB knows.
func expected(n ast.StmtNode) (op abi.Operation, must, mustNot uint64, ok bool) {
	const write, read = abi.TypeWrite, abi.TypeRead
	switch n := n.(type) {
	case *ast.SelectStmt:
		if n.SelectIntoOpt != nil {
			return abi.OpSelect, abi.TypeSelectInto, read, true
		}
		if n.LockInfo != nil && n.LockInfo.LockType != ast.SelectLockNone {
			return abi.OpSelect, abi.TypePrimaryRead, read, true
		}
		return abi.OpSelect, 0, abi.TypeUnknown | abi.TypeSelectInto | abi.TypeDDL, true
	case *ast.SetOprStmt:
		return abi.OpSelect, 0, abi.TypeUnknown | abi.TypeDDL, true
	case *ast.InsertStmt:
		if n.IsReplace {
			return abi.OpReplace, write, read | abi.TypeUnknown, true
		}
		return abi.OpInsert, write, read | abi.TypeUnknown, true
	case *ast.UpdateStmt:
		return abi.OpUpdate, write, read | abi.TypeUnknown, true
	case *ast.DeleteStmt:
		return abi.OpDelete, write, read | abi.TypeUnknown, true
	case *ast.LoadDataStmt:
		if n.FileLocRef == ast.FileLocClient {
			return abi.OpLoad, write | abi.TypeLoadData | abi.TypeLocal, read, true
		}
		return abi.OpLoad, write | abi.TypeLoadData, read | abi.TypeLocal, true
	case *ast.BeginStmt:
		if n.Mode != "" { // BEGIN PESSIMISTIC is TiDB's
			return 0, 0, 0, false
		}
		if n.ReadOnly {
			return abi.OpBegin, abi.TypeBegin | abi.TypeReadOnly, write | read, true
		}
		return abi.OpBegin, abi.TypeBegin, abi.TypeReadOnly, true
	case *ast.CommitStmt:
		return abi.OpCommit, abi.TypeCommit, write | read, true
	case *ast.RollbackStmt:
		if n.SavepointName != "" {
			return abi.OpRollback, abi.TypeSavepoint, abi.TypeRollback, true
		}
		return abi.OpRollback, abi.TypeRollback, write | read, true
	case *ast.SavepointStmt:
		return abi.OpSavepoint, abi.TypeSavepoint, read, true
	case *ast.ReleaseSavepointStmt:
		return abi.OpReleaseSavepoint, abi.TypeSavepoint, read, true
	case *ast.UseStmt:
		return abi.OpUse, abi.TypeUse | abi.TypeSessionWrite, read | write, true
	case *ast.SetStmt:
		for _, v := range n.Variables {
			switch {
			case v.Name == ast.SetNames || v.Name == ast.SetCharset:
				must |= abi.TypeSetNames | abi.TypeSessionWrite
			case !v.IsSystem:
				must |= abi.TypeUserVarWrite | abi.TypeSessionWrite
			case v.IsGlobal:
				must |= abi.TypeGlobalVarWrite
			default:
				must |= abi.TypeSessionWrite
			}
		}
		return abi.OpSet, must, read, true
	case *ast.SetPwdStmt:
		return abi.OpSet, abi.TypeAccount | write, read, true
	case *ast.ShowStmt:
		return abi.OpShow, abi.TypeShow, abi.TypeUnknown | write, true
	case *ast.PrepareStmt:
		return abi.OpPrepare, abi.TypePrepareNamed, read, true
	case *ast.ExecuteStmt:
		return abi.OpExecute, abi.TypeExecuteNamed, read, true
	case *ast.DeallocateStmt:
		return abi.OpDeallocate, abi.TypeDeallocate, read, true
	case *ast.KillStmt:
		return abi.OpKill, abi.TypeKill, read, true
	case *ast.GrantStmt, *ast.GrantRoleStmt:
		return abi.OpGrant, abi.TypeAccount | write, read, true
	case *ast.RevokeStmt, *ast.RevokeRoleStmt:
		return abi.OpRevoke, abi.TypeAccount | write, read, true
	case *ast.CreateUserStmt:
		return abi.OpCreate, abi.TypeAccount | write, read, true
	case *ast.DropUserStmt:
		return abi.OpDrop, abi.TypeAccount | write, read, true
	case *ast.CallStmt:
		return abi.OpCall, abi.TypeCall | write, read, true
	case *ast.DoStmt:
		return abi.OpDo, 0, read, true
	case *ast.FlushStmt:
		return abi.OpFlush, write, read, true
	case *ast.LockTablesStmt:
		return abi.OpLock, abi.TypeLockTables, read, true
	case *ast.UnlockTablesStmt:
		return abi.OpUnlock, abi.TypeUnlockTables, read, true
	case *ast.AnalyzeTableStmt:
		if n.Incremental || strings.HasPrefix(strings.ToUpper(n.Text()), "ALTER") {
			return 0, 0, 0, false // TiDB's, or an ALTER TABLE to everybody else
		}
		return abi.OpMaintain, write, read, true
	case *ast.CreateTableStmt:
		if n.TemporaryKeyword == ast.TemporaryLocal {
			return abi.OpCreate, write | abi.TypeTempTable, read | abi.TypeDDL, true
		}
		if n.TemporaryKeyword == ast.TemporaryGlobal {
			return abi.OpCreate, write | abi.TypeTempTable, read, true
		}
		return abi.OpCreate, write | abi.TypeDDL, read, true
	case *ast.DropTableStmt:
		if n.TemporaryKeyword != ast.TemporaryNone {
			return abi.OpDrop, write | abi.TypeTempTable, read, true
		}
		return abi.OpDrop, write | abi.TypeDDL, read, true
	case *ast.TruncateTableStmt:
		return abi.OpTruncate, write | abi.TypeDDL, read, true
	case *ast.AlterTableStmt, *ast.AlterDatabaseStmt:
		return abi.OpAlter, write | abi.TypeDDL, read, true
	case *ast.CreateIndexStmt, *ast.CreateViewStmt, *ast.CreateDatabaseStmt:
		return abi.OpCreate, write | abi.TypeDDL, read, true
	case *ast.DropIndexStmt, *ast.DropDatabaseStmt:
		return abi.OpDrop, write | abi.TypeDDL, read, true
	case *ast.RenameTableStmt:
		return abi.OpRename, write | abi.TypeDDL, read, true
	}
	return 0, 0, 0, false
}

// TestClassifyAgreesWithTheParser: what the parser understands is of the type
// that the parser says, and nothing that is no query counts as a read.
func TestClassifyAgreesWithTheParser(t *testing.T) {
	p := parser.New()
	held, bad := 0, 0
	for _, text := range corpus(t) {
		nodes := parse(p, text)
		if len(nodes) == 0 || !utf8.ValidString(text) {
			continue
		}
		c := sql.Classify([]byte(text), mode)
		fail := func(format string, args ...any) {
			if bad++; bad <= 40 {
				t.Errorf("%q: "+format, append([]any{text}, args...)...)
			}
		}
		if multi := c.Type&abi.TypeMulti != 0; multi != (len(nodes) > 1) {
			fail("%d statements, TypeMulti is %v", len(nodes), multi)
			continue
		}
		var mustAll uint64
		only := true
		for i, n := range nodes {
			op, must, mustNot, ok := expected(n)
			if !ok {
				only = false
				if c.Type&abi.TypeRead != 0 && len(nodes) == 1 && !harmless(n) {
					fail("%T counts as a read", n)
				}
				continue
			}
			mustAll |= must
			if i == 0 && c.Operation != op {
				fail("%T is operation %d, want %d", n, c.Operation, op)
			}
			if len(nodes) == 1 && c.Type&mustNot != 0 {
				fail("%T has the types %#x, which it must not", n, c.Type&mustNot)
			}
		}
		if only && c.Type&mustAll != mustAll {
			fail("the types %#x are missing", mustAll&^c.Type)
		}
		held++
	}
	t.Logf("%d statements held against the parser, %d differ", held, bad)
	if held < 2000 {
		t.Errorf("only %d statements could be held against the parser", held)
	}
}

// harmless reports whether n, which expected does not know, only reads.
func harmless(n ast.StmtNode) bool {
	switch n.(type) {
	case *ast.ExplainStmt, *ast.ExplainForStmt, *ast.HelpStmt, *ast.TraceStmt, *ast.BRIEStmt, *ast.TrafficStmt:
		return true
	}
	return false
}
