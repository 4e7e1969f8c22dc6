package sdk

import (
	"encoding/binary"
	"unsafe"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Target is one server of the service: its entry in the target table, as the
// host wrote it. A router looks at few fields of few targets for each
// statement, so nothing is decoded before it is asked for.
type Target [abi.TargetEntrySize]byte

func (t *Target) u32(off int) uint32 { return binary.LittleEndian.Uint32(t[off:]) }

// Index is what the target is called in verdicts.
func (t *Target) Index() uint32 { return t.u32(abi.TargetIndex) }

// Status has the target's abi.Target* bits.
func (t *Target) Status() uint32 { return t.u32(abi.TargetStatus) }

// Lag is how many seconds it is behind the primary, −1 if that is not known.
func (t *Target) Lag() int32 { return int32(t.u32(abi.TargetLag)) }

// Connections are Penstock's open connections to it.
func (t *Target) Connections() uint32 { return t.u32(abi.TargetConnections) }

// Weight is what the administrator gave it, at least 1.
func (t *Target) Weight() uint32 { return max(t.u32(abi.TargetWeight), 1) }

// Rank is what the administrator gave it; 0 is preferred.
func (t *Target) Rank() uint32 { return t.u32(abi.TargetRank) }

// Outstanding are the commands that Penstock waits for there.
func (t *Target) Outstanding() uint32 { return t.u32(abi.TargetOutstanding) }

// Latency is the mean time of a reply in microseconds, 0 if it is not known.
func (t *Target) Latency() uint32 { return t.u32(abi.TargetLatency) }

// Name is the server's name in the configuration. It aliases the table.
func (t *Target) Name() []byte {
	return t[abi.TargetName : abi.TargetName+min(t.u32(abi.TargetNameLength), abi.MaxHintName)]
}

// Is reports whether all of the abi.Target* bits are set.
func (t *Target) Is(bits uint32) bool { return t.Status()&bits == bits }

// Usable reports whether new commands may go there: it runs, and is neither in
// maintenance nor being drained (unless this session is already connected).
func (t *Target) Usable() bool {
	s := t.Status()
	return s&(abi.TargetRunning|abi.TargetMaintenance) == abi.TargetRunning &&
		s&(abi.TargetDraining|abi.TargetConnected) != abi.TargetDraining
}

// maxTargets bounds the table's buffer.
const maxTargets = 128

var targetTable struct {
	read bool
	seen uint32 // the header's version when it was read
	list []Target
	raw  [abi.TargetsHeadSize + maxTargets*abi.TargetEntrySize]byte
}

// Targets returns the target table. It asks the host only if a status changed
// since the last time, so the figures that change all the time (connections,
// outstanding, latency, lag, connected) can be old; use FreshTargets where they
// matter. What it returned before is overwritten when the table is read again.
func Targets() []Target {
	if !targetTable.read || targetTable.seen != boundary.Header.U32(abi.HdrTargets) {
		return FreshTargets()
	}
	return targetTable.list
}

// FreshTargets asks the host for the target table. At most 128 targets are seen.
func FreshTargets() []Target {
	t := &targetTable
	t.read, t.list = false, nil
	raw := t.raw[:]
	n := boundary.TargetsRead(raw)
	if n > len(raw) { // more than maxTargets: take what a larger buffer holds of the first ones
		big := make([]byte, n)
		n = min(boundary.TargetsRead(big), n)
		copy(raw, big)
	}
	if n < abi.TargetsHeadSize {
		return nil
	}
	t.read, t.seen = true, boundary.Header.U32(abi.HdrTargets)
	size := int(binary.LittleEndian.Uint32(raw[abi.TargetsEntrySize:]))
	if size < abi.TargetEntrySize {
		return nil
	}
	count := int(binary.LittleEndian.Uint32(raw[abi.TargetsCount:]))
	if n = min(n, len(raw)); size != abi.TargetEntrySize || n < abi.TargetsHeadSize+count*abi.TargetEntrySize {
		count = pack(raw[:n], size, count)
	}
	t.list = unsafe.Slice((*Target)(raw[abi.TargetsHeadSize:]), count)
	return t.list
}

// pack moves the entries of a later version, which are longer, to where
// entries of this one would be, and returns how many there are.
func pack(raw []byte, size, count int) int {
	n := 0
	for at := abi.TargetsHeadSize; n < count && at+size <= len(raw); at += size {
		copy(raw[abi.TargetsHeadSize+n*abi.TargetEntrySize:], raw[at:at+abi.TargetEntrySize])
		n++
	}
	return n
}

// CurrentTarget is the index of the target that answered last, abi.NoTarget if
// none has. It is as fresh as the table.
func CurrentTarget() uint32 {
	return binary.LittleEndian.Uint32(targetTable.raw[abi.TargetsCurrent:])
}
