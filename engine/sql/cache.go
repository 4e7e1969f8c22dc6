package sql

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Info is what a Cache knows of one statement. It is shared and never changes.
type Info struct {
	Class
	mode Mode
	hash uint64
	text []byte // the statement
	form atomic.Pointer[form]
	used atomic.Bool // since the eviction hand came by
}

// form is a canonical text with its digest.
type form struct {
	text   []byte
	digest uint64
}

// overhead is what an entry takes beside its texts, about.
const overhead = 192

// cost is what the entry takes of the cache's bytes when it is added: its
// text twice, because the canonical text may come later.
func (i *Info) cost() int64 { return overhead + 2*int64(len(i.text)) }

// Cache remembers what Classify, Canonical and Digest find, by text and Mode.
// It is bounded in bytes and safe for concurrent use. A hit takes no lock and
// allocates nothing. A statement is admitted when it comes a second time, so
// that statements that differ in their literals do not drive out the others.
type Cache struct {
	seed  maphash.Seed
	max   int64
	mask  uint64
	slots []atomic.Pointer[Info] // sets of ways entries
	seen  []atomic.Uint32        // hashes of statements that came once

	mu   sync.Mutex // held by who adds and evicts
	hand int

	bytes, entries          atomic.Int64
	hits, misses, evictions atomic.Uint64
}

const (
	ways = 4
	// maxCached is the longest statement that is remembered.
	maxCached = 16 << 10
	// meanCost is what an entry is expected to take; it sets the slots' number.
	meanCost = 512
)

// NewCache returns a cache that takes at most about bytes of memory for
// statements and canonical texts; 0 or less remembers nothing.
func NewCache(bytes int64) *Cache {
	c := &Cache{seed: maphash.MakeSeed(), max: bytes}
	if bytes < overhead {
		c.max = 0
		return c
	}
	sets := uint64(1)
	for int64(sets)*ways*meanCost < bytes && sets < 1<<18 {
		sets *= 2
	}
	c.mask = sets - 1
	c.slots = make([]atomic.Pointer[Info], sets*ways)
	c.seen = make([]atomic.Uint32, sets*ways)
	return c
}

// Classify is Classify, remembered. It never allocates but to remember.
func (c *Cache) Classify(stmt []byte, m Mode) Class {
	if i := c.find(stmt, m); i != nil {
		return i.Class
	}
	return Classify(stmt, m)
}

// Lookup returns what is known of stmt: remembered, or found out now.
func (c *Cache) Lookup(stmt []byte, m Mode) *Info {
	if i := c.find(stmt, m); i != nil {
		return i
	}
	return &Info{Class: Classify(stmt, m), mode: m}
}

// Canonical returns the canonical text and its digest. The text may be
// shared: do not change it.
func (c *Cache) Canonical(stmt []byte, m Mode) (text []byte, digest uint64) {
	i := c.find(stmt, m)
	if i == nil {
		t := Canonical(nil, stmt, m)
		return t, Digest(t)
	}
	f := i.form.Load()
	if f == nil {
		t := Canonical(make([]byte, 0, len(stmt)), stmt, m)
		f = &form{t, Digest(t)}
		i.form.Store(f)
	}
	return f.text, f.digest
}

// find returns the entry of stmt; nil if there is none and stmt is not to be
// remembered yet.
func (c *Cache) find(stmt []byte, m Mode) *Info {
	if c.max == 0 || len(stmt) > maxCached {
		return nil
	}
	h := maphash.Bytes(c.seed, stmt)
	set := c.slots[h&c.mask*ways:][:ways]
	for n := range set {
		i := set[n].Load()
		if i != nil && i.hash == h && i.mode == m && string(i.text) == string(stmt) {
			if !i.used.Load() {
				i.used.Store(true)
			}
			c.hits.Add(1)
			return i
		}
	}
	c.misses.Add(1)
	if seen := &c.seen[h>>32%uint64(len(c.seen))]; seen.Load() != uint32(h)|1 {
		seen.Store(uint32(h) | 1)
		return nil
	}
	return c.add(stmt, m, h, set)
}

// add remembers stmt in its set, in the place of another if the set is full.
func (c *Cache) add(stmt []byte, m Mode, h uint64, set []atomic.Pointer[Info]) *Info {
	i := &Info{Class: Classify(stmt, m), mode: m, hash: h, text: append([]byte(nil), stmt...)}
	if i.cost() > c.max {
		return i
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	victim := &set[0]
	for n := range set {
		old := set[n].Load()
		if old == nil {
			victim = &set[n]
			break
		}
		if !old.used.Swap(false) {
			victim = &set[n]
		}
	}
	c.put(victim, i)
	for c.bytes.Load() > c.max {
		c.evict(i)
	}
	return i
}

// put stores i, nil included, and keeps the books; c.mu is held.
func (c *Cache) put(slot *atomic.Pointer[Info], i *Info) {
	if old := slot.Swap(i); old != nil {
		c.bytes.Add(-old.cost())
		c.entries.Add(-1)
		c.evictions.Add(1)
	}
	if i != nil {
		c.bytes.Add(i.cost())
		c.entries.Add(1)
	}
}

// evict moves the hand on by one slot and drops what was not used since it
// came by last; keep stays.
func (c *Cache) evict(keep *Info) {
	c.hand = (c.hand + 1) % len(c.slots)
	slot := &c.slots[c.hand]
	if i := slot.Load(); i != nil && i != keep && !i.used.Swap(false) {
		c.put(slot, nil)
	}
}

// CacheStats are the counters of a Cache.
type CacheStats struct {
	Hits, Misses, Evictions uint64
	Entries                 int
	Bytes, MaxBytes         int64 // what the entries take, about
}

// Stats returns the counters.
func (c *Cache) Stats() CacheStats {
	return CacheStats{
		Hits: c.hits.Load(), Misses: c.misses.Load(), Evictions: c.evictions.Load(),
		Entries: int(c.entries.Load()), Bytes: c.bytes.Load(), MaxBytes: c.max,
	}
}
