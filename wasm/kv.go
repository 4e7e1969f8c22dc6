package wasm

import (
	"bytes"
	"container/heap"
	"encoding/binary"
	"math"
	"sync"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// KVLimits bound a key-value store. Zero fields mean the defaults.
type KVLimits struct {
	Entries int // default 65,536
	Bytes   int // keys and values together, with 64 bytes for each entry; default 16 MiB
	Key     int // longest key; default 1 KiB
	Value   int // longest value; default 64 KiB
}

// KV is the key-value store of one definition: all of its instances share it,
// and it lasts as long as the engine keeps it. Nothing is evicted: a full
// store answers QUOTA until entries expire or are deleted.
type KV struct {
	limits KVLimits
	now    func() int64

	mu      sync.Mutex
	entries map[string]*kvEntry
	expiry  expiryHeap // the entries that have a TTL
	bytes   int
}

type kvEntry struct {
	key     string
	value   []byte
	expires int64 // in the clock of Now, zero never
	index   int   // in the heap, -1 if not there
}

// KVCondition says when Set changes anything.
type KVCondition uint8

// The conditions.
const (
	KVAlways   KVCondition = iota
	KVIfAbsent             // only if nothing is there
	KVIfEqual              // only if the value is the expected one
)

// entryCost is what an entry is charged beyond its key and value.
const entryCost = 64

// NewKV returns an empty store.
func NewKV(l KVLimits) *KV {
	for _, f := range []struct {
		v       *int
		initial int
	}{{&l.Entries, 65536}, {&l.Bytes, 16 << 20}, {&l.Key, 1024}, {&l.Value, 64 << 10}} {
		if *f.v <= 0 {
			*f.v = f.initial
		}
	}
	return &KV{limits: l, now: Now, entries: make(map[string]*kvEntry)}
}

// Limits returns the store's bounds, the defaults filled in.
func (kv *KV) Limits() KVLimits { return kv.limits }

// Append appends the key's value to dst; false if there is none.
func (kv *KV) Append(dst, key []byte) ([]byte, bool) {
	kv.mu.Lock()
	defer kv.mu.Unlock()
	e := kv.live(key)
	if e == nil {
		return dst, false
	}
	return append(dst, e.value...), true
}

// Set stores a copy of value under key. A TTL of zero means that it never
// expires; setting replaces the TTL too. If the condition does not hold the
// answer is CASMismatch, or NotFound if KVIfEqual finds nothing.
func (kv *KV) Set(key, value []byte, ttl time.Duration, when KVCondition, expected []byte) abi.Errno {
	if len(key) == 0 || len(key) > kv.limits.Key || len(value) > kv.limits.Value {
		return abi.BadArg
	}
	kv.mu.Lock()
	defer kv.mu.Unlock()
	e := kv.live(key)
	switch {
	case when == KVIfAbsent && e != nil:
		return abi.CASMismatch
	case when == KVIfEqual && e == nil:
		return abi.NotFound
	case when == KVIfEqual && !bytes.Equal(e.value, expected):
		return abi.CASMismatch
	}
	return kv.store(e, key, value, ttl)
}

// Delete removes a key; NotFound if it is not there.
func (kv *KV) Delete(key []byte) abi.Errno {
	kv.mu.Lock()
	defer kv.mu.Unlock()
	e := kv.live(key)
	if e == nil {
		return abi.NotFound
	}
	kv.remove(e)
	return abi.OK
}

// Add adds delta to the integer under key (8 bytes, little endian) and returns
// the sum. A missing key counts as zero and gets the TTL; an existing one keeps
// its own. BadArg: the value is no integer, or the sum would overflow.
func (kv *KV) Add(key []byte, delta int64, ttl time.Duration) (int64, abi.Errno) {
	if len(key) == 0 || len(key) > kv.limits.Key {
		return 0, abi.BadArg
	}
	kv.mu.Lock()
	defer kv.mu.Unlock()
	e := kv.live(key)
	if e == nil {
		var value [8]byte
		binary.LittleEndian.PutUint64(value[:], uint64(delta))
		return delta, kv.store(nil, key, value[:], ttl)
	}
	if len(e.value) != 8 {
		return 0, abi.BadArg
	}
	old := int64(binary.LittleEndian.Uint64(e.value))
	if delta > 0 && old > math.MaxInt64-delta || delta < 0 && old < math.MinInt64-delta {
		return 0, abi.BadArg
	}
	binary.LittleEndian.PutUint64(e.value, uint64(old+delta))
	return old + delta, abi.OK
}

// Size returns how many entries there are and what they are charged in bytes.
func (kv *KV) Size() (entries, bytes int) {
	kv.mu.Lock()
	defer kv.mu.Unlock()
	kv.expire()
	return len(kv.entries), kv.bytes
}

// live returns the entry of a key unless it has expired.
func (kv *KV) live(key []byte) *kvEntry {
	e := kv.entries[string(key)]
	if e != nil && e.expires != 0 && e.expires <= kv.now() {
		kv.remove(e)
		return nil
	}
	return e
}

// store puts a value under key, whose entry is e if it has one.
func (kv *KV) store(e *kvEntry, key, value []byte, ttl time.Duration) abi.Errno {
	more, count := len(value), 0
	if e != nil {
		more -= len(e.value)
	} else {
		more += len(key) + entryCost
		count = 1
	}
	if kv.full(more, count) {
		kv.expire()
		if kv.full(more, count) {
			return abi.Quota
		}
	}
	if e == nil {
		e = &kvEntry{key: string(key), index: -1}
		kv.entries[e.key] = e
	}
	e.value = append(e.value[:0], value...)
	if cap(e.value) > 2*len(e.value)+64 {
		e.value = bytes.Clone(e.value)
	}
	kv.bytes += more
	if e.index >= 0 {
		heap.Remove(&kv.expiry, e.index)
	}
	e.expires = 0
	if ttl > 0 {
		if now := kv.now(); int64(ttl) < math.MaxInt64-now {
			e.expires = now + int64(ttl)
			heap.Push(&kv.expiry, e)
		}
	}
	return abi.OK
}

func (kv *KV) full(more, count int) bool {
	return more > 0 && kv.bytes+more > kv.limits.Bytes || len(kv.entries)+count > kv.limits.Entries
}

// expire removes what has expired.
func (kv *KV) expire() {
	now := kv.now()
	for len(kv.expiry) > 0 && kv.expiry[0].expires <= now {
		kv.remove(kv.expiry[0])
	}
}

func (kv *KV) remove(e *kvEntry) {
	if e.index >= 0 {
		heap.Remove(&kv.expiry, e.index)
	}
	kv.bytes -= len(e.key) + len(e.value) + entryCost
	delete(kv.entries, e.key)
}

// expiryHeap orders entries by when they expire.
type expiryHeap []*kvEntry

func (h expiryHeap) Len() int           { return len(h) }
func (h expiryHeap) Less(a, b int) bool { return h[a].expires < h[b].expires }
func (h expiryHeap) Swap(a, b int) {
	h[a], h[b] = h[b], h[a]
	h[a].index, h[b].index = a, b
}
func (h *expiryHeap) Push(x any) {
	e := x.(*kvEntry)
	e.index = len(*h)
	*h = append(*h, e)
}
func (h *expiryHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	e.index = -1
	return e
}
