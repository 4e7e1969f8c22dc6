/*
 * penstock_test.h: a host for unit tests of plugins that are written with penstock.h.
 *
 * A test is an ordinary program of the machine that it runs on. It includes the plugin's
 * source and this header, in this order, and is built and run with
 *
 *	cc -o noddl_test noddl_test.c && ./noddl_test
 *
 *	#include "noddl.c"
 *	#include "penstock_test.h"
 *
 *	int main(void) {
 *		pst_start("{}");
 *		pst_result r = pst_query("DROP TABLE t", PS_TYPE_DDL | PS_TYPE_WRITE);
 *		PST_CHECK(r.action == PS_ACTION_REJECT && r.code == 1142);
 *		return pst_done();
 *	}
 *
 * The variable pst is what the host knows and has been told. A process has one
 * instance, as a module has, so a plugin's setup has to give its variables their first
 * values if a program starts it twice.
 */
#ifndef PENSTOCK_TEST_H
#define PENSTOCK_TEST_H

#include "penstock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_MOST 64 /* of each thing that the host remembers */

/* pst_bytes are bytes that the host owns, with a NUL behind them. */
typedef struct pst_bytes {
	char *at;
	size_t len;
} pst_bytes;

typedef struct pst_pair {
	pst_bytes key, value;
} pst_pair;

/* pst_host is a host. pst_start begins with a new one, whose values before `log` a test
 * may change then; those from `log` on are what the plugin did. */
typedef struct pst_host {
	const char *plugin;                /* the name that the definition wants */
	uint64_t features, now;            /* PS_FEATURE_*; the clock, which pst_start sets to one hour */
	uint32_t log_level;                /* lines above it are not wanted */
	pst_pair facts[PST_MOST];          /* for ps_info; see pst_fact */
	struct { const char *name; uint32_t status; int32_t lag; } targets[PST_MOST];
	uint32_t target_count, targets_version, current;
	pst_bytes state;                   /* what a predecessor handed over */
	bool has_state;

	pst_bytes log;                     /* lines, each ended by a newline */
	pst_bytes failure;                 /* what ps_fail said */
	pst_bytes sinks[16];
	pst_pair kv[PST_MOST];
	struct { char name[64]; int64_t value; } metrics[PST_MOST];
	uint32_t metric_count, timers[16]; /* milliseconds, 0: not set */
	pst_bytes built;                   /* the reply: "columns a b\nrow 1 NULL\n", "ok 1 0 0\n", "err 1064 42000 text\n" */

	pst_bytes options, payload, beyond, canonical, tables;
	uint64_t sequence;
	uint8_t command;
	uint32_t flags;
} pst_host;

static pst_host pst;
static int pst_failures;

/* PST_CHECK counts what is not so, and says where. */
#define PST_CHECK(what) ((what) ? (void)0 : (void)(pst_failures++, fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what)))

/* pst_done is what main returns. */
static inline int pst_done(void) {
	if (pst_failures)
		fprintf(stderr, "%d checks failed; the log is:\n%s", pst_failures, pst.log.at ? pst.log.at : "");
	return pst_failures != 0;
}

static inline void pst_append(pst_bytes *b, const void *at, size_t n) {
	b->at = (char *)realloc(b->at, b->len + n + 1);
	if (!b->at)
		abort();
	if (n)
		memcpy(b->at + b->len, at, n);
	b->len += n;
	b->at[b->len] = 0;
}
static inline void pst_set(pst_bytes *b, const void *at, size_t n) { b->len = 0; pst_append(b, at, n); }
static inline bool pst_is(const pst_bytes *b, const void *at, size_t n) { return b->at && b->len == n && memcmp(b->at, at, n) == 0; }

static inline pst_pair *pst_find(pst_pair *list, const void *key, size_t n, bool make) {
	for (int i = 0; i < PST_MOST; i++)
		if (pst_is(&list[i].key, key, n))
			return &list[i];
	for (int i = 0; make && i < PST_MOST; i++)
		if (!list[i].key.at) {
			pst_set(&list[i].key, key, n);
			return &list[i];
		}
	return 0;
}

