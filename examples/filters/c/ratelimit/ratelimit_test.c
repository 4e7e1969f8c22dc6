#include "ratelimit.c"
#include "penstock_test.h"

static int passed(int n) {
	int count = 0;
	while (n--)
		count += pst_query("SELECT 1", PS_TYPE_READ).action == PS_ACTION_PASS;
	return count;
}

int main(void) {
	PST_CHECK(strstr(pst_refusal("{}"), "tokens_per_second\" is required"));
	PST_CHECK(strstr(pst_refusal("{\"tokens_per_second\":0}"), "must be a whole number from 1 to 1000000, not 0"));

	pst_start("{\"tokens_per_second\":10,\"burst\":5}");
	PST_CHECK(passed(8) == 5);
	pst_result r = pst_query("SELECT 1", PS_TYPE_READ);
	PST_CHECK(r.code == 1226 && strcmp(r.state, "42000") == 0 && strstr(r.output.at, "too many"));
	pst.now += 250 * 1000000; /* two and a half */
	PST_CHECK(passed(4) == 2);
	pst.now += 50 * 1000000;
	PST_CHECK(passed(4) == 1);
	pst.now += 2 * HOUR;
	PST_CHECK(passed(8) == 5);

	/* Another user has a bucket of his own. */
	pst_fact("user", "other");
	pst_event(PS_EVENT_SESSION_RESET, 0, 0);
	PST_CHECK(passed(8) == 5);

	/* Nothing fails open. */
	pst_set(pst_kv("user/other"), "garbage", 7);
	PST_CHECK(pst_query("SELECT 1", 0).code == 1105);
	return pst_done();
}
