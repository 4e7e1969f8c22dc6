package sql

import "github.com/penstock-db/penstock/wasm/abi"

// definition classifies what changes schemas, accounts and servers.
func (c *classifier) definition(verb keyword) (Class, bool) {
	const write = abi.TypeWrite
	switch verb {
	case kwCreate:
		return c.define(abi.OpCreate), true
	case kwAlter:
		return c.define(abi.OpAlter), true
	case kwDrop:
		if c.accept(kwPrepare) {
			return c.skip(abi.OpDeallocate, abi.TypeDeallocate|abi.TypeSessionWrite), true
		}
		return c.define(abi.OpDrop), true
	case kwRename:
		return c.define(abi.OpRename), true
	case kwTruncate:
		return c.skip(abi.OpTruncate, abi.TypeDDL|write), true
	case kwGrant:
		return c.skip(abi.OpGrant, abi.TypeAccount|write), true
	case kwRevoke:
		return c.skip(abi.OpRevoke, abi.TypeAccount|write), true
	case kwOptimize, kwRepair, kwCheck:
		return c.skip(abi.OpMaintain, write), true
	case kwChecksum:
		return c.skip(abi.OpMaintain, abi.TypeRead), true
	case kwFlush:
		one := Class{write, abi.OpFlush}
		for ; !c.ended(); c.advance() {
			if c.tok.kw == kwRead { // FLUSH TABLES WITH READ LOCK
				one.Type |= abi.TypeLockTables
			}
		}
		return one, true
	case kwReset:
		return c.skip(abi.OpReset, write), true
	case kwHelp:
		return c.skip(abi.OpHelp, abi.TypeRead), true
	case kwPurge, kwChange, kwStop, kwInstall, kwUninstall, kwBinlog, kwShutdown, kwRestart, kwImport, kwCache, kwClone, kwBackup:
		return c.skip(abi.OpOther, write), true
	}
	return Class{}, false
}

// define classifies CREATE, ALTER, DROP and RENAME by the kind of thing.
func (c *classifier) define(op abi.Operation) Class {
	for !c.ended() {
		switch c.tok.kw {
		case kwTemporary:
			t := uint64(abi.TypeTempTable | abi.TypeWrite)
			if c.prev.kw == kwGlobal { // every session sees a global temporary table's definition
				t |= abi.TypeDDL
			}
			return c.skip(op, t)
		case kwUser, kwRole:
			return c.skip(op, abi.TypeAccount|abi.TypeDDL|abi.TypeWrite)
		case kwProcedure, kwFunction, kwTrigger, kwEvent, kwPackage:
			if op == abi.OpDrop {
				return c.skip(op, abi.TypeDDL|abi.TypeWrite)
			}
			c.block(0)
			return Class{abi.TypeDDL | abi.TypeWrite, op}
		case kwTable, kwView, kwIndex, kwDatabase, kwSequence, kwTablespace, kwServer:
			return c.skip(op, abi.TypeDDL|abi.TypeWrite)
		}
		c.advance()
	}
	return Class{abi.TypeDDL | abi.TypeWrite, op}
}

// block reads a statement that holds statements, up to the semicolon that
// ends it and not those inside. open is how many blocks are open already.
func (c *classifier) block(open int) {
	depth := open
	starts := open > 0 // a statement may begin here
	for ; c.tok.kind != kindEnd; c.advance() {
		if c.tok.kind == kindSemicolon {
			if depth <= 0 {
				return
			}
			starts = true
			continue
		}
		began := starts
		starts = c.tok.is(':')
		switch c.tok.kw {
		case kwBegin:
			depth++
			starts = true
		case kwCase:
			if c.prev.kw != kwEnd {
				depth++
			}
		case kwIf, kwWhile, kwLoop, kwRepeat, kwFor:
			if c.prev.kw != kwEnd && (began || c.tok.kw == kwLoop) && !c.tok.is('(') {
				depth++
			}
			starts = c.tok.kw == kwLoop || c.tok.kw == kwRepeat
		case kwThen, kwElse, kwDo:
			starts = true
		case kwEnd:
			depth--
		}
	}
}
