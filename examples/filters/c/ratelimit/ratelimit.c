/*
 * ratelimit: a user has so many statements a second, over all of his sessions together.
 * What is left of them is in the values that the definition's sessions share.
 *
 * Options: tokens_per_second, required; burst, how many statements may come at once.
 *
 *	clang --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry,--stack-first \
 *		-I../../../../plugins/sdk/c -I../.. -o ratelimit.wasm ratelimit.c
 */
#include "penstock.h"

#define TOKEN 1000000 /* a statement; the bucket counts in millionths */
#define HOUR 3600000000000u

static uint64_t rate, burst;
static ps_buf user, old, value;
static int32_t rejected;

static bool setup(ps_options *o) {
	rate = (uint64_t)ps_opt_int(o, "tokens_per_second", 0, 1, 1000000);
	burst = (uint64_t)ps_opt_int(o, "burst", (int64_t)rate, 1, 1000000);
	if (!ps_opt_has(o, "tokens_per_second"))
		ps_opt_fail(o, "tokens_per_second", "is required: statements a second for each user, from 1 to 1000000", ps_lit(""));
	ps_commands(o, PS_COM_QUERY);
	ps_commands(o, PS_COM_STMT_EXECUTE);
	ps_features(o, PS_FEATURE_KV);
	rejected = ps_metric(PS_METRIC_COUNTER, "statements_rejected");
	return true;
}

static void who(void) {
	ps_reset(&user);
	ps_add_lit(&user, "user/");
	ps_info("user", &user);
}

static bool begin(uint32_t reason) {
	(void)reason;
	who();
	return true;
}

/* refill is what a bucket that had `left` at the time `at` has now. */
static uint64_t refill(uint64_t left, uint64_t at, uint64_t now) {
	uint64_t full = burst * TOKEN, passed = now > at ? now - at : 0;
	if (passed > HOUR)
		return full;
	left += passed * rate / 1000;
	return left < full ? left : full;
}

static ps_verdict query(ps_query *q) {
	uint64_t now = ps_now(), left, at;
	(void)q;
	for (int tries = 0; tries < 16; tries++) { /* until no other session was quicker */
		ps_reset(&old);
		ps_reset(&value);
		int32_t rc = ps_kv_get(ps_of(&user), &old);
		bool found = rc == 16;
		left = burst * TOKEN;
		at = now;
		if (found) {
			at = ps_u64(old.at + 8);
			left = refill(ps_u64(old.at), at, now);
			if (at < now)
				at = now;
		} else if (rc != PS_ERR_NOT_FOUND) {
			break;
		}
		if (left < TOKEN) {
			ps_metric_add(rejected, 1);
			return ps_reject(1226, "42000", "too many statements a second for this user");
		}
		ps_add64(&value, left - TOKEN);
		ps_add64(&value, at);
		rc = found ? ps_kv_swap(ps_of(&user), ps_of(&old), ps_of(&value), HOUR / 1000000)
			: ps_kv_create(ps_of(&user), ps_of(&value), HOUR / 1000000);
		if (rc == PS_OK)
			return ps_pass();
		if (rc != PS_ERR_CAS_MISMATCH && rc != PS_ERR_NOT_FOUND)
			break;
	}
	return ps_reject(1105, NULL, "ratelimit: the user's bucket cannot be kept");
}

PENSTOCK_METADATA("ratelimit.json")
PENSTOCK_PLUGINS({.name = "ratelimit", .setup = setup, .open = begin, .query = query, .reset = who})
