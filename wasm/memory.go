package wasm

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// linearMemory is one machine's memory under its cap. wazero asks it for every
// growth; the host's own accesses go through view, without a call into wazero.
//
// It lies on Go's heap, or, for a clone, in a mapping of its template's image
// that does not move.
type linearMemory struct {
	bytes  []byte // what the guest sees
	limit  uint64
	denied bool // a growth was refused because of the limit

	mapped  []byte        // the whole reservation of a clone; nil: on the heap
	frozen  uint64        // how much of it the image fills
	touched uint64        // how much of it may differ from the image
	shrink  bool          // the next growth puts the size back instead: see reset
	held    atomic.Uint64 // bytes on the heap, for other goroutines
}

// Allocate implements experimental.MemoryAllocator: a machine has one memory,
// and this is it.
func (m *linearMemory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory: nil refuses the growth.
func (m *linearMemory) Reallocate(size uint64) []byte {
	switch {
	case size > m.limit && !m.shrink:
		m.denied = true
		return nil
	case m.mapped != nil:
		// A clone begins with the frozen size, whatever the module says that
		// it begins with.
		if size < m.frozen || m.shrink {
			size = m.frozen
		}
		m.touched = max(m.touched, size)
		m.bytes = m.mapped[:size:size]
	case size <= uint64(cap(m.bytes)):
		m.bytes = m.bytes[:size]
	default:
		// A quarter more than asked for, so that a guest growing page by page
		// is not copied page by page. What it has not asked for stays out of
		// its sight.
		grown := make([]byte, size, min(m.limit, size+size/4))
		copy(grown, m.bytes)
		m.bytes = grown
		m.held.Store(uint64(cap(grown)))
	}
	return m.bytes
}

// Free implements experimental.LinearMemory. A mapping is given back by the
// machine that made it.
func (m *linearMemory) Free() { m.bytes = nil }

// view returns n bytes of guest memory at ptr, or false if not all of them
// are inside. The slice is valid until the guest runs again.
func (m *linearMemory) view(ptr, n uint32) ([]byte, bool) {
	end := uint64(ptr) + uint64(n)
	if end > uint64(len(m.bytes)) {
		return nil, false
	}
	return m.bytes[ptr:end:end], true
}
