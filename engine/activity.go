package engine

import (
	"sync/atomic"
	"time"
)

// activitySpan is how far back io_activity looks, in seconds.
const activitySpan = 30

// activity counts a session's socket operations in a ring of one-second
// buckets. The session's goroutine adds, anybody reads.
type activity struct {
	counts [activitySpan]atomic.Uint64 // second<<24 | operations
}

// add counts ops at now.
func (a *activity) add(now time.Duration, ops uint64) {
	second := uint64(now / time.Second)
	bucket := &a.counts[second%activitySpan]
	v := bucket.Load()
	if v>>24 != second {
		v = second << 24
	}
	bucket.Store(v&^0xFFFFFF | min(v&0xFFFFFF+ops, 0xFFFFFF))
}

// sum returns the operations of the last 30 seconds before now.
func (a *activity) sum(now time.Duration) uint64 {
	second := uint64(now / time.Second)
	var sum uint64
	for i := range a.counts {
		v := a.counts[i].Load()
		if v != 0 && v>>24+activitySpan > second {
			sum += v & 0xFFFFFF
		}
	}
	return sum
}

var processStart = time.Now()

// monotonic is the process's clock: time since it started, never going back.
func monotonic() time.Duration { return time.Since(processStart) }
