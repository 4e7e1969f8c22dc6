#include "readwrite.c"
#include "penstock_test.h"

#define ANY(r, role) ((r).action == PS_ACTION_ANY && (r).arg == (role))

int main(void) {
	pst_start("{}");
	pst_target("one", PS_TARGET_RUNNING | PS_TARGET_PRIMARY);
	PST_CHECK(ANY(pst_query("SELECT 1", PS_TYPE_READ), PS_ROLE_PRIMARY)); /* there is no replica yet */
	pst_target("two", PS_TARGET_RUNNING | PS_TARGET_REPLICA);
	PST_CHECK(ANY(pst_query("SELECT 1", PS_TYPE_READ), PS_ROLE_REPLICA));
	PST_CHECK(ANY(pst_query("SELECT 1 FOR UPDATE", PS_TYPE_READ | PS_TYPE_PRIMARY_READ), PS_ROLE_PRIMARY));
	PST_CHECK(ANY(pst_query("DELETE FROM t", PS_TYPE_WRITE), PS_ROLE_PRIMARY));
	pst_command c = {.sql = "SELECT 1", .type = PS_TYPE_READ, .flags = PS_SESSION_AUTOCOMMIT | PS_SESSION_IN_TRANSACTION};
	PST_CHECK(ANY(pst_run(c), PS_ROLE_PRIMARY));
	c.flags = PS_SESSION_AUTOCOMMIT, c.hint = PS_HINT_PRIMARY;
	PST_CHECK(ANY(pst_run(c), PS_ROLE_PRIMARY));

	pst_result r = pst_query("SET NAMES utf8mb4", PS_TYPE_SESSION_WRITE | PS_TYPE_SET_NAMES);
	PST_CHECK(r.action == PS_ACTION_ALL && r.arg == 0);
	r = pst_query("SHOW WARNINGS", PS_TYPE_READ | PS_TYPE_LAST_INFO);
	PST_CHECK(r.action == PS_ACTION_ONE && r.arg == 0);

	PST_CHECK(ANY(pst_query("CREATE TEMPORARY TABLE x (a INT)", PS_TYPE_WRITE | PS_TYPE_DDL | PS_TYPE_TEMP_TABLE), PS_ROLE_PRIMARY));
	PST_CHECK(ANY(pst_query("SELECT * FROM x", PS_TYPE_READ), PS_ROLE_PRIMARY));
	pst_event(PS_EVENT_SESSION_RESET, 0, 0);
	PST_CHECK(ANY(pst_query("SELECT 1", PS_TYPE_READ), PS_ROLE_REPLICA));
	return pst_done();
}
