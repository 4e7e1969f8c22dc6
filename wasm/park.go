package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// parked is how an instance that sleeps differs from its image, in memory and
// globals. What it is made of:
//
//	the memory's size in pages of 64 KiB
//	the number of globals that differ, and for each its index and value
//	for each run of bytes that differ: how far it is from the end of the one
//	before, its length, the bytes
//
// Numbers are unsigned LEB128, values of globals 8 bytes.
type parked []byte

// errParked means that a parked state does not fit its image. It cannot happen;
// if it does, the instance fails rather than run on a wrong memory.
var errParked = errors.New("the parked state is damaged")

// gap is the number of equal bytes that ends a run: a new run costs about as
// much as they do.
const gap = 8

// park appends to out how the machine differs from its image, but for what is
// in the holes, which are in order and do not overlap: that is forgotten.
func (m *machine) park(out parked, holes ...span) parked {
	out = binary.AppendUvarint(out, uint64(len(m.memory.bytes)>>16))
	out = m.appendGlobals(out)
	var found [64]span
	at := 0
	for _, s := range privateSpans(found[:0], m.memory.mapped[:m.memory.touched]) {
		s.to = min(s.to, len(m.memory.bytes))
		for _, hole := range holes {
			out, at = m.appendRuns(out, span{s.from, min(s.to, hole.from)}, at)
			s.from = max(s.from, hole.to)
		}
		out, at = m.appendRuns(out, s, at)
	}
	return out
}

// appendGlobals appends the globals that differ. The fuel is not state: a guest
// that wakes up gets new.
func (m *machine) appendGlobals(out []byte) []byte {
	changed := 0
	for n, g := range m.globals {
		if n != m.program.fuel && g.Get() != m.image.globals[n] {
			changed++
		}
	}
	out = binary.AppendUvarint(out, uint64(changed))
	for n, g := range m.globals {
		if v := g.Get(); n != m.program.fuel && v != m.image.globals[n] {
			out = binary.AppendUvarint(out, uint64(n))
			out = binary.LittleEndian.AppendUint64(out, v)
		}
	}
	return out
}

// appendRuns appends the runs of one span, which may be empty; at is where the
// last run ended.
func (m *machine) appendRuns(out []byte, s span, at int) ([]byte, int) {
	mem, frozen := m.memory.bytes, m.image.bytes
	for p := s.from; p < s.to; {
		p = nextDifference(mem, frozen, p, s.to)
		if p == s.to {
			break
		}
		end := endOfRun(mem, frozen, p, s.to)
		out = binary.AppendUvarint(out, uint64(p-at))
		out = binary.AppendUvarint(out, uint64(end-p))
		out = append(out, mem[p:end]...)
		p, at = end, end
	}
	return out, at
}

// original returns the byte that the image has at p: zero behind its end.
func original(frozen []byte, p int) byte {
	if p < len(frozen) {
		return frozen[p]
	}
	return 0
}

// nextDifference returns the first position from p on where the memory differs.
func nextDifference(mem, frozen []byte, p, to int) int {
	for p < to {
		if p+8 <= to {
			var was uint64
			if p+8 <= len(frozen) {
				was = binary.LittleEndian.Uint64(frozen[p:])
			}
			if binary.LittleEndian.Uint64(mem[p:]) == was && (p >= len(frozen) || p+8 <= len(frozen)) {
				p += 8
				continue
			}
		}
		for end := min(p+8, to); p < end; p++ {
			if mem[p] != original(frozen, p) {
				return p
			}
		}
	}
	return to
}

// endOfRun returns where the run that begins at p ends: before gap equal bytes.
func endOfRun(mem, frozen []byte, p, to int) int {
	end := p + 1
	for q := end; q < to && q-end < gap; q++ {
		if mem[q] != original(frozen, q) {
			end = q + 1
		}
	}
	return end
}

// restore makes the machine, which is as new, what the parked state says.
func (m *machine) restore(state parked) error {
	r := stateReader{state, true}
	size := r.number() << 16
	if grown := int64(size) - int64(len(m.memory.bytes)); grown > 0 {
		if _, ok := m.mod.Memory().Grow(uint32(grown >> 16)); !ok {
			return fmt.Errorf("the memory cannot grow to the %d bytes that it had", size)
		}
	}
	for n := r.number(); n > 0 && r.ok; n-- {
		index, value := r.number(), r.value()
		if index >= uint64(len(m.globals)) {
			return errParked
		}
		m.globals[index].Set(value)
	}
	at := uint64(0)
	for r.ok && len(r.b) > 0 {
		at += r.number()
		run := r.bytes(r.number())
		if at+uint64(len(run)) > uint64(len(m.memory.bytes)) {
			return errParked
		}
		at += uint64(copy(m.memory.bytes[at:], run))
	}
	if !r.ok {
		return errParked
	}
	return nil
}

// stateReader takes a parked state apart.
type stateReader struct {
	b  []byte
	ok bool
}

func (r *stateReader) number() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > 1<<32 {
		r.b, r.ok = nil, false
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *stateReader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.b, r.ok = nil, false
		return nil
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *stateReader) value() uint64 {
	p := r.bytes(8)
	if p == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(p)
}
