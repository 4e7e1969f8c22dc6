package wasm

import "github.com/tetratelabs/wazero/experimental"

// linearMemory is one instance's memory under its cap. wazero asks it for
// every growth; the host's own accesses go through view, without a call into
// wazero.
type linearMemory struct {
	bytes  []byte
	limit  uint64
	denied bool // a growth was refused because of the limit
}

// Allocate implements experimental.MemoryAllocator: an instance has one
// memory, and this is it.
func (m *linearMemory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory: nil refuses the growth.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.denied = true
		return nil
	}
	if size <= uint64(cap(m.bytes)) {
		m.bytes = m.bytes[:size]
		return m.bytes
	}
	// A quarter more than asked for, so that a guest growing page by page is
	// not copied page by page. What it has not asked for stays out of its sight.
	grown := make([]byte, size, min(m.limit, size+size/4))
	copy(grown, m.bytes)
	m.bytes = grown
	return grown
}

// Free implements experimental.LinearMemory.
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
