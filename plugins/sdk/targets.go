package sdk

import (
	"encoding/binary"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Target is one server of the service.
type Target struct {
	Index       uint32
	Status      uint32 // abi.Target* bits
	Lag         int32  // seconds behind the primary, -1 unknown
	Connections uint32 // Penstock's open connections to it
	Weight      uint32
	Rank        uint32 // 0 is preferred
	Outstanding uint32 // commands that Penstock waits for
	Latency     uint32 // mean reply time in microseconds, 0 unknown
	nameStart   uint32 // in the raw table
	nameEnd     uint32
}

// Name is the server's name in the configuration. It aliases the table.
func (t *Target) Name() []byte { return targetTable.raw[t.nameStart:t.nameEnd] }

// Is reports whether all of the abi.Target* bits are set.
func (t *Target) Is(bits uint32) bool { return t.Status&bits == bits }

// Usable reports whether new commands may go there: it runs, and is neither in
// maintenance nor being drained (unless this session is already connected).
func (t *Target) Usable() bool {
	if !t.Is(abi.TargetRunning) || t.Is(abi.TargetMaintenance) {
		return false
	}
	return !t.Is(abi.TargetDraining) || t.Is(abi.TargetConnected)
}

// maxTargets bounds the table's buffer.
const maxTargets = 128

var targetTable struct {
	read    bool
	seen    uint32 // the header's version when it was read
	current uint32
	raw     [abi.TargetsHeadSize + maxTargets*abi.TargetEntrySize]byte
	list    [maxTargets]Target
	count   int
}

// Targets returns the target table. It asks the host only if a status changed
// since the last time, so the figures that change all the time (connections,
// outstanding, latency, connected) can be old; use FreshTargets where they matter.
func Targets() []Target {
	if !targetTable.read || targetTable.seen != boundary.Header.U32(abi.HdrTargets) {
		FreshTargets()
	}
	return targetTable.list[:targetTable.count]
}

// FreshTargets asks the host for the target table. At most 128 targets are seen.
func FreshTargets() []Target {
	t := &targetTable
	t.count = 0
	raw := t.raw[:]
	n := boundary.TargetsRead(raw)
	if n > len(raw) { // more than maxTargets: take what a larger buffer holds of the first ones
		big := make([]byte, n)
		n = boundary.TargetsRead(big)
		copy(raw, big)
		n = min(n, len(raw))
	}
	if n < abi.TargetsHeadSize {
		return nil
	}
	le := binary.LittleEndian
	t.current = le.Uint32(raw[abi.TargetsCurrent:])
	t.read, t.seen = true, boundary.Header.U32(abi.HdrTargets)
	size := int(le.Uint32(raw[abi.TargetsEntrySize:]))
	if size < abi.TargetEntrySize {
		return nil
	}
	count := min(int(le.Uint32(raw[abi.TargetsCount:])), maxTargets)
	at := abi.TargetsHeadSize
	for t.count < count && at+size <= n {
		t.list[t.count].decode((*[abi.TargetEntrySize]byte)(raw[at:]), uint32(at))
		t.count++
		at += size
	}
	return t.list[:t.count]
}

// decode reads an entry that is at an offset of the raw table.
func (t *Target) decode(e *[abi.TargetEntrySize]byte, at uint32) {
	le := binary.LittleEndian
	t.Index = le.Uint32(e[abi.TargetIndex:])
	t.Status = le.Uint32(e[abi.TargetStatus:])
	t.Lag = int32(le.Uint32(e[abi.TargetLag:]))
	t.Connections = le.Uint32(e[abi.TargetConnections:])
	t.Weight = max(le.Uint32(e[abi.TargetWeight:]), 1)
	t.Rank = le.Uint32(e[abi.TargetRank:])
	t.Outstanding = le.Uint32(e[abi.TargetOutstanding:])
	t.Latency = le.Uint32(e[abi.TargetLatency:])
	t.nameStart = at + abi.TargetName
	t.nameEnd = t.nameStart + min(le.Uint32(e[abi.TargetNameLength:]), abi.MaxHintName)
}

// CurrentTarget is the index of the target that answered last, abi.NoTarget if
// none has. It is as fresh as the table.
func CurrentTarget() uint32 { return targetTable.current }
