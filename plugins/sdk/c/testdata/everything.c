/*
 * everything: a filter that does each thing that the SDK can, when a statement says so. It
 * compiles as C11 and as C++17; the tests of the examples run it against a server.
 */
#include "penstock.h"

static ps_buf text, more;
static ps_answer answer;
static uint64_t commands, timers;
static int32_t seen, level, sizes;
static int64_t size, wait, items;
static bool flag;
static int word;
static ps_str name;

static bool setup(ps_options *o) {
	static const char *const words[] = {"red", "green"};
	ps_list list = ps_opt_strings(o, "list");
	name = ps_opt_str(o, "name", "nobody");
	size = ps_opt_size(o, "size", 1);
	wait = ps_opt_duration(o, "wait", 0);
	flag = ps_opt_bool(o, "flag", false);
	word = ps_opt_enum(o, "word", 0, words, 2);
	items = (int64_t)list.n;
	for (ps_options *t = ps_opt_tables(o, "tables"); t; t = t->next)
		items += ps_opt_int(t, "n", 0, 0, 1000);
	ps_commands(o, PS_COM_QUERY);
	ps_needs(o, PS_NEED_CANONICAL | PS_NEED_SQL | PS_NEED_HOLD);
	ps_features(o, PS_FEATURE_KV | PS_FEATURE_TIMERS | PS_FEATURE_METRICS | PS_FEATURE_SINKS);
	ps_on_failure(o, PS_FAILURE_RESTART);
	ps_wanted_text(o, ps_lit("'do "));
	seen = ps_metric(PS_METRIC_COUNTER, "statements_seen");
	level = ps_metric(PS_METRIC_GAUGE, "level");
	sizes = ps_metric(PS_METRIC_HISTOGRAM, "sizes");
	if (ps_eq(name, ps_lit("refuse")))
		return ps_fail(ps_lit("everything: asked to refuse"));
	return true;
}

static bool begin(uint32_t reason) {
	commands = timers = 0;
	if (reason != PS_OPEN_SWAP)
		return true;
	ps_reset(&text);
	if (!ps_handed_over(&text))
		return true;
	ps_reader r = ps_read_state(ps_of(&text), 1);
	commands = ps_read_number(&r);
	ps_str who = ps_read_text(&r);
	return (ps_read_end(&r) && ps_eq(who, ps_lit("everything"))) || ps_fail(ps_lit("everything: a strange state"));
}

static void detach(ps_buf *out) {
	ps_state_number(out, 1);
	ps_state_number(out, commands);
	ps_state_text(out, ps_lit("everything"));
}

static void diagnose(ps_buf *out) {
	ps_add_lit(out, "{\"commands\":");
	ps_add_uint(out, commands);
	ps_add_lit(out, "}");
}

static ps_verdict timer(uint32_t id) {
	timers += id;
	return ps_pass();
}

/* give answers with one row of one column. */
static ps_verdict give(ps_str value) {
	ps_column column = {"value", 0, 0};
	ps_answer_columns(&answer, &column, 1);
	ps_answer_row(&answer, &value, 1);
	return ps_answer_verdict(&answer);
}

static ps_verdict give_number(int64_t n) {
	ps_reset(&text);
	ps_add_int(&text, n);
	return give(ps_of(&text));
}

static bool says(ps_str sql, const char *what) {
	ps_str w = ps_lit(what);
	for (size_t i = 0; i < 64 && i + w.len <= sql.len; i++)
		if (ps_eq(ps_text(sql.at + i, w.len), w))
			return true;
	return false;
}

