/* trap fails in the way that a statement names. The tests look for the comments. */
#include "penstock.h"

static volatile int32_t zero;
static uint64_t left;

static bool setup(ps_options *o) {
	ps_commands(o, PS_COM_QUERY);
	return true;
}

__attribute__((noinline)) static int32_t divided(int32_t n) {
	return n / zero; // HERE: divide
}

static inline __attribute__((always_inline)) void inlined(ps_query *q) {
	if (ps_query_sql(q).len > 1)
		__builtin_trap(); // HERE: inlined
}

/* Loops and calls itself, so that there are checks of the meter around everything. */
__attribute__((noinline)) static uint64_t deep(ps_query *q, uint64_t n) {
	for (uint64_t i = 0; i < n; i++) {
		left += i;
		if (n == 3)
			left += *(volatile uint64_t *)0x7fffff00; // HERE: memory
		left += deep(q, n - 1); // HERE: recursion
	}
	return left;
}

static ps_verdict query(ps_query *q) {
	switch (ps_query_sql(q).at[0]) {
	case 'd':
		return ps_hold((uint32_t)divided(7)); // HERE: divide called
	case 'i':
		inlined(q); // HERE: inlined called
		break;
	case 'l':
		for (;;) left += zero; // HERE: loop
	case 'm':
		deep(q, 5); // HERE: deep called
	}
	return ps_pass();
}

PENSTOCK_PLUGINS({.name = "trap", .setup = setup, .query = query})
