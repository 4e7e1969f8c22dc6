//go:build wasip1

package boundary

import (
	"unsafe"

	"github.com/penstock-db/penstock/wasm/abi"
)

//go:wasmimport penstock_v1 log
//go:noescape
func hostLog(level uint32, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 log_enabled
//go:noescape
func hostLogEnabled(level uint32) int32

//go:wasmimport penstock_v1 config_read
//go:noescape
func hostConfigRead(off uint32, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 plugin_name
//go:noescape
func hostPluginName(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 fail
//go:noescape
func hostFail(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 payload_read
//go:noescape
func hostPayloadRead(off uint32, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 payload_append
//go:noescape
func hostPayloadAppend(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 info_get
//go:noescape
func hostInfoGet(k unsafe.Pointer, kn uint32, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 sql_canonical
//go:noescape
func hostSQLCanonical(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 sql_tables
//go:noescape
func hostSQLTables(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 targets_read
//go:noescape
func hostTargetsRead(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 reply_ok
//go:noescape
func hostReplyOK(affected, insertID uint64, warnings uint32) int32

//go:wasmimport penstock_v1 reply_err
//go:noescape
func hostReplyErr(errno uint32, state unsafe.Pointer, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 reply_columns
//go:noescape
func hostReplyColumns(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 reply_row
//go:noescape
func hostReplyRow(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 reply_append
//go:noescape
func hostReplyAppend(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 metric_define
//go:noescape
func hostMetricDefine(kind uint32, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 metric_add
//go:noescape
func hostMetricAdd(id uint32, delta int64) int32

//go:wasmimport penstock_v1 metric_set
//go:noescape
func hostMetricSet(id uint32, value int64) int32

//go:wasmimport penstock_v1 metric_observe
//go:noescape
func hostMetricObserve(id uint32, value int64) int32

//go:wasmimport penstock_v1 kv_get
//go:noescape
func hostKVGet(k unsafe.Pointer, kn uint32, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 kv_set
//go:noescape
func hostKVSet(k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn uint32, ttl int64, e unsafe.Pointer, en uint32) int32

//go:wasmimport penstock_v1 kv_del
//go:noescape
func hostKVDel(k unsafe.Pointer, kn uint32) int32

//go:wasmimport penstock_v1 kv_add
//go:noescape
func hostKVAdd(k unsafe.Pointer, kn uint32, delta, ttl int64, result unsafe.Pointer) int32

//go:wasmimport penstock_v1 timer_set
//go:noescape
func hostTimerSet(id, ms uint32) int32

//go:wasmimport penstock_v1 timer_cancel
//go:noescape
func hostTimerCancel(id uint32) int32

//go:wasmimport penstock_v1 sink_write
//go:noescape
func hostSinkWrite(id uint32, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 state_read
//go:noescape
func hostStateRead(p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 tee
//go:noescape
func hostTee(s unsafe.Pointer, sn uint32, p unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 call
//go:noescape
func hostCall(f unsafe.Pointer, fn uint32, in unsafe.Pointer, inn uint32, out unsafe.Pointer, outn uint32) int32

//go:wasmimport wasi_snapshot_preview1 random_get
//go:noescape
func wasiRandomGet(p unsafe.Pointer, n uint32) uint32

func ptr(b []byte) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b))
}

func sptr(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}

// Log writes one line.
func Log(level abi.LogLevel, msg string) {
	p, n := sptr(msg)
	hostLog(uint32(level), p, n)
}

// LogEnabled reports whether a line of the level would be kept.
func LogEnabled(level abi.LogLevel) bool { return hostLogEnabled(uint32(level)) > 0 }

// ConfigRead copies the options from off on and returns how many bytes.
func ConfigRead(off int, dst []byte) int {
	p, n := ptr(dst)
	return int(hostConfigRead(uint32(off), p, n))
}

// PluginName copies out the name of the plugin that the definition wants.
func PluginName(dst []byte) int {
	p, n := ptr(dst)
	return int(hostPluginName(p, n))
}

// Fail says why ps_init or ps_open is about to fail.
func Fail(msg string) {
	p, n := sptr(msg)
	hostFail(p, n)
}

// PayloadRead copies the hook's payload from off on and returns how many bytes.
func PayloadRead(off int, dst []byte) int {
	p, n := ptr(dst)
	return int(hostPayloadRead(uint32(off), p, n))
}

// PayloadAppend adds output beyond the window.
func PayloadAppend(b []byte) int {
	p, n := ptr(b)
	return int(hostPayloadAppend(p, n))
}

// InfoGet copies out one fact about the session.
func InfoGet(key string, dst []byte) int {
	k, kn := sptr(key)
	p, n := ptr(dst)
	return int(hostInfoGet(k, kn, p, n))
}

// SQLCanonical copies out the statement's canonical text.
func SQLCanonical(dst []byte) int {
	p, n := ptr(dst)
	return int(hostSQLCanonical(p, n))
}

// SQLTables copies out the statement's tables, each ended by a NUL.
func SQLTables(dst []byte) int {
	p, n := ptr(dst)
	return int(hostSQLTables(p, n))
}

// TargetsRead copies out the target table.
func TargetsRead(dst []byte) int {
	p, n := ptr(dst)
	return int(hostTargetsRead(p, n))
}

// ReplyOK makes an OK packet the next part of the reply.
func ReplyOK(affected, insertID uint64, warnings uint32) int {
	return int(hostReplyOK(affected, insertID, warnings))
}

// ReplyErr makes an ERR packet the next part of the reply. The state has five
// bytes or none.
func ReplyErr(errno uint32, state []byte, msg string) int {
	var s unsafe.Pointer
	if len(state) == 5 {
		s = unsafe.Pointer(unsafe.SliceData(state))
	}
	p, n := sptr(msg)
	return int(hostReplyErr(errno, s, p, n))
}

// ReplyColumns begins a result.
func ReplyColumns(b []byte) int {
	p, n := ptr(b)
	return int(hostReplyColumns(p, n))
}

// ReplyRow adds a row to the result.
func ReplyRow(b []byte) int {
	p, n := ptr(b)
	return int(hostReplyRow(p, n))
}

// ReplyAppend adds framed packets to the reply.
func ReplyAppend(b []byte) int {
	p, n := ptr(b)
	return int(hostReplyAppend(p, n))
}

// MetricDefine returns the metric's id.
func MetricDefine(kind abi.MetricKind, name string) int {
	p, n := sptr(name)
	return int(hostMetricDefine(uint32(kind), p, n))
}

// MetricAdd adds to a counter or gauge.
func MetricAdd(id uint32, delta int64) int { return int(hostMetricAdd(id, delta)) }

// MetricSet sets a gauge.
func MetricSet(id uint32, value int64) int { return int(hostMetricSet(id, value)) }

// MetricObserve adds an observation to a histogram.
func MetricObserve(id uint32, value int64) int { return int(hostMetricObserve(id, value)) }

// KVGet copies out a shared value.
func KVGet(key string, dst []byte) int {
	k, kn := sptr(key)
	p, n := ptr(dst)
	return int(hostKVGet(k, kn, p, n))
}

// KVSet sets a shared value. A mode other than zero is KVAny or KVAbsent and
// replaces expected.
func KVSet(key string, value []byte, ttlMS int64, expected []byte, mode uint32) int {
	k, kn := sptr(key)
	v, vn := ptr(value)
	e, en := ptr(expected)
	if mode != 0 {
		en = mode
	}
	return int(hostKVSet(k, kn, v, vn, ttlMS, e, en))
}

// KVDel removes a shared value.
func KVDel(key string) int {
	k, kn := sptr(key)
	return int(hostKVDel(k, kn))
}

var addResult [8]byte

// KVAdd adds to a shared counter and returns its new value.
func KVAdd(key string, delta, ttlMS int64) (int64, int) {
	k, kn := sptr(key)
	rc := hostKVAdd(k, kn, delta, ttlMS, unsafe.Pointer(&addResult))
	return *(*int64)(unsafe.Pointer(&addResult)), int(rc)
}

// TimerSet arms a timer.
func TimerSet(id, ms uint32) int { return int(hostTimerSet(id, ms)) }

// TimerCancel disarms a timer.
func TimerCancel(id uint32) int { return int(hostTimerCancel(id)) }

// SinkWrite appends to one of the definition's sinks.
func SinkWrite(id uint32, b []byte) int {
	p, n := ptr(b)
	return int(hostSinkWrite(id, p, n))
}

// StateRead copies out what the instance before this one handed over.
func StateRead(dst []byte) int {
	p, n := ptr(dst)
	return int(hostStateRead(p, n))
}

// Tee sends a statement to another service.
func Tee(service string, b []byte) int {
	s, sn := sptr(service)
	p, n := ptr(b)
	return int(hostTee(s, sn, p, n))
}

// Call calls a private extension of the host.
func Call(name string, in, out []byte) int {
	f, fn := sptr(name)
	i, in1 := ptr(in)
	o, on := ptr(out)
	return int(hostCall(f, fn, i, in1, o, on))
}

// Random fills b with randomness from the host.
func Random(b []byte) {
	p, n := ptr(b)
	wasiRandomGet(p, n)
}