static ps_verdict query(ps_query *q) {
	ps_str sql = ps_query_sql(q);
	int64_t sum = 0;
	commands++;
	ps_metric_add(seen, 1);
	ps_reset(&text);
	if (says(sql, "'do rewrite'"))
		return ps_query_replace(q, ps_lit("SELECT 'rewritten'"));
	if (says(sql, "'do reject'"))
		return ps_reject(1142, "42000", "everything: asked to reject");
	if (says(sql, "'do rows'")) {
		ps_column columns[] = {{"n", PS_FIELD_LONG, 0}, {"name", 0, 0}};
		ps_str one[] = {ps_lit("1"), ps_lit("one")}, two[] = {ps_lit("2"), {0, 0}};
		ps_answer_columns(&answer, columns, 2);
		ps_answer_row(&answer, one, 2);
		ps_answer_row(&answer, two, 2);
		return ps_answer_verdict(&answer);
	}
	if (says(sql, "'do ok'")) {
		ps_answer_ok(&answer, 3, 7, 0);
		return ps_answer_verdict(&answer);
	}
	if (says(sql, "'do packets'")) {
		const uint8_t ok[] = {7, 0, 0, 0, /* a packet's head */ 0, 5, 9, 2, 0, 0, 0};
		ps_answer_packets(&answer, ps_text(ok, sizeof ok));
		return ps_answer_verdict(&answer);
	}
	if (says(sql, "'do metrics'")) {
		ps_metric_set(level, 50);
		ps_metric_add(level, -8);
		ps_metric_observe(sizes, 3);
		ps_metric_observe(sizes, 1000);
		return ps_pass();
	}
	if (says(sql, "'do error'")) {
		ps_answer_error(&answer, 1644, "45000", ps_lit("everything: asked for an error"));
		return ps_answer_verdict(&answer);
	}
	if (says(sql, "'do hint'")) {
		ps_query_set_hint(q, PS_HINT_PRIMARY, ps_lit(""));
		return ps_pass();
	}
	if (says(sql, "'do kv'")) {
		ps_str k = ps_lit("k"), a = ps_lit("a"), b = ps_lit("b");
		ps_kv_delete(k);
		if (ps_kv_get(k, &text) != PS_ERR_NOT_FOUND || ps_kv_swap(k, a, b, 0) != PS_ERR_NOT_FOUND ||
			ps_kv_create(k, a, 0) != PS_OK || ps_kv_create(k, b, 0) != PS_ERR_CAS_MISMATCH ||
			ps_kv_swap(k, b, a, 0) != PS_ERR_CAS_MISMATCH || ps_kv_swap(k, a, b, 0) != PS_OK ||
			ps_kv_get(k, &text) != 1 || !ps_eq(ps_of(&text), b) || ps_kv_set(k, a, 1000) != PS_OK)
			return ps_reject(1105, NULL, "everything: the shared values do not do what they should");
		ps_kv_add(ps_lit("sum"), 5, 0, &sum);
		return give_number(sum);
	}
	if (says(sql, "'do timer'")) {
		if (ps_timer_set(3, 1) < 0 || ps_timer_set(4, 60000) < 0 || ps_timer_cancel(4) < 0 || ps_timer_cancel(5) != PS_ERR_NOT_FOUND)
			return ps_reject(1105, NULL, "everything: the timers do not do what they should");
		return ps_pass();
	}
	if (says(sql, "'do timers'"))
		return give_number((int64_t)timers);
	if (says(sql, "'do state'"))
		return give_number((int64_t)commands);
	if (says(sql, "'do info'")) {
		ps_info("user", &text);
		ps_add_lit(&text, "@");
		ps_info("schema", &text);
		ps_add_lit(&text, ps_info("nothing", &text).len ? "?" : "");
		return give(ps_of(&text));
	}
	if (says(sql, "'do options'")) {
		ps_add(&text, name);
		const int64_t numbers[] = {size, wait, flag, word, items};
		for (int i = 0; i < 5; i++) {
			ps_add_byte(&text, ' ');
			ps_add_int(&text, numbers[i]);
		}
		return give(ps_of(&text));
	}
	if (says(sql, "'do canonical'"))
		return give(ps_query_canonical(q, &text));
	if (says(sql, "'do tables'")) {
		ps_query_tables(q, &text);
		return give(ps_text(text.at, text.len ? text.len - 1 : 0));
	}
	if (says(sql, "'do hold'")) {
		static uint64_t held;
		if (held == ps_query_sequence(q))
			return ps_pass();
		held = ps_query_sequence(q);
		return ps_hold(1);
	}
	if (says(sql, "'do whole'")) {
		ps_str all;
		return ps_query_whole(q, 1 << 20, &more, &all) ? give_number((int64_t)all.len) : ps_reject(1105, NULL, "everything: no whole statement");
	}
	if (says(sql, "'do sink'")) {
		ps_sink_write(0, ps_lit("everything was here\n"));
		return ps_pass();
	}
	if (says(sql, "'do log'")) {
		if (ps_log_enabled(PS_LOG_NOTICE))
			ps_log(PS_LOG_NOTICE, ps_lit("everything: a line of the log"));
		return ps_pass();
	}
	if (says(sql, "'do random'"))
		return give_number((int64_t)(ps_random() >> 1));
	if (says(sql, "'do extensions'"))
		return give_number(ps_tee(ps_lit("x"), sql) == PS_ERR_UNSUPPORTED && ps_call(ps_lit("x"), sql, NULL, 0) == PS_ERR_UNSUPPORTED);
	if (says(sql, "'do targets'"))
		return give_number((int64_t)ps_targets_fresh());
	if (says(sql, "'do panic'"))
		ps_panic("everything: asked to panic");
	if (says(sql, "'do close'"))
		return ps_close(1927, "08S01", "everything: asked to close");
	if (says(sql, "'do detach'"))
		return ps_detach();
	return ps_pass();
}

PENSTOCK_PLUGINS({.name = "everything", .setup = setup, .open = begin, .query = query, .timer = timer,
	.detach = detach, .diagnose = diagnose})