/* pst_fact sets what ps_info returns for a key. */
static inline void pst_fact(const char *key, const char *value) {
	pst_set(&pst_find(pst.facts, key, strlen(key), true)->value, value, strlen(value));
}

/* pst_kv is the shared value of a key, NULL if there is none. */
static inline pst_bytes *pst_kv(const char *key) {
	pst_pair *p = pst_find(pst.kv, key, strlen(key), false);
	return p ? &p->value : 0;
}

/* pst_target adds a server. */
static inline void pst_target(const char *name, uint32_t status) {
	pst.targets[pst.target_count].name = name;
	pst.targets[pst.target_count].lag = -1;
	pst.targets[pst.target_count++].status = status;
	pst.targets_version++;
}

/* ---- Starting. ---- */

/* pst_new is a new host, and pst_init what it does with a definition's options; a test that wants
 * to change the host calls both, and pst_open, instead of pst_start. */
static inline void pst_new(void) {
	memset(&pst, 0, sizeof pst); /* a test's process is short: nothing is freed */
	pst.plugin = "";
	pst.features = PS_FEATURES;
	pst.now = 3600 * (uint64_t)1000000000;
	pst.log_level = PS_LOG_DEBUG;
	pst.current = PS_NO_TARGET;
	pst_fact("user", "app");
	pst_fact("host", "127.0.0.1");
	pst_fact("schema", "shop");
	pst_fact("service", "svc");
	pst_fact("session", "7");
}
static inline bool pst_init(const char *options) {
	pst_set(&pst.options, options, strlen(options));
	return ps_export_init((int64_t)pst.features, (int32_t)strlen(options)) > 0;
}
static inline bool pst_open(uint32_t reason) {
	ps_put64(ps_header + PS_HDR_NOW, pst.now);
	return ps_export_open((int32_t)reason) == PS_OK;
}

/* pst_start begins a session of the plugin with options in JSON. The program ends if it refuses. */
static inline void pst_start(const char *options) {
	pst_new();
	if (!pst_init(options) || !pst_open(PS_OPEN_NEW)) {
		fprintf(stderr, "the plugin refuses %s: %s\n", options, pst.failure.at ? pst.failure.at : "without a reason");
		exit(1);
	}
}

/* pst_refusal is why the plugin refuses the options, NULL if it takes them. */
static inline const char *pst_refusal(const char *options) {
	pst_new();
	return pst_init(options) ? 0 : pst.failure.at ? pst.failure.at : "";
}

static inline bool pst_subscribed(uint8_t command) { return ps_descriptor[PS_DESC_COMMANDS + command / 8] >> command % 8 & 1; }

/* ---- Commands. ---- */

/* pst_command is a command, with what the host computes for it. A zeroed one is a COM_QUERY
 * without text, with autocommit. */
typedef struct pst_command {
	uint8_t command;
	const char *sql;
	ps_str payload; /* instead of command byte and text */
	uint64_t type, digest;
	uint32_t operation, flags, statement_id, hint;
	const char *hint_server, *canonical;
} pst_command;

/* pst_result is a hook's answer and all that comes with it. */
typedef struct pst_result {
	uint8_t action; /* PS_ACTION_* */
	uint32_t arg;
	pst_bytes output; /* of the window and beyond: a command with its byte, packets, a message */
	uint32_t code, fallback, reply_level, hint;
	char state[6], hint_server[PS_MAX_HINT_NAME + 1];
} pst_result;

static inline pst_result pst_answer(int64_t verdict) {
	pst_result r;
	memset(&r, 0, sizeof r);
	r.action = (uint8_t)verdict;
	r.arg = (uint32_t)((uint64_t)verdict >> 32);
	r.code = ps_u32(ps_header + PS_HDR_ERRNO);
	r.fallback = ps_u32(ps_header + PS_HDR_FALLBACK);
	r.reply_level = ps_u32(ps_header + PS_HDR_REPLY_LEVEL);
	r.hint = ps_u32(ps_header + PS_HDR_HINT_KIND);
	memcpy(r.state, ps_header + PS_HDR_SQL_STATE, 5);
	memcpy(r.hint_server, ps_header + PS_HDR_HINT_NAME, ps_u32(ps_header + PS_HDR_HINT_LENGTH));
	pst_append(&r.output, "", 0);
	if (r.action == PS_ACTION_REPLACED || r.action == PS_ACTION_REJECT || r.action == PS_ACTION_CLOSE) {
		PST_CHECK(r.arg <= PS_MAX_WINDOW);
		pst_set(&r.output, ps_window, r.arg);
		pst_append(&r.output, pst.beyond.at, pst.beyond.len);
	}
	PST_CHECK(((uint32_t)verdict >> 8) == 0);
	if (r.action == PS_ACTION_ONE || r.action == PS_ACTION_ALL)
		pst.current = r.arg;
	return r;
}

