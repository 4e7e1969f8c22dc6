// The imports, under their own names; docs/abi.md says what each does. Nobody but the SDK needs them.
@external("penstock_v1", "log")
export declare function log(level: u32, at: usize, length: i32): i32;
@external("penstock_v1", "log_enabled")
export declare function log_enabled(level: u32): i32;
@external("penstock_v1", "config_read")
export declare function config_read(off: i32, out: usize, cap: i32): i32;
@external("penstock_v1", "plugin_name")
export declare function plugin_name(out: usize, cap: i32): i32;
@external("penstock_v1", "fail")
export declare function fail(at: usize, length: i32): i32;
@external("penstock_v1", "payload_read")
export declare function payload_read(off: i32, out: usize, cap: i32): i32;
@external("penstock_v1", "payload_append")
export declare function payload_append(at: usize, length: i32): i32;
@external("penstock_v1", "info_get")
export declare function info_get(key: usize, keyLength: i32, out: usize, cap: i32): i32;
@external("penstock_v1", "sql_canonical")
export declare function sql_canonical(out: usize, cap: i32): i32;
@external("penstock_v1", "sql_tables")
export declare function sql_tables(out: usize, cap: i32): i32;
@external("penstock_v1", "targets_read")
export declare function targets_read(out: usize, cap: i32): i32;
@external("penstock_v1", "reply_ok")
export declare function reply_ok(affected: u64, insertId: u64, warnings: u32): i32;
@external("penstock_v1", "reply_err")
export declare function reply_err(errno: u32, state: usize, at: usize, length: i32): i32;
@external("penstock_v1", "reply_columns")
export declare function reply_columns(at: usize, length: i32): i32;
@external("penstock_v1", "reply_row")
export declare function reply_row(at: usize, length: i32): i32;
@external("penstock_v1", "reply_append")
export declare function reply_append(at: usize, length: i32): i32;
@external("penstock_v1", "metric_define")
export declare function metric_define(kind: u32, name: usize, length: i32): i32;
@external("penstock_v1", "metric_add")
export declare function metric_add(id: i32, delta: i64): i32;
@external("penstock_v1", "metric_set")
export declare function metric_set(id: i32, value: i64): i32;
@external("penstock_v1", "metric_observe")
export declare function metric_observe(id: i32, value: i64): i32;
@external("penstock_v1", "kv_get")
export declare function kv_get(key: usize, keyLength: i32, out: usize, cap: i32): i32;
@external("penstock_v1", "kv_set")
export declare function kv_set(key: usize, keyLength: i32, at: usize, length: i32, ttl: i64, old: usize, oldLength: u32): i32;
@external("penstock_v1", "kv_del")
export declare function kv_del(key: usize, keyLength: i32): i32;
@external("penstock_v1", "kv_add")
export declare function kv_add(key: usize, keyLength: i32, delta: i64, ttl: i64, sum: usize): i32;
@external("penstock_v1", "timer_set")
export declare function timer_set(id: u32, ms: u32): i32;
@external("penstock_v1", "timer_cancel")
export declare function timer_cancel(id: u32): i32;
@external("penstock_v1", "sink_write")
export declare function sink_write(sink: u32, at: usize, length: i32): i32;
@external("penstock_v1", "state_read")
export declare function state_read(out: usize, cap: i32): i32;
@external("penstock_v1", "tee")
export declare function tee(service: usize, serviceLength: i32, at: usize, length: i32): i32;
@external("penstock_v1", "call")
export declare function call(name: usize, nameLength: i32, at: usize, length: i32, out: usize, cap: i32): i32;
@external("wasi_snapshot_preview1", "random_get")
export declare function random_get(out: usize, length: i32): i32;
