package sql

import "github.com/penstock-db/penstock/wasm/abi"

// transaction classifies what begins and ends transactions.
func (c *classifier) transaction(verb keyword) (Class, bool) {
	switch verb {
	case kwBegin:
		switch {
		case c.ended():
			return Class{abi.TypeBegin, abi.OpBegin}, true
		case c.accept(kwWork):
			return c.last(abi.OpBegin, abi.TypeBegin), true
		}
		// BEGIN NOT ATOMIC … END, and Oracle mode's plain BEGIN … END.
		t := uint64(abi.TypeCall | abi.TypeWrite)
		if c.accept(kwNot) {
			c.accept(kwAtomic)
		} else {
			t |= abi.TypeUnknown
		}
		c.block(1)
		return Class{t, abi.OpBlock}, true
	case kwStart:
		if !c.accept(kwTransaction) { // START SLAVE, START REPLICA
			return c.skip(abi.OpOther, abi.TypeWrite), true
		}
		t := uint64(abi.TypeBegin)
		for ; !c.ended(); c.advance() {
			t |= c.access()
		}
		return Class{t, abi.OpBegin}, true
	case kwCommit:
		return c.end(abi.OpCommit, abi.TypeCommit), true
	case kwRollback:
		c.accept(kwWork)
		if c.accept(kwTo) {
			return c.skip(abi.OpRollback, abi.TypeSavepoint), true
		}
		return c.end(abi.OpRollback, abi.TypeRollback), true
	case kwSavepoint:
		return c.skip(abi.OpSavepoint, abi.TypeSavepoint), true
	case kwRelease:
		return c.skip(abi.OpReleaseSavepoint, abi.TypeSavepoint), true
	case kwXa:
		if c.tok.kw == kwRecover {
			return c.skip(abi.OpXA, abi.TypeXA|abi.TypePrimaryRead), true
		}
		return c.skip(abi.OpXA, abi.TypeXA|abi.TypeWrite), true
	}
	return Class{}, false
}

// access returns TypeReadOnly at the end of READ ONLY, TypeReadWrite of READ WRITE.
func (c *classifier) access() uint64 {
	if c.prev.kw == kwRead && c.tok.kw == kwOnly {
		return abi.TypeReadOnly
	}
	if c.prev.kw == kwRead && c.tok.kw == kwWrite {
		return abi.TypeReadWrite
	}
	return 0
}

// end reads the rest of COMMIT and ROLLBACK: AND CHAIN begins a transaction.
func (c *classifier) end(op abi.Operation, t uint64) Class {
	c.accept(kwWork)
	if c.accept(kwAnd) {
		if c.accept(kwNo) {
			c.accept(kwChain)
		} else if c.accept(kwChain) {
			t |= abi.TypeBegin
		}
	}
	c.accept(kwNo)
	c.accept(kwRelease)
	return c.last(op, t)
}

// control classifies what is about the session and the server.
func (c *classifier) control(verb keyword) (Class, bool) {
	switch verb {
	case kwUse:
		return c.skip(abi.OpUse, abi.TypeUse|abi.TypeSessionWrite), true
	case kwPrepare:
		return c.finish(abi.OpPrepare, abi.TypePrepareNamed|abi.TypeSessionWrite), true
	case kwExecute:
		c.relexes = true
		if c.accept(kwImmediate) {
			return c.finish(abi.OpExecute, abi.TypeUnknown|abi.TypeWrite), true
		}
		return c.finish(abi.OpExecute, abi.TypeExecuteNamed|abi.TypeWrite), true
	case kwDeallocate:
		return c.skip(abi.OpDeallocate, abi.TypeDeallocate|abi.TypeSessionWrite), true
	case kwKill:
		return c.finish(abi.OpKill, abi.TypeKill), true
	case kwLock:
		return c.skip(abi.OpLock, abi.TypeLockTables|abi.TypeWrite), true
	case kwUnlock:
		return c.skip(abi.OpUnlock, abi.TypeUnlockTables|abi.TypeWrite), true
	case kwGet:
		return c.finish(abi.OpOther, abi.TypeLastInfo|abi.TypeUserVarWrite), true
	case kwSignal, kwResignal:
		return c.skip(abi.OpOther, abi.TypeWrite), true
	case kwIf, kwWhile, kwLoop, kwRepeat, kwCase, kwFor:
		// MariaDB runs these outside of stored programs too.
		c.block(1)
		return Class{abi.TypeCall | abi.TypeWrite, abi.OpBlock}, true
	}
	return Class{}, false
}
