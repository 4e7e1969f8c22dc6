// Command readwrite is a router that sends plain reads to a replica and everything else to
// the primary. What changes the session goes to all servers.
//
// It is the least that is right. The built-in readwritesplit knows much more: read-only
// transactions, temporary tables by name, servers that are lost, state to hand over.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o readwrite.wasm .
package main

import (
	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func main() {}

func init() { sdk.RegisterRouter("readwrite", setup) }

const (
	// shared are statements that change the session on every server,
	shared = abi.TypeSessionWrite | abi.TypeUserVarWrite | abi.TypeAutocommitOn | abi.TypeAutocommitOff |
		abi.TypeSetNames | abi.TypeUse
	// but not those that do more.
	notShared = abi.TypeWrite | abi.TypeGlobalVarWrite | abi.TypeMulti | abi.TypeAccount | abi.TypeCall |
		abi.TypeDDL | abi.TypeUnknown | abi.TypeNextTrx | abi.TypeBegin | abi.TypeCommit | abi.TypeRollback |
		abi.TypeXA | abi.TypeTempTable | abi.TypeLockTables | abi.TypeUnlockTables
	// After pins the session stays on the primary: it has something there that replicas lack.
	pins = abi.TypeTempTable | abi.TypeLockTables | abi.TypeHandler | abi.TypeCall | abi.TypeMulti | abi.TypeNextTrx
	// reads is what a plain read may be.
	reads = abi.TypeRead | abi.TypeUserVarRead | abi.TypeSysVarRead | abi.TypeShow | abi.TypeExplain
)

type router struct{ pinned bool }

func setup(o *sdk.Options) (sdk.Router, error) {
	o.AllCommands()
	o.Needs(abi.NeedSQL | abi.NeedClassify | abi.NeedTransaction)
	return &router{}, nil
}

// SessionReset implements sdk.ResetHandler.
func (r *router) SessionReset() { r.pinned = false }

// Route implements sdk.Router.
func (r *router) Route(q *sdk.Query) sdk.Verdict {
	switch q.Command() {
	case sdk.ComQuery, sdk.ComStmtExecute:
		return r.statement(q)
	case sdk.ComInitDB, sdk.ComSetOption, sdk.ComStmtPrepare:
		return everywhere()
	}
	return sdk.Any(abi.RolePrimary)
}

func (r *router) statement(q *sdk.Query) sdk.Verdict {
	r.pinned = r.pinned || q.Is(pins)
	if q.Is(shared) && !q.Is(notShared) {
		return everywhere()
	}
	if q.Is(abi.TypeLastInfo) && q.LastTarget() != abi.NoTarget {
		return sdk.One(q.LastTarget())
	}
	hint, _ := q.Hint()
	free := !r.pinned && !q.InTransaction() && q.Autocommit() && hint != abi.HintPrimary
	if _, ok := find(abi.TargetReplica); free && ok && q.Is(abi.TypeRead) && q.Type()&^reads == 0 {
		return sdk.Any(abi.RoleReplica)
	}
	return sdk.Any(abi.RolePrimary)
}

func everywhere() sdk.Verdict {
	if target, ok := find(abi.TargetPrimary); ok {
		return sdk.All(target)
	}
	return sdk.Any(abi.RolePrimary)
}

// find returns the first usable target that is all of the bits.
func find(bits uint32) (target uint32, ok bool) {
	list := sdk.Targets()
	for i := range list {
		if list[i].Is(bits) && list[i].Usable() {
			return list[i].Index(), true
		}
	}
	return 0, false
}
