// A guest with some of everything that a C compiler makes: data that changes,
// tables of functions, switches, recursion, floats, vectors, memory that grows.
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

static u32 calls = 3;
static u8 text[] = "the quick brown fox jumps over the lazy dog";
static float weights[64];
static u32 grid[16][16];

static u64 mix(u64 h, u64 v) {
	h ^= v + 0x9e3779b97f4a7c15ull + (h << 6) + (h >> 2);
	return h * 0xff51afd7ed558ccdull;
}

static u64 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static u32 collatz(u32 n) {
	u32 steps = 0;
	for (; n != 1; steps++)
		n = n & 1 ? 3 * n + 1 : n / 2;
	return steps;
}

static u64 rotate(u32 n) {
	u32 length = sizeof text - 1;
	for (u32 k = 0; k < n % 5; k++) {
		u8 first = text[0];
		__builtin_memmove(text, text + 1, length - 1);
		text[length - 1] = first;
	}
	u64 h = n;
	for (u32 k = 0; k < length; k++)
		h = mix(h, text[k]);
	return h;
}

static u64 weigh(u32 n) {
	float sum = 0;
	for (u32 k = 0; k < 64; k++)
		weights[k] = weights[k] * 0.5f + (float)(k * n);
	for (u32 k = 0; k < 64; k++)
		sum += weights[k];
	return (u64)sum;
}

static u64 life(u32 n) {
	u32 next[16][16];
	grid[n % 16][1] = grid[n % 16][2] = grid[n % 16][3] = 1;
	for (u32 y = 0; y < 16; y++)
		for (u32 x = 0; x < 16; x++) {
			u32 around = 0;
			for (u32 k = 0; k < 9; k++)
				if (k != 4)
					around += grid[(y + k / 3 + 15) % 16][(x + k % 3 + 15) % 16];
			next[y][x] = around == 3 || (around == 2 && grid[y][x]);
		}
	u64 h = 0;
	for (u32 y = 0; y < 16; y++)
		for (u32 x = 0; x < 16; x++)
			h = mix(h, grid[y][x] = next[y][x]);
	return h;
}

static u64 grow(u32 n) {
	u32 at = __builtin_wasm_memory_size(0) * 65536;
	if (n % 3 == 0 && __builtin_wasm_memory_grow(0, 1) == (unsigned long)-1)
		return 0;
	__builtin_memset((u8 *)at - 100, n, 50);
	return at;
}

static u64 choose(u32 n) {
	switch (n % 7) {
	case 0: return n + 1;
	case 1: return n * 2;
	case 2: return n ^ 77;
	case 4: return fib(n % 15);
	case 5: return (u64)n << 40;
	default: return collatz(n + 1);
	}
}

static u64 (*volatile steps[])(u32) = {rotate, weigh, life, grow, choose};

__attribute__((export_name("run"))) u64 run(u32 n) {
	u64 h = calls++;
	for (u32 k = 0; k < 20; k++)
		h = mix(h, steps[(n + k) % 5](n * 31 + k));
	return h;
}

// The compiler's own calls of these come here.
void *memset(void *to, int c, unsigned long n) {
	for (volatile u8 *p = to; n > 0; n--)
		*p++ = c;
	return to;
}
void *memcpy(void *to, const void *from, unsigned long n) {
	volatile u8 *p = to;
	for (const u8 *q = from; n > 0; n--)
		*p++ = *q++;
	return to;
}
void *memmove(void *to, const void *from, unsigned long n) {
	volatile u8 *p = to;
	const u8 *q = from;
	if (p < q)
		return memcpy(to, from, n);
	while (n-- > 0)
		p[n] = q[n];
	return to;
}
