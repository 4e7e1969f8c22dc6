// readwrite: a router that sends plain reads to a replica and everything else to the
// primary. What changes the session goes to all servers.
//
// It is the least that is right. The built-in readwritesplit knows much more: read-only
// transactions, temporary tables by name, servers that are lost, state to hand over.

import { abi, findTarget, Options, Query, Router, router, Verdict } from "penstock-sdk";
export * from "penstock-sdk/exports";

/** Statements that change the session on every server. */
const SHARED = abi.TYPE_SESSION_WRITE | abi.TYPE_USER_VAR_WRITE | abi.TYPE_AUTOCOMMIT_ON | abi.TYPE_AUTOCOMMIT_OFF
  | abi.TYPE_SET_NAMES | abi.TYPE_USE;
/** But not those that do more. */
const NOT_SHARED = abi.TYPE_WRITE | abi.TYPE_GLOBAL_VAR_WRITE | abi.TYPE_MULTI | abi.TYPE_ACCOUNT | abi.TYPE_CALL | abi.TYPE_DDL
  | abi.TYPE_UNKNOWN | abi.TYPE_NEXT_TRX | abi.TYPE_BEGIN | abi.TYPE_COMMIT | abi.TYPE_ROLLBACK | abi.TYPE_XA
  | abi.TYPE_TEMP_TABLE | abi.TYPE_LOCK_TABLES | abi.TYPE_UNLOCK_TABLES;
/** After these the session stays on the primary: it has something there that replicas lack. */
const PINS = abi.TYPE_TEMP_TABLE | abi.TYPE_LOCK_TABLES | abi.TYPE_HANDLER | abi.TYPE_CALL | abi.TYPE_MULTI | abi.TYPE_NEXT_TRX;
/** What a plain read may be. */
const READS = abi.TYPE_READ | abi.TYPE_USER_VAR_READ | abi.TYPE_SYS_VAR_READ | abi.TYPE_SHOW | abi.TYPE_EXPLAIN;

class ReadWrite extends Router {
  pinned: bool = false;

  constructor(o: Options) {
    super();
    o.allCommands();
    o.needs(abi.NEED_SQL | abi.NEED_CLASSIFY | abi.NEED_TRANSACTION);
  }

  open(_reason: u32): string | null {
    this.sessionReset();
    return null;
  }

  sessionReset(): void {
    this.pinned = false;
  }

  route(q: Query): Verdict {
    switch (q.command) {
      case abi.COM_QUERY:
      case abi.COM_STMT_EXECUTE: return this.statement(q);
      case abi.COM_INIT_DB:
      case abi.COM_SET_OPTION:
      case abi.COM_STMT_PREPARE: return everywhere();
      default: return primary();
    }
  }

  statement(q: Query): Verdict {
    if (q.is(PINS)) this.pinned = true;
    if (q.is(SHARED) && !q.is(NOT_SHARED)) return everywhere();
    if (q.is(abi.TYPE_LAST_INFO)) return q.lastTarget == abi.NO_TARGET ? primary() : Verdict.one(q.lastTarget);
    const free = !this.pinned && !q.flag(abi.SESSION_IN_TRANSACTION) && q.flag(abi.SESSION_AUTOCOMMIT);
    const plain = q.is(abi.TYPE_READ) && !q.is(~READS) && q.hint != abi.HINT_PRIMARY;
    if (free && plain && findTarget(abi.TARGET_REPLICA) != abi.NO_TARGET) return Verdict.any(abi.ROLE_REPLICA);
    return primary();
  }
}

function primary(): Verdict {
  return Verdict.any(abi.ROLE_PRIMARY);
}

function everywhere(): Verdict {
  const target = findTarget(abi.TARGET_PRIMARY);
  return target == abi.NO_TARGET ? primary() : Verdict.all(target);
}

router("readwrite", (o) => new ReadWrite(o));
