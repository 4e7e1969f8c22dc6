package abi

// ValueType is the type of a parameter or result.
type ValueType byte

// The value types that cross the boundary.
const (
	I32 ValueType = 0x7f
	I64 ValueType = 0x7e
)

// Func is the name and signature of an export or an import.
type Func struct {
	Name    string
	Params  []ValueType
	Results []ValueType
}

// Names of the exports.
const (
	ExportMemory     = "memory"
	ExportInitialize = "_initialize"
	ExportInit       = "ps_init"
	ExportOpen       = "ps_open"
	ExportQuery      = "ps_query"
	ExportRoute      = "ps_route"
	ExportReply      = "ps_reply"
	ExportEvent      = "ps_event"
	ExportClose      = "ps_close"
)

// Exports lists every function that a module may export to Penstock.
var Exports = []Func{
	{Module, nil, nil},
	{ExportInitialize, nil, nil},
	{ExportInit, []ValueType{I64, I32}, []ValueType{I32}},  // host features, length of the options
	{ExportOpen, []ValueType{I32}, []ValueType{I32}},       // reason
	{ExportQuery, []ValueType{I32, I32}, []ValueType{I64}}, // length in the window, flags (zero)
	{ExportRoute, []ValueType{I32, I32}, []ValueType{I64}},
	{ExportReply, []ValueType{I32, I32}, []ValueType{I64}},      // phase, length in the window
	{ExportEvent, []ValueType{I32, I64, I64}, []ValueType{I64}}, // kind, a, b
	{ExportClose, []ValueType{I32}, nil},                        // reason
}

// Imports lists every function of the import module. All return an i32: a true
// length, zero, or a negative Errno.
var Imports = []Func{
	imp("log", I32, I32, I32),                        // level, ptr, len
	imp("log_enabled", I32),                          // level
	imp("config_read", I32, I32, I32),                // off, ptr, cap: the bytes copied
	imp("plugin_name", I32, I32),                     // ptr, cap
	imp("fail", I32, I32),                            // ptr, len
	imp("payload_read", I32, I32, I32),               // off, ptr, cap: the bytes copied
	imp("payload_append", I32, I32),                  // ptr, len
	imp("info_get", I32, I32, I32, I32),              // key, len, ptr, cap
	imp("sql_canonical", I32, I32),                   // ptr, cap
	imp("sql_tables", I32, I32),                      // ptr, cap: names, each ended by a NUL
	imp("targets_read", I32, I32),                    // ptr, cap
	imp("reply_ok", I64, I64, I32),                   // affected rows, last insert id, warnings
	imp("reply_err", I32, I32, I32, I32),             // errno, SQLSTATE (5 bytes, 0: HY000), ptr, len
	imp("reply_columns", I32, I32),                   // ptr, len
	imp("reply_row", I32, I32),                       // ptr, len
	imp("reply_append", I32, I32),                    // ptr, len: framed packets
	imp("metric_define", I32, I32, I32),              // kind, name, len: the metric's id
	imp("metric_add", I32, I64),                      // id, delta
	imp("metric_set", I32, I64),                      // id, value
	imp("metric_observe", I32, I64),                  // id, value
	imp("kv_get", I32, I32, I32, I32),                // key, len, ptr, cap
	imp("kv_set", I32, I32, I32, I32, I64, I32, I32), // key, len, value, len, TTL in ms (0: none), expected, len (KVAny, KVAbsent)
	imp("kv_del", I32, I32),                          // key, len
	imp("kv_add", I32, I32, I64, I64, I32),           // key, len, delta, TTL in ms when created, ptr of the i64 result
	imp("timer_set", I32, I32),                       // id 0–15, ms
	imp("timer_cancel", I32),                         // id
	imp("sink_write", I32, I32, I32),                 // id, ptr, len
	imp("state_read", I32, I32),                      // ptr, cap
	imp("tee", I32, I32, I32, I32),                   // service, len, ptr, len
	imp("call", I32, I32, I32, I32, I32, I32),        // name, len, in, len, out, cap
}

func imp(name string, params ...ValueType) Func {
	return Func{Name: name, Params: params, Results: []ValueType{I32}}
}
