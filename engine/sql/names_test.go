package sql

import (
	"strings"

	"github.com/penstock-db/penstock/wasm/abi"
)

// typeNames are the bits of Class.Type, lowest first.
var typeNames = strings.Fields(`Read Write PrimaryRead SessionWrite UserVarRead UserVarWrite SysVarRead GlobalVarWrite
	Begin Commit Rollback ReadOnly ReadWrite NextTrx AutocommitOn AutocommitOff PrepareNamed ExecuteNamed Deallocate DDL
	TempTable Call Multi Kill Show Explain LoadData Local LockTables UnlockTables LastInfo XA Handler Account Savepoint
	Unknown Use SetNames SelectInto`)

var operationNames = strings.Fields(`Unknown Select Insert Replace Update Delete Load Create Alter Drop Truncate Rename Set Use
	Show Explain Begin Commit Rollback Savepoint ReleaseSavepoint Call Do Prepare Execute Deallocate Kill Lock Unlock Grant
	Revoke Flush Maintain Handler XA Help Block Reset Other`)

func (c Class) describe() string {
	var on []string
	for i, name := range typeNames {
		if c.Type&(1<<i) != 0 {
			on = append(on, name)
		}
	}
	return operationNames[c.Operation] + ": " + strings.Join(on, " ")
}

var _ = [1]struct{}{}[abi.TypeSelectInto-1<<38] // the names end where the bits do
