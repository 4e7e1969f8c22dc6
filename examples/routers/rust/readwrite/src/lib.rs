//! readwrite: a router that sends plain reads to a replica and everything else to the
//! primary. What changes the session goes to all servers.
//!
//! It is the least that is right. The built-in readwritesplit knows much more: read-only
//! transactions, temporary tables by name, servers that are lost, state to hand over.

use penstock_sdk::{abi, find_target, Hint, OpenReason, Options, Plugin, Query, Role, Router, Verdict};

struct ReadWrite {
    pinned: bool,
}

/// Statements that change the session on every server.
const SHARED: u64 = abi::TYPE_SESSION_WRITE
    | abi::TYPE_USER_VAR_WRITE
    | abi::TYPE_AUTOCOMMIT_ON
    | abi::TYPE_AUTOCOMMIT_OFF
    | abi::TYPE_SET_NAMES
    | abi::TYPE_USE;
/// But not those that do more.
const NOT_SHARED: u64 = abi::TYPE_WRITE
    | abi::TYPE_GLOBAL_VAR_WRITE
    | abi::TYPE_MULTI
    | abi::TYPE_ACCOUNT
    | abi::TYPE_CALL
    | abi::TYPE_DDL
    | abi::TYPE_UNKNOWN
    | abi::TYPE_NEXT_TRX
    | abi::TYPE_BEGIN
    | abi::TYPE_COMMIT
    | abi::TYPE_ROLLBACK
    | abi::TYPE_XA
    | abi::TYPE_TEMP_TABLE
    | abi::TYPE_LOCK_TABLES
    | abi::TYPE_UNLOCK_TABLES;
/// After these the session stays on the primary: it has something there that replicas lack.
const PINS: u64 = abi::TYPE_TEMP_TABLE
    | abi::TYPE_LOCK_TABLES
    | abi::TYPE_HANDLER
    | abi::TYPE_CALL
    | abi::TYPE_MULTI
    | abi::TYPE_NEXT_TRX;
/// What a plain read may be.
const READS: u64 = abi::TYPE_READ
    | abi::TYPE_USER_VAR_READ
    | abi::TYPE_SYS_VAR_READ
    | abi::TYPE_SHOW
    | abi::TYPE_EXPLAIN;

impl Plugin for ReadWrite {
    fn new(o: &mut Options) -> Result<Self, String> {
        o.all_commands();
        o.needs(abi::NEED_SQL | abi::NEED_CLASSIFY | abi::NEED_TRANSACTION);
        Ok(ReadWrite { pinned: false })
    }

    fn open(&mut self, _: OpenReason) -> Result<(), String> {
        self.session_reset();
        Ok(())
    }

    fn session_reset(&mut self) {
        self.pinned = false;
    }
}

impl Router for ReadWrite {
    fn route(&mut self, q: &mut Query) -> Verdict {
        match q.command() {
            abi::COM_QUERY | abi::COM_STMT_EXECUTE => self.statement(q),
            abi::COM_INIT_DB | abi::COM_SET_OPTION | abi::COM_STMT_PREPARE => everywhere(),
            _ => primary(),
        }
    }
}

fn primary() -> Verdict {
    Verdict::Any(Role::Primary)
}

fn everywhere() -> Verdict {
    find_target(abi::TARGET_PRIMARY).map_or_else(primary, Verdict::All)
}

impl ReadWrite {
    fn statement(&mut self, q: &Query) -> Verdict {
        self.pinned |= q.is(PINS);
        if q.is(SHARED) && !q.is(NOT_SHARED) {
            return everywhere();
        }
        if q.is(abi::TYPE_LAST_INFO) {
            return q.last_target().map_or_else(primary, Verdict::One);
        }
        let free = !self.pinned && !q.flag(abi::SESSION_IN_TRANSACTION) && q.flag(abi::SESSION_AUTOCOMMIT);
        let plain = q.is(abi::TYPE_READ) && !q.is(!READS) && q.hint(|h| h != Hint::Primary);
        if free && plain && find_target(abi::TARGET_REPLICA).is_some() {
            return Verdict::Any(Role::Replica);
        }
        primary()
    }
}

penstock_sdk::metadata!("../../readwrite.json");
penstock_sdk::plugins! { router "readwrite" => ReadWrite }

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_sdk::testing::{host, Answer, Command, Session};

    const PRIMARY: (u8, u32) = (abi::ACTION_ANY, abi::ROLE_PRIMARY);
    const REPLICA: (u8, u32) = (abi::ACTION_ANY, abi::ROLE_REPLICA);

    fn way(a: Answer) -> (u8, u32) {
        (a.action, a.argument)
    }

    fn target(name: &str, role: u32) {
        host(|h| {
            h.targets.push((name.into(), abi::TARGET_RUNNING | role));
            h.targets_version += 1;
        })
    }

    #[test]
    fn where_statements_go() {
        let mut s = Session::router::<ReadWrite>("{}");
        target("one", abi::TARGET_PRIMARY);
        assert_eq!(way(s.query("SELECT 1", abi::TYPE_READ)), PRIMARY); // there is no replica yet
        target("two", abi::TARGET_REPLICA);
        assert_eq!(way(s.query("SELECT 1", abi::TYPE_READ)), REPLICA);
        assert_eq!(way(s.query("SELECT 1 FOR UPDATE", abi::TYPE_READ | abi::TYPE_PRIMARY_READ)), PRIMARY);
        assert_eq!(way(s.query("DELETE FROM t", abi::TYPE_WRITE)), PRIMARY);
        let read = Command { sql: "SELECT 1", types: abi::TYPE_READ, ..Command::default() };
        let flags = abi::SESSION_AUTOCOMMIT | abi::SESSION_IN_TRANSACTION;
        assert_eq!(way(s.run(Command { flags, ..read.clone() })), PRIMARY);
        assert_eq!(way(s.run(Command { hint: abi::HINT_PRIMARY, ..read.clone() })), PRIMARY);

        let set = abi::TYPE_SESSION_WRITE | abi::TYPE_SET_NAMES;
        assert_eq!(way(s.query("SET NAMES utf8mb4", set)), (abi::ACTION_ALL, 0));
        assert_eq!(way(s.query("SHOW WARNINGS", abi::TYPE_READ | abi::TYPE_LAST_INFO)), (abi::ACTION_ONE, 0));

        let create = abi::TYPE_WRITE | abi::TYPE_DDL | abi::TYPE_TEMP_TABLE;
        assert_eq!(way(s.query("CREATE TEMPORARY TABLE x (a INT)", create)), PRIMARY);
        assert_eq!(way(s.run(read.clone())), PRIMARY);
        s.event(abi::EVENT_SESSION_RESET, 0, 0);
        assert_eq!(way(s.run(read)), REPLICA);
    }
}
