/*
 * readwrite: a router that sends plain reads to a replica and everything else to the
 * primary. What changes the session goes to all servers.
 *
 * It is the least that is right. The built-in readwritesplit knows much more: read-only
 * transactions, temporary tables by name, servers that are lost, state to hand over.
 *
 *	clang --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry,--stack-first \
 *		-I../../../../plugins/sdk/c -I../.. -o readwrite.wasm readwrite.c
 */
#include "penstock.h"

/* Statements that read, and are nothing besides. */
#define NOT_SHARED (PS_TYPE_WRITE | PS_TYPE_GLOBAL_VAR_WRITE | PS_TYPE_MULTI | PS_TYPE_ACCOUNT | PS_TYPE_CALL | \
	PS_TYPE_DDL | PS_TYPE_UNKNOWN | PS_TYPE_NEXT_TRX | PS_TYPE_BEGIN | PS_TYPE_COMMIT | PS_TYPE_ROLLBACK | \
	PS_TYPE_XA | PS_TYPE_TEMP_TABLE | PS_TYPE_LOCK_TABLES | PS_TYPE_UNLOCK_TABLES)
#define SHARED (PS_TYPE_SESSION_WRITE | PS_TYPE_USER_VAR_WRITE | PS_TYPE_AUTOCOMMIT_ON | PS_TYPE_AUTOCOMMIT_OFF | \
	PS_TYPE_SET_NAMES | PS_TYPE_USE)
/* After these the session stays on the primary: it has something there that replicas lack. */
#define PINS (PS_TYPE_TEMP_TABLE | PS_TYPE_LOCK_TABLES | PS_TYPE_HANDLER | PS_TYPE_CALL | PS_TYPE_MULTI | PS_TYPE_NEXT_TRX)

static bool pinned;

static bool setup(ps_options *o) {
	ps_all_commands(o);
	ps_needs(o, PS_NEED_SQL | PS_NEED_CLASSIFY | PS_NEED_TRANSACTION);
	return true;
}

static bool begin(uint32_t reason) {
	(void)reason;
	pinned = false;
	return true;
}

static void reset(void) { pinned = false; }

static ps_verdict primary(void) { return ps_any(PS_ROLE_PRIMARY); }

static ps_verdict everywhere(void) {
	uint32_t target = ps_target_find(PS_TARGET_PRIMARY);
	return target == PS_NO_TARGET ? primary() : ps_all(target);
}

static ps_verdict statement(ps_query *q) {
	if (ps_query_is(q, PINS))
		pinned = true;
	if (ps_query_is(q, SHARED) && !ps_query_is(q, NOT_SHARED))
		return everywhere();
	if (ps_query_is(q, PS_TYPE_LAST_INFO) && ps_query_last_target(q) != PS_NO_TARGET)
		return ps_one(ps_query_last_target(q));
	bool free_to_go = !pinned && !ps_query_flag(q, PS_SESSION_IN_TRANSACTION) && ps_query_flag(q, PS_SESSION_AUTOCOMMIT);
	uint64_t reads = PS_TYPE_READ | PS_TYPE_USER_VAR_READ | PS_TYPE_SYS_VAR_READ | PS_TYPE_SHOW | PS_TYPE_EXPLAIN;
	if (free_to_go && ps_query_is(q, PS_TYPE_READ) && !ps_query_is(q, ~reads) &&
		ps_query_hint(q, NULL) != PS_HINT_PRIMARY && ps_target_find(PS_TARGET_REPLICA) != PS_NO_TARGET)
		return ps_any(PS_ROLE_REPLICA);
	return primary();
}

static ps_verdict route(ps_query *q) {
	switch (ps_query_command(q)) {
	case PS_COM_QUERY:
	case PS_COM_STMT_EXECUTE:
		return statement(q);
	case PS_COM_INIT_DB:
	case PS_COM_SET_OPTION:
	case PS_COM_STMT_PREPARE:
		return everywhere();
	}
	return primary();
}

PENSTOCK_METADATA("readwrite.json")
PENSTOCK_PLUGINS({.name = "readwrite", .setup = setup, .open = begin, .route = route, .reset = reset})
