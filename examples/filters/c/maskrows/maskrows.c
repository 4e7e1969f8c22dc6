/*
 * maskrows: what columns hold whose names match a pattern does not reach the client. Texts
 * become the mask, values of other types NULL; NULL stays NULL.
 *
 * Names are those that the server gives the result's columns: what an expression has made of a
 * column is another one. Cursors are refused, because their rows come without columns.
 *
 * Options: columns, a list of patterns with * and ?, required; mask, a text.
 *
 *	clang --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry,--stack-first \
 *		-I../../../../plugins/sdk/c -I../.. -o maskrows.wasm maskrows.c
 */
#include "penstock.h"

static ps_list patterns;
static ps_str mask;
static ps_buf masked; /* a byte for each column of the result: 1 if it is masked */
static bool any;
static ps_buf out;
static int32_t values;

static bool setup(ps_options *o) {
	patterns = ps_opt_strings(o, "columns");
	mask = ps_opt_str(o, "mask", "***");
	if (!patterns.n)
		ps_opt_fail(o, "columns", "is required: patterns of column names, such as \"*password*\"", ps_lit(""));
	ps_commands(o, PS_COM_QUERY);
	ps_commands(o, PS_COM_STMT_EXECUTE);
	ps_commands(o, PS_COM_STMT_BULK_EXECUTE);
	ps_commands(o, PS_COM_STMT_FETCH);
	ps_reply_level(o, PS_REPLY_ROWS);
	values = ps_metric(PS_METRIC_COUNTER, "values_masked");
	return true;
}

static ps_verdict query(ps_query *q) {
	if (ps_query_command(q) == PS_COM_STMT_FETCH)
		return ps_reject(1235, "42000", "maskrows: rows of a cursor cannot be masked");
	return ps_pass();
}

static bool matches(ps_str name) {
	for (size_t i = 0; i < patterns.n; i++)
		if (ps_like(patterns.at[i], name))
			return true;
	return false;
}

/* An alias does not unmask a column: its own name in the table counts too. */
static void columns(ps_reply *r) {
	ps_str rest = ps_reply_part(r);
	ps_definition d;
	ps_reset(&masked);
	any = false;
	while (ps_next_definition(&rest, &d)) {
		bool hit = matches(d.name) || matches(d.org_name);
		ps_add_byte(&masked, hit);
		any |= hit;
	}
}

static ps_verdict rows(ps_reply *r) {
	ps_str rest = ps_reply_part(r), payload;
	int64_t n = 0;
	ps_reset(&out);
	while (ps_next_packet(&rest, &payload, NULL)) {
		ps_row row = ps_row_begin(r, payload);
		ps_row_writer w = ps_row_write(r, &out);
		ps_field f;
		while (ps_row_next(&row, &f)) {
			bool hide = f.column < masked.len && masked.at[f.column] && !f.null;
			if (!hide)
				ps_write_field(&w, &f);
			else if (ps_is_text(f.type))
				ps_write_text(&w, mask);
			else
				ps_write_null(&w);
			n += hide;
		}
		ps_write_end(&w);
		if (!ps_row_whole(&row)) /* what cannot be read cannot be masked */
			return ps_reject(1105, NULL, "maskrows: a row does not fit its columns");
	}
	if (rest.len)
		return ps_reject(1105, NULL, "maskrows: a row is cut off");
	ps_metric_add(values, n);
	return ps_reply_replace(r, ps_of(&out));
}

static ps_verdict reply(ps_reply *r) {
	switch (ps_reply_phase(r)) {
	case PS_PHASE_COLUMNS:
		columns(r);
		break;
	case PS_PHASE_ROWS:
		return any ? rows(r) : ps_pass();
	}
	return ps_pass();
}

PENSTOCK_METADATA("maskrows.json")
PENSTOCK_PLUGINS({.name = "maskrows", .setup = setup, .query = query, .reply = reply})
