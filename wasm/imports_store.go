package wasm

import (
	"encoding/binary"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// What outlives an instance: key-value store, metrics, sinks.

// ttl turns milliseconds into a duration: zero is no limit, what does not fit
// is centuries.
func ttl(ms uint64) time.Duration {
	return time.Duration(min(ms, uint64(1<<63-1)/uint64(time.Millisecond))) * time.Millisecond
}

// kv_get(key, len, ptr, cap)
func importKVGet(i *Instance, a []uint64) int32 {
	key, valid := i.in(a[0], a[1])
	if !valid {
		return fault
	}
	if _, valid = i.in(a[2], a[3]); !valid {
		return fault
	}
	kv := i.template.def.Services.KV
	if kv == nil {
		return unavailable
	}
	var found bool
	if i.scratch, found = kv.Append(i.scratch[:0], key); !found {
		return notFound
	}
	return out(i, a[2], a[3], i.scratch)
}

// kv_set(key, len, value, len, ttl, expected, len)
func importKVSet(i *Instance, a []uint64) int32 {
	key, ok1 := i.in(a[0], a[1])
	value, ok2 := i.in(a[2], a[3])
	if !ok1 || !ok2 {
		return fault
	}
	when, expected := KVAlways, []byte(nil)
	switch uint32(a[6]) {
	case abi.KVAny:
	case abi.KVAbsent:
		when = KVIfAbsent
	default:
		var valid bool
		if expected, valid = i.in(a[5], a[6]); !valid {
			return fault
		}
		when = KVIfEqual
	}
	kv := i.template.def.Services.KV
	if kv == nil {
		return unavailable
	}
	return int32(kv.Set(key, value, ttl(a[4]), when, expected))
}

// kv_del(key, len)
func importKVDel(i *Instance, a []uint64) int32 {
	key, valid := i.in(a[0], a[1])
	if !valid {
		return fault
	}
	kv := i.template.def.Services.KV
	if kv == nil {
		return unavailable
	}
	return int32(kv.Delete(key))
}

// kv_add(key, len, delta, ttl, result)
func importKVAdd(i *Instance, a []uint64) int32 {
	key, valid := i.in(a[0], a[1])
	if !valid {
		return fault
	}
	area, valid := i.in(a[4], 8)
	if !valid {
		return fault
	}
	kv := i.template.def.Services.KV
	if kv == nil {
		return unavailable
	}
	sum, errno := kv.Add(key, int64(a[2]), ttl(a[3]))
	if errno == abi.OK {
		binary.LittleEndian.PutUint64(area, uint64(sum))
	}
	return int32(errno)
}

// metric_define(kind, name, len)
func importMetricDefine(i *Instance, a []uint64) int32 {
	name, errno := i.name(a[1], a[2])
	if errno != ok {
		return errno
	}
	m := i.template.def.Services.Metrics
	if m == nil {
		return unavailable
	}
	id, e := m.Define(abi.MetricKind(uint32(a[0])), name)
	if e != abi.OK {
		return int32(e)
	}
	return int32(id)
}

// metric_add(id, delta)
func importMetricAdd(i *Instance, a []uint64) int32 {
	m := i.template.def.Services.Metrics
	if m == nil {
		return unavailable
	}
	return int32(m.Add(uint32(a[0]), int64(a[1])))
}

// metric_set(id, value)
func importMetricSet(i *Instance, a []uint64) int32 {
	m := i.template.def.Services.Metrics
	if m == nil {
		return unavailable
	}
	return int32(m.Set(uint32(a[0]), int64(a[1])))
}

// metric_observe(id, value)
func importMetricObserve(i *Instance, a []uint64) int32 {
	m := i.template.def.Services.Metrics
	if m == nil {
		return unavailable
	}
	return int32(m.Observe(uint32(a[0]), int64(a[1])))
}

// sink_write(id, ptr, len)
func importSinkWrite(i *Instance, a []uint64) int32 {
	p, valid := i.in(a[1], a[2])
	if !valid {
		return fault
	}
	s := i.template.def.Services.Sinks
	if s == nil {
		return unavailable
	}
	return int32(s.Write(uint32(a[0]), p))
}
