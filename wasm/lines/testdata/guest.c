/* A guest for the tests: functions that are inlined, some more than once, and a loop. */
int table[64];

static inline __attribute__((always_inline)) int clamp(int n, int least, int most) {
	if (n < least)
		return least;
	return n > most ? most : n;
}

static inline __attribute__((always_inline)) int at(int n) {
	return table[clamp(n, 0, 63)] / clamp(n - 5, -3, 3);
}

__attribute__((noinline)) static int sum(int from, int to) {
	int all = 0;
	for (int n = from; n < to; n++)
		all += at(n);
	return all;
}

__attribute__((export_name("run"))) int run(int n) {
	if (n < 0)
		__builtin_trap();
	return sum(0, n) + at(n);
}
