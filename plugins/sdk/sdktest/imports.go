package sdktest

import (
	"strconv"
	"strings"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// The imports of the fake host. Their results are those of the ABI.

// copyOut is how all imports with (ptr, cap) answer.
func copyOut(dst, src []byte) int {
	if len(src) <= len(dst) {
		copy(dst, src)
	}
	return len(src)
}

// Log implements the import.
func (h *Host) Log(level abi.LogLevel, msg string) {
	if level <= h.LogLevel {
		h.Lines = append(h.Lines, msg)
	}
}

// LogEnabled implements the import.
func (h *Host) LogEnabled(level abi.LogLevel) bool { return level <= h.LogLevel }

// ConfigRead implements the import.
func (h *Host) ConfigRead(off int, dst []byte) int { return copy(dst, h.options[off:]) }

// PluginName implements the import.
func (h *Host) PluginName(dst []byte) int { return copyOut(dst, []byte(h.Plugin)) }

// PayloadRead implements the import.
func (h *Host) PayloadRead(off int, dst []byte) int {
	if off > len(h.payload) {
		return int(abi.BadArg)
	}
	return copy(dst, h.payload[off:])
}

// PayloadAppend implements the import.
func (h *Host) PayloadAppend(b []byte) int {
	h.Output = append(h.Output, b...)
	return 0
}

// InfoGet implements the import.
func (h *Host) InfoGet(key string, dst []byte) int {
	v, ok := h.Facts[key]
	if !ok {
		return int(abi.NotFound)
	}
	return copyOut(dst, []byte(v))
}

// SQLCanonical implements the import.
func (h *Host) SQLCanonical(dst []byte) int { return copyOut(dst, []byte(h.command.Canonical)) }

// SQLTables implements the import.
func (h *Host) SQLTables(dst []byte) int {
	names := strings.Join(h.command.Tables, "\x00")
	if names != "" {
		names += "\x00"
	}
	return copyOut(dst, []byte(names))
}

// TargetsRead implements the import.
func (h *Host) TargetsRead(dst []byte) int {
	h.Reads++
	size := abi.TargetsHeadSize + len(h.Targets)*abi.TargetEntrySize
	if size > len(dst) {
		return size
	}
	clear(dst[:size])
	le.PutUint32(dst[abi.TargetsVersion:], h.TargetsVersion)
	le.PutUint32(dst[abi.TargetsCount:], uint32(len(h.Targets)))
	le.PutUint32(dst[abi.TargetsEntrySize:], abi.TargetEntrySize)
	le.PutUint32(dst[abi.TargetsCurrent:], h.Current)
	for i, t := range h.Targets {
		e := dst[abi.TargetsHeadSize+i*abi.TargetEntrySize:]
		le.PutUint32(e[abi.TargetIndex:], uint32(i))
		le.PutUint32(e[abi.TargetStatus:], t.Status)
		le.PutUint32(e[abi.TargetLag:], uint32(t.Lag))
		le.PutUint32(e[abi.TargetConnections:], t.Connections)
		le.PutUint32(e[abi.TargetWeight:], max(t.Weight, 1))
		le.PutUint32(e[abi.TargetRank:], t.Rank)
		le.PutUint32(e[abi.TargetOutstanding:], t.Outstanding)
		le.PutUint32(e[abi.TargetLatency:], t.LatencyMicros)
		le.PutUint32(e[abi.TargetNameLength:], uint32(len(t.Name)))
		copy(e[abi.TargetName:abi.TargetName+abi.MaxHintName], t.Name)
	}
	return size
}

func (h *Host) built(part ...string) int {
	h.Built = append(h.Built, strings.Join(part, " "))
	return 0
}

// ReplyOK implements the import.
func (h *Host) ReplyOK(affected, insertID uint64, warnings uint32) int {
	return h.built("ok", strconv.FormatUint(affected, 10), strconv.FormatUint(insertID, 10), strconv.Itoa(int(warnings)))
}

// ReplyErr implements the import.
func (h *Host) ReplyErr(errno uint32, state []byte, msg string) int {
	return h.built("err", strconv.Itoa(int(errno)), string(state), msg)
}

// ReplyColumns implements the import.
func (h *Host) ReplyColumns(b []byte) int {
	parts := []string{"columns"}
	for n, at := le.Uint16(b), 2; n > 0; n-- {
		size := int(le.Uint16(b[at+3:]))
		parts = append(parts, string(b[at+5:at+5+size]))
		at += 5 + size
	}
	return h.built(parts...)
}

// ReplyRow implements the import.
func (h *Host) ReplyRow(b []byte) int {
	parts := []string{"row"}
	for len(b) >= 4 {
		n := le.Uint32(b)
		b = b[4:]
		if n == abi.RowNull {
			parts = append(parts, "NULL")
			continue
		}
		parts, b = append(parts, string(b[:n])), b[n:]
	}
	return h.built(parts...)
}

// ReplyAppend implements the import.
func (h *Host) ReplyAppend(b []byte) int { return h.built("packets", string(b)) }

// MetricDefine implements the import.
func (h *Host) MetricDefine(_ abi.MetricKind, name string) int {
	h.names = append(h.names, name)
	return len(h.names) - 1
}

// MetricAdd implements the import.
func (h *Host) MetricAdd(id uint32, delta int64) int {
	h.Metrics[h.names[id]] += delta
	return 0
}

// MetricSet implements the import.
func (h *Host) MetricSet(id uint32, value int64) int {
	h.Metrics[h.names[id]] = value
	return 0
}

// MetricObserve implements the import.
func (h *Host) MetricObserve(id uint32, value int64) int { return h.MetricAdd(id, value) }

// KVGet implements the import.
func (h *Host) KVGet(key string, dst []byte) int {
	v, ok := h.KV[key]
	if !ok {
		return int(abi.NotFound)
	}
	return copyOut(dst, []byte(v))
}

// KVSet implements the import; values live for ever.
func (h *Host) KVSet(key string, value []byte, _ int64, expected []byte, mode uint32) int {
	old, ok := h.KV[key]
	if mode == abi.KVAbsent && ok || mode == 0 && (!ok || old != string(expected)) {
		return int(abi.CASMismatch)
	}
	h.KV[key] = string(value)
	return 0
}

// KVDel implements the import.
func (h *Host) KVDel(key string) int {
	if _, ok := h.KV[key]; !ok {
		return int(abi.NotFound)
	}
	delete(h.KV, key)
	return 0
}

// KVAdd implements the import.
func (h *Host) KVAdd(key string, delta, _ int64) (int64, int) {
	v, err := strconv.ParseInt("0"+h.KV[key], 10, 64)
	if err != nil {
		return 0, int(abi.BadArg)
	}
	v += delta
	h.KV[key] = strconv.FormatInt(v, 10)
	return v, 0
}

// TimerSet implements the import.
func (h *Host) TimerSet(id, ms uint32) int {
	if id > 15 {
		return int(abi.BadArg)
	}
	h.Timers[id] = time.Duration(ms) * time.Millisecond
	return 0
}

// TimerCancel implements the import.
func (h *Host) TimerCancel(id uint32) int {
	if _, ok := h.Timers[id]; !ok {
		return int(abi.NotFound)
	}
	delete(h.Timers, id)
	return 0
}

// SinkWrite implements the import.
func (h *Host) SinkWrite(id uint32, b []byte) int {
	h.Sinks[id] = append(h.Sinks[id], b...)
	return 0
}

// StateRead implements the import.
func (h *Host) StateRead(dst []byte) int {
	if h.State == nil {
		return int(abi.NotFound)
	}
	return copyOut(dst, h.State)
}

// Tee implements the import; no service is there.
func (h *Host) Tee(string, []byte) int { return int(abi.NotFound) }

// Call implements the import; there are no extensions.
func (h *Host) Call(string, []byte, []byte) int { return int(abi.Unsupported) }
