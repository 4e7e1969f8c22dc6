// A filter that attacks its host. A command that has "attack:" in it is
// followed by one letter that says how; every other command passes.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("penstock_v1"), import_name(#name))) extern int name
#define EXPORT(name) __attribute__((export_name(#name)))

IMPORT(log)(u32 level, const void *p, u32 n);
IMPORT(payload_append)(const void *p, u32 n);
IMPORT(payload_read)(u32 off, void *p, u32 n);
IMPORT(reply_columns)(const void *p, u32 n);
IMPORT(reply_row)(const void *p, u32 n);
IMPORT(reply_append)(const void *p, u32 n);
IMPORT(metric_define)(u32 kind, const void *p, u32 n);
IMPORT(kv_set)(const void *k, u32 kn, const void *v, u32 vn, u64 ttl, const void *e, u32 en);
IMPORT(timer_set)(u32 id, u32 ms);
IMPORT(sql_tables)(void *p, u32 n);
IMPORT(sql_canonical)(void *p, u32 n);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write"))) extern int fd_write(
	u32 fd, const void *iovs, u32 n, u32 *written);

enum { PASS, REPLACED, REPLY, REJECT, HOLD, CLOSE, DETACH };
enum { WINDOW = 16384, PAGE = 65536 };

static u8 window[WINDOW];
static u8 header[256] __attribute__((aligned(8)));
static u8 big[PAGE];
static u32 flooding; // timers are set again when they fire
static volatile u32 sink;

static struct {
	u32 size, kind, minor, window, window_cap, header, header_cap, needs;
	u64 features;
	u32 reply_level, on_failure;
	u8 commands[32];
	u32 events, reserved[3];
} descriptor;

EXPORT(penstock_v1) void marker(void) {}

EXPORT(ps_init) void *init(u64 features, u32 options) {
	descriptor.size = sizeof descriptor;
	descriptor.kind = 1;
	descriptor.window = (u32)window;
	descriptor.window_cap = WINDOW;
	descriptor.header = (u32)header;
	descriptor.header_cap = sizeof header;
	descriptor.needs = 1 | 32; // SQL, HOLD
	descriptor.commands[0] = 1 << 3; // COM_QUERY
	descriptor.events = 1 << 1;      // timers
	return &descriptor;
}

static u64 verdict(u32 action, u32 argument) { return action | (u64)argument << 32; }

static u32 number(u8 *p, u32 n) {
	u32 digits = 1;
	for (u32 m = n; m > 9; m /= 10)
		digits++;
	for (u32 k = digits; k-- > 0; n /= 10)
		p[k] = '0' + n % 10;
	return digits;
}

static u32 dig(u32 n) {
	sink = n;
	return dig(n + 1) + sink;
}

// chase waits for memory that is in no cache, as often as it can.
static void chase(void) {
	enum { LINES = 1 << 18 };
	u32 base = __builtin_wasm_memory_grow(0, LINES / 1024);
	if (base == (u32)-1)
		return;
	base *= PAGE;
#define LINE(k) (base + ((k) * 121509 & (LINES - 1)) * 64)
	for (u32 k = 0; k < LINES; k++)
		*(u32 *)LINE(k) = LINE(k + 1);
	for (u32 *p = (u32 *)base;;) {
#define NEXT p = *(u32 **)p;
#define NEXT8 NEXT NEXT NEXT NEXT NEXT NEXT NEXT NEXT
		NEXT8 NEXT8 NEXT8 NEXT8
		sink = (u32)p;
	}
}

// take_all grows the memory as far as it gets and returns how much there is.
static u32 take_all(void) {
	while (__builtin_wasm_memory_grow(0, 1) != (u32)-1)
		;
	return __builtin_wasm_memory_size(0) * PAGE;
}

EXPORT(ps_event) u64 event(u32 kind, u64 a, u64 b) {
	if (flooding)
		timer_set(a, 0);
	return PASS;
}

static u64 attack(u8 what, u32 n) {
	static const u8 column[] = {1, 0, 253, 0, 0, 1, 0, 'c'};
	switch (what) {
	case 'l': // an endless loop
		for (;;)
			sink++;
	case 'r': // endless recursion
		return dig(n);
	case 'c': // a loop that is slow for its instructions
		chase();
		return PASS;
	case 'm': // all memory, then death
		take_all();
		__builtin_trap();
	case 'f': // fills all memory, over and over
		for (u32 all = take_all() - (u32)big;;)
			__builtin_memset(big, sink++, all);
	case 'w': // writes all memory, and lives
		for (u32 end = take_all(), p = (u32)big; p < end; p += 512)
			*(u32 *)p = n + p;
		return PASS;
	case 'u': // a trap
		__builtin_trap();
	case 'v': // a verdict that does not exist
		return 77;
	case 'g': // logs without end
		for (;;)
			log(1, big, sizeof big);
	case 'o': { // writes to standard error without end: every second byte ends a line
		for (u32 k = 0; k < sizeof big; k++)
			big[k] = k & 1 ? '\n' : 'x';
		struct { const u8 *p; u32 n; } iov = {big, sizeof big};
		for (u32 written;;)
			fd_write(2, &iov, 1, &written);
	}
	case 'k': // fills the key-value store
		for (u32 k = 0;; k++)
			kv_set(big, number(big, k), big, sizeof big / 2, 0, 0, -1);
	case 'n': // defines metrics without end
		for (u32 k = 0;; k++) {
			window[0] = 'm';
			metric_define(1 + k % 3, window, 1 + number(window + 1, k));
		}
	case 't': // timers that fire at once and set themselves again
		flooding = 1;
		for (u32 k = 0; k < 16; k++)
			timer_set(k, 0);
		return PASS;
	case 's': // has the statement taken apart without end
		for (;;)
			sql_tables(big, 0), sql_canonical(big, 0);
	case 'p': // a reply of packets that are none
		reply_append("\xff\xff\xff\x07garbage", 11);
		return REPLY;
	case 'q': // a reply that ends in the middle of a packet
		reply_append("\x07\x00\x00\x00\x00\x00", 6);
		return REPLY;
	case 'h': // a result set without rows or an end
		reply_append("\x01\x00\x00\x01\x01", 5);
		return REPLY;
	case 'e': // no reply at all
		return REPLY;
	case 'b': // a reply larger than allowed
		reply_columns(column, sizeof column);
		*(u32 *)big = sizeof big - 4;
		while (reply_row(big, sizeof big) == 0)
			;
		return REPLY;
	case 'x': // a command without a first byte
		return verdict(REPLACED, 0);
	case 'y': // a command that does not exist
		for (u32 k = 0; k < WINDOW; k++)
			window[k] = 0xfe;
		return verdict(REPLACED, WINDOW);
	case 'z': // a command of another kind: COM_QUIT
		window[0] = 1;
		return verdict(REPLACED, 1);
	case 'j': // a statement as long as can be
		__builtin_memset(big, ' ', sizeof big);
		while (payload_append(big, sizeof big) == 0)
			;
		window[0] = 3;
		__builtin_memcpy(window + 1, "SELECT 1 /*", 11);
		return verdict(REPLACED, 12);
	}
	return PASS;
}

EXPORT(ps_query) u64 query(u32 n, u32 flags) {
	static const u8 word[] = "attack:";
	if (n > 64)
		n = 64;
	for (u32 at = 0; at + sizeof word <= n; at++)
		for (u32 k = 0; window[at + k] == word[k];)
			if (++k == sizeof word - 1)
				return attack(window[at + k], n);
	return PASS;
}
