#include "auditlog.c"
#include "penstock_test.h"

int main(void) {
	pst_start("{}");
	pst_command c = {.sql = "SELECT 1", .digest = 0xabc};
	PST_CHECK(pst_run(c).action == PS_ACTION_PASS);
	pst_summary s = {.state = PS_REPLY_STATE_RESULT, .rows = 3, .duration = 2500000};
	PST_CHECK(pst_reply(PS_PHASE_SUMMARY, s, ps_lit("")).action == PS_ACTION_PASS);
	PST_CHECK(strcmp(pst.sinks[0].at, "{\"user\":\"app\",\"schema\":\"shop\",\"digest\":\"0000000000000abc\","
		"\"duration_us\":2500,\"rows\":3,\"errno\":0}\n") == 0);

	/* What never had a reply is written all the same, and the user is the one of the moment. */
	pst_set(&pst.sinks[0], "", 0);
	pst_fact("user", "o\"brien");
	pst_event(PS_EVENT_SESSION_RESET, 0, 0);
	pst_run(c);
	ps_export_close(PS_CLOSE_SESSION_END);
	PST_CHECK(strcmp(pst.sinks[0].at, "{\"user\":\"o\\\"brien\",\"schema\":\"shop\",\"digest\":\"0000000000000abc\"}\n") == 0);

	PST_CHECK(strcmp(pst_refusal("{\"file\":1}"), "auditlog: unknown option \"file\"; allowed: ") == 0);
	return pst_done();
}