static inline void pst_head(void) {
	memset(ps_header, 0, PS_HEADER_SIZE);
	ps_put32(ps_header + PS_HDR_SIZE, PS_HEADER_SIZE);
	ps_put64(ps_header + PS_HDR_SEQUENCE, pst.sequence);
	ps_header[PS_HDR_COMMAND] = pst.command;
	ps_put32(ps_header + PS_HDR_SESSION_FLAGS, pst.flags);
	ps_put64(ps_header + PS_HDR_NOW, pst.now);
	ps_put32(ps_header + PS_HDR_TARGETS, pst.targets_version);
	ps_put32(ps_header + PS_HDR_SERVER, pst.current);
	ps_put32(ps_header + PS_HDR_FALLBACK, PS_NO_TARGET);
	ps_put32(ps_header + PS_HDR_REPLY_LEVEL, PS_REPLY_KEEP);
}

static inline int32_t pst_place(ps_str payload) {
	size_t n = payload.len < PS_MAX_WINDOW ? payload.len : PS_MAX_WINDOW;
	pst_set(&pst.payload, payload.at, payload.len);
	pst_set(&pst.beyond, "", 0);
	memcpy(ps_window, pst.payload.at, n);
	if (n < payload.len)
		ps_put32(ps_header + PS_HDR_SESSION_FLAGS, pst.flags | PS_SESSION_TRUNCATED);
	return (int32_t)n;
}

/* pst_again calls the hook for a command, as after Hold; pst_run, for the next one. */
static inline pst_result pst_again(pst_command c) {
	pst_bytes payload = {0, 0};
	const char *sql = c.sql ? c.sql : "", *server = c.hint_server ? c.hint_server : "";
	pst.command = c.command ? c.command : PS_COM_QUERY;
	pst.flags = c.flags ? c.flags : PS_SESSION_AUTOCOMMIT;
	pst_set(&pst.built, "", 0);
	pst_set(&pst.canonical, c.canonical ? c.canonical : "", c.canonical ? strlen(c.canonical) : 0);
	pst_append(&payload, &pst.command, 1);
	pst_append(&payload, sql, strlen(sql));
	pst_head();
	ps_put64(ps_header + PS_HDR_TYPE, c.type);
	ps_put32(ps_header + PS_HDR_OPERATION, c.operation);
	ps_put64(ps_header + PS_HDR_DIGEST, c.digest);
	ps_put32(ps_header + PS_HDR_STATEMENT_ID, c.statement_id);
	if (!c.payload.at) {
		ps_put32(ps_header + PS_HDR_SQL_OFFSET, 1);
		ps_put32(ps_header + PS_HDR_SQL_LENGTH, (uint32_t)strlen(sql));
	}
	ps_put32(ps_header + PS_HDR_HINT_KIND, c.hint);
	ps_put32(ps_header + PS_HDR_HINT_LENGTH, (uint32_t)strlen(server));
	memcpy(ps_header + PS_HDR_HINT_NAME, server, strlen(server));
	int32_t n = pst_place(c.payload.at ? c.payload : ps_text(payload.at, payload.len));
	bool router = ps_u32(ps_descriptor + PS_DESC_KIND) == PS_KIND_ROUTER;
	return pst_answer(router ? ps_export_route(n, 0) : ps_export_query(n, 0));
}
static inline pst_result pst_run(pst_command c) { pst.sequence++; return pst_again(c); }

