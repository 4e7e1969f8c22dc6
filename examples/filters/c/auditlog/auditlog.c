/*
 * auditlog: a line for each statement in the definition's first sink: who, in which
 * schema, which statement (its digest), how long it took, how many rows it gave.
 *
 *	clang --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry,--stack-first \
 *		-I../../../../plugins/sdk/c -I../.. -o auditlog.wasm auditlog.c
 */
#include "penstock.h"

static ps_buf user, schema, line;
static bool open; /* a statement whose reply has not ended */
static uint64_t digest;
static int32_t lost;

static bool setup(ps_options *o) {
	ps_commands(o, PS_COM_QUERY);
	ps_commands(o, PS_COM_STMT_EXECUTE);
	ps_needs(o, PS_NEED_DIGEST);
	ps_features(o, PS_FEATURE_SINKS);
	ps_reply_level(o, PS_REPLY_SUMMARY);
	lost = ps_metric(PS_METRIC_COUNTER, "lines_lost");
	return true;
}

/* The user is another one after COM_CHANGE_USER. */
static void who(void) {
	ps_reset(&user);
	ps_info("user", &user);
}

static bool begin(uint32_t reason) {
	(void)reason;
	open = false;
	who();
	return true;
}

static void put(const char *name, ps_str text) {
	ps_add_lit(&line, name);
	ps_add_json(&line, text);
}

/* finish writes the line. Without a reply nobody knows how the statement ended. */
static void finish(const ps_reply *r) {
	open = false;
	ps_reset(&line);
	put("{\"user\":", ps_of(&user));
	put(",\"schema\":", ps_of(&schema));
	ps_add_lit(&line, ",\"digest\":\"");
	ps_add_hex(&line, digest);
	ps_add_lit(&line, "\"");
	if (r) {
		ps_add_lit(&line, ",\"duration_us\":");
		ps_add_uint(&line, ps_reply_duration(r) / 1000);
		ps_add_lit(&line, ",\"rows\":");
		ps_add_uint(&line, ps_reply_rows(r));
		ps_add_lit(&line, ",\"errno\":");
		ps_add_uint(&line, ps_reply_errno(r));
	}
	ps_add_lit(&line, "}\n");
	if (ps_sink_write(0, ps_of(&line)) < 0)
		ps_metric_add(lost, 1);
}

static ps_verdict query(ps_query *q) {
	if (open)
		finish(NULL);
	open = true;
	digest = ps_query_digest(q);
	ps_reset(&schema);
	ps_info("schema", &schema);
	return ps_pass();
}

static ps_verdict reply(ps_reply *r) {
	if (open && ps_reply_phase(r) == PS_PHASE_SUMMARY)
		finish(r);
	return ps_pass();
}

static void end(uint32_t reason) {
	(void)reason;
	if (open)
		finish(NULL);
}

PENSTOCK_METADATA("auditlog.json")
PENSTOCK_PLUGINS({
	.name = "auditlog", .setup = setup, .open = begin, .query = query, .reply = reply, .reset = who, .close = end,
})
