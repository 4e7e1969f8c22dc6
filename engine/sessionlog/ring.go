package sessionlog

import (
	"sync"
	"unsafe"
)

// ring keeps the last max lines. It grows with its first lines and not before,
// so that a quiet session pays nothing for a large ring.
type ring struct {
	mu    sync.Mutex
	max   int
	kept  []string
	next  int // where the next line goes once the ring is full
	bytes int // of text
}

func (r *ring) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes += len(line)
	if len(r.kept) < r.max {
		r.kept = append(r.kept, line)
		return
	}
	r.bytes -= len(r.kept[r.next])
	r.kept[r.next] = line
	r.next = (r.next + 1) % r.max
}

func (r *ring) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]string, 0, len(r.kept))
	out = append(out, r.kept[r.next:]...)
	return append(out, r.kept[:r.next]...)
}

func (r *ring) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes + cap(r.kept)*int(unsafe.Sizeof(""))
}