/* pst_query is pst_run for a statement of a type, PS_TYPE_*. */
static inline pst_result pst_query(const char *sql, uint64_t type) {
	pst_command c;
	memset(&c, 0, sizeof c);
	c.sql = sql;
	c.type = type;
	return pst_run(c);
}

/* ---- Replies and events. ---- */

/* pst_summary is what the header says about a reply. */
typedef struct pst_summary {
	uint32_t state, code, columns, status, server;
	uint64_t rows, bytes, affected, duration;
} pst_summary;

/* pst_reply calls the reply hook for a part of the last command's reply. */
static inline pst_result pst_reply(uint32_t phase, pst_summary s, ps_str part) {
	pst_head();
	ps_put32(ps_header + PS_HDR_REPLY_STATE, s.state);
	ps_put32(ps_header + PS_HDR_REPLY_ERRNO, s.code);
	ps_put32(ps_header + PS_HDR_COLUMNS, s.columns);
	ps_put32(ps_header + PS_HDR_SERVER_STATUS, s.status);
	ps_put32(ps_header + PS_HDR_SERVER, s.server);
	ps_put64(ps_header + PS_HDR_ROWS, s.rows);
	ps_put64(ps_header + PS_HDR_BYTES, s.bytes);
	ps_put64(ps_header + PS_HDR_AFFECTED, s.affected);
	ps_put64(ps_header + PS_HDR_DURATION, s.duration);
	return pst_answer(ps_export_reply((int32_t)phase, pst_place(part)));
}

/* pst_event calls the event hook: PS_EVENT_*. */
static inline pst_result pst_event(uint32_t kind, uint64_t a, uint64_t b) {
	pst_set(&pst.beyond, "", 0);
	ps_put64(ps_header + PS_HDR_NOW, pst.now);
	return pst_answer(ps_export_event((int32_t)kind, (int64_t)a, (int64_t)b));
}

/* pst_packet appends a framed packet, pst_column a column's definition. */
static inline void pst_packet(ps_buf *b, ps_str payload) {
	size_t at = ps_packet_begin(b);
	ps_add(b, payload);
	ps_packet_end(b, at);
}
static inline void pst_column(ps_buf *b, const char *name, uint8_t type) {
	size_t at = ps_packet_begin(b);
	const char *texts[] = {"def", "shop", "t", "t", name, name};
	for (int i = 0; i < 6; i++)
		ps_add_lenenc(b, ps_lit(texts[i]));
	ps_add_byte(b, 12);
	ps_add16(b, 45);
	ps_add32(b, 80);
	ps_add_byte(b, type);
	ps_add16(b, 0);
	ps_add_byte(b, 0);
	ps_add16(b, 0);
	ps_packet_end(b, at);
}

/* ---- The host's functions. ---- */

void *ps_host_grow(size_t n) {
	void *at = calloc(1, n + 15);
	if (!at)
		abort();
	return (void *)(((uintptr_t)at + 15) & ~(uintptr_t)15);
}
static inline int32_t pst_out(const pst_bytes *b, void *at, uint32_t cap) {
	if (b->len <= cap && b->len)
		memcpy(at, b->at, b->len);
	return (int32_t)b->len;
}
static inline int32_t pst_part(const pst_bytes *b, uint32_t off, void *at, uint32_t cap) {
	if (off > b->len)
		return PS_ERR_BAD_ARG;
	size_t n = b->len - off < cap ? b->len - off : cap;
	if (n)
		memcpy(at, b->at + off, n);
	return (int32_t)n;
}
int32_t ps_host_log(uint32_t level, const void *at, uint32_t len) {
	if (level <= pst.log_level) {
		pst_append(&pst.log, at, len);
		pst_append(&pst.log, "\n", 1);
	}
	return 0;
}
int32_t ps_host_log_enabled(uint32_t level) { return level <= pst.log_level; }
int32_t ps_host_config_read(uint32_t off, void *at, uint32_t cap) { return pst_part(&pst.options, off, at, cap); }
int32_t ps_host_plugin_name(void *at, uint32_t cap) {
	pst_bytes b = {(char *)pst.plugin, strlen(pst.plugin)};
	return pst_out(&b, at, cap);
}
int32_t ps_host_fail(const void *at, uint32_t len) { pst_set(&pst.failure, at, len); return 0; }
int32_t ps_host_payload_read(uint32_t off, void *at, uint32_t cap) { return pst_part(&pst.payload, off, at, cap); }
int32_t ps_host_payload_append(const void *at, uint32_t len) { pst_append(&pst.beyond, at, len); return 0; }
int32_t ps_host_info_get(const void *key, uint32_t key_len, void *at, uint32_t cap) {
	pst_pair *p = pst_find(pst.facts, key, key_len, false);
	return p ? pst_out(&p->value, at, cap) : PS_ERR_NOT_FOUND;
}
int32_t ps_host_sql_canonical(void *at, uint32_t cap) { return pst_out(&pst.canonical, at, cap); }
int32_t ps_host_sql_tables(void *at, uint32_t cap) { return pst_out(&pst.tables, at, cap); }
int32_t ps_host_targets_read(void *at, uint32_t cap) {
	uint32_t size = PS_TARGETS_HEAD_SIZE + pst.target_count * PS_TARGET_ENTRY_SIZE;
	uint8_t *t = (uint8_t *)at;
	if (size > cap)
		return (int32_t)size;
	memset(t, 0, size);
	ps_put32(t + PS_TARGETS_VERSION, pst.targets_version);
	ps_put32(t + PS_TARGETS_COUNT, pst.target_count);
	ps_put32(t + PS_TARGETS_ENTRY_SIZE, PS_TARGET_ENTRY_SIZE);
	ps_put32(t + PS_TARGETS_CURRENT, pst.current);
	t += PS_TARGETS_HEAD_SIZE;
	for (uint32_t i = 0; i < pst.target_count; i++, t += PS_TARGET_ENTRY_SIZE) {
		ps_put32(t + PS_TARGET_INDEX, i);
		ps_put32(t + PS_TARGET_STATUS, pst.targets[i].status);
		ps_put32(t + PS_TARGET_LAG, (uint32_t)pst.targets[i].lag);
		ps_put32(t + PS_TARGET_WEIGHT, 1);
		ps_put32(t + PS_TARGET_NAME_LENGTH, (uint32_t)strlen(pst.targets[i].name));
		memcpy(t + PS_TARGET_NAME, pst.targets[i].name, strlen(pst.targets[i].name));
	}
	return (int32_t)size;
}
int32_t ps_host_reply_ok(uint64_t affected, uint64_t insert_id, uint32_t warnings) {
	char line[80];
	pst_append(&pst.built, line, (size_t)snprintf(line, sizeof line, "ok %llu %llu %u\n",
		(unsigned long long)affected, (unsigned long long)insert_id, warnings));
	return 0;
}
int32_t ps_host_reply_err(uint32_t code, const void *state, const void *at, uint32_t len) {
	char line[40];
	pst_append(&pst.built, line, (size_t)snprintf(line, sizeof line, "err %u %.5s ", code, state ? (const char *)state : "HY000"));
	pst_append(&pst.built, at, len);
	pst_append(&pst.built, "\n", 1);
	return 0;
}
int32_t ps_host_reply_columns(const void *at, uint32_t len) {
	const char *b = (const char *)at + 2;
	(void)len;
	pst_append(&pst.built, "columns", 7);
	for (uint32_t n = ps_u16(at); n; n--, b += 5 + ps_u16(b + 3)) {
		pst_append(&pst.built, " ", 1);
		pst_append(&pst.built, b + 5, ps_u16(b + 3));
	}
	pst_append(&pst.built, "\n", 1);
	return 0;
}
int32_t ps_host_reply_row(const void *at, uint32_t len) {
	const char *b = (const char *)at, *end = b + len;
	pst_append(&pst.built, "row", 3);
	while (b < end) {
		uint32_t n = ps_u32(b);
		b += 4;
		pst_append(&pst.built, " ", 1);
		pst_append(&pst.built, n == PS_ROW_NULL ? "NULL" : b, n == PS_ROW_NULL ? 4 : n);
		b += n == PS_ROW_NULL ? 0 : n;
	}
	pst_append(&pst.built, "\n", 1);
	return 0;
}
int32_t ps_host_reply_append(const void *at, uint32_t len) { pst_append(&pst.built, at, len); return 0; }
int32_t ps_host_metric_define(uint32_t kind, const void *name, uint32_t len) {
	(void)kind;
	if (pst.metric_count == PST_MOST || len >= sizeof pst.metrics[0].name)
		return PS_ERR_QUOTA;
	memcpy(pst.metrics[pst.metric_count].name, name, len);
	return (int32_t)pst.metric_count++;
}
int32_t ps_host_metric_add(uint32_t id, int64_t delta) { pst.metrics[id].value += delta; return 0; }
int32_t ps_host_metric_set(uint32_t id, int64_t value) { pst.metrics[id].value = value; return 0; }
int32_t ps_host_metric_observe(uint32_t id, int64_t value) { return ps_host_metric_add(id, value); }
int32_t ps_host_kv_get(const void *key, uint32_t key_len, void *at, uint32_t cap) {
	pst_pair *p = pst_find(pst.kv, key, key_len, false);
	return p ? pst_out(&p->value, at, cap) : PS_ERR_NOT_FOUND;
}
int32_t ps_host_kv_set(const void *key, uint32_t key_len, const void *at, uint32_t len, int64_t ttl_ms,
	const void *expected, uint32_t expected_len) {
	pst_pair *p = pst_find(pst.kv, key, key_len, false);
	(void)ttl_ms;
	if (expected_len == PS_KV_ABSENT ? p != 0 : expected_len != PS_KV_ANY && p && !pst_is(&p->value, expected, expected_len))
		return PS_ERR_CAS_MISMATCH;
	if (expected_len < PS_KV_ABSENT && !p)
		return PS_ERR_NOT_FOUND;
	if (!p && !(p = pst_find(pst.kv, key, key_len, true)))
		return PS_ERR_QUOTA;
	pst_set(&p->value, at, len);
	return 0;
}
int32_t ps_host_kv_del(const void *key, uint32_t key_len) {
	pst_pair *p = pst_find(pst.kv, key, key_len, false);
	if (!p)
		return PS_ERR_NOT_FOUND;
	memset(p, 0, sizeof *p);
	return 0;
}
int32_t ps_host_kv_add(const void *key, uint32_t key_len, int64_t delta, int64_t ttl_ms, int64_t *sum) {
	pst_pair *p = pst_find(pst.kv, key, key_len, true);
	(void)ttl_ms;
	if (!p)
		return PS_ERR_QUOTA;
	*sum = (p->value.len == 8 ? (int64_t)ps_u64(p->value.at) : 0) + delta;
	pst_set(&p->value, sum, 8);
	return 0;
}
int32_t ps_host_timer_set(uint32_t id, uint32_t ms) { return id > 15 ? PS_ERR_BAD_ARG : (pst.timers[id] = ms, 0); }
int32_t ps_host_timer_cancel(uint32_t id) {
	if (id > 15 || !pst.timers[id])
		return PS_ERR_NOT_FOUND;
	pst.timers[id] = 0;
	return 0;
}
int32_t ps_host_sink_write(uint32_t id, const void *at, uint32_t len) {
	return id > 15 ? PS_ERR_NOT_FOUND : (pst_append(&pst.sinks[id], at, len), 0);
}
int32_t ps_host_state_read(void *at, uint32_t cap) { return pst.has_state ? pst_out(&pst.state, at, cap) : PS_ERR_NOT_FOUND; }
int32_t ps_host_tee(const void *service, uint32_t service_len, const void *at, uint32_t len) {
	(void)service, (void)service_len, (void)at, (void)len;
	return PS_ERR_UNSUPPORTED;
}
int32_t ps_host_call(const void *name, uint32_t name_len, const void *in, uint32_t in_len, void *out, uint32_t cap) {
	(void)name, (void)name_len, (void)in, (void)in_len, (void)out, (void)cap;
	return PS_ERR_UNSUPPORTED;
}
int32_t ps_host_random(void *at, uint32_t len) {
	for (uint32_t i = 0; i < len; i++)
		((char *)at)[i] = (char)rand();
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif
