package sql

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestCacheAnswersAsTheFunctionsDo(t *testing.T) {
	for _, size := range []int64{0, 1, 1 << 10, 1 << 20} {
		c := NewCache(size)
		for range 3 {
			for i := range 50 {
				stmt := fmt.Appendf(nil, "SELECT %d, a%d FROM t", i, i%7)
				m := modes[i%len(modes)]
				if got, want := c.Classify(stmt, m), Classify(stmt, m); got != want {
					t.Fatalf("Classify is %v, want %v", got, want)
				}
				if got, want := c.Lookup(stmt, m).Class, Classify(stmt, m); got != want {
					t.Fatalf("Lookup is %v, want %v", got, want)
				}
				text, digest := c.Canonical(stmt, m)
				want := Canonical(nil, stmt, m)
				if !bytes.Equal(text, want) || digest != Digest(want) {
					t.Fatalf("Canonical is %q, want %q", text, want)
				}
			}
		}
		if s := c.Stats(); s.Bytes > max(size, 0) || s.Bytes < 0 {
			t.Fatalf("takes %d of %d bytes", s.Bytes, size)
		}
	}
}

func TestCacheTellsModesApart(t *testing.T) {
	c := NewCache(1 << 20)
	stmt := []byte(`SELECT "a" FROM t`)
	for range 3 {
		plain, _ := c.Canonical(stmt, Mode{})
		ansi, _ := c.Canonical(stmt, Mode{ANSIQuotes: true})
		if string(plain) != "SELECT ? FROM t" || string(ansi) != string(stmt) {
			t.Fatalf("canonical texts are %q and %q", plain, ansi)
		}
	}
}

func TestCacheAdmitsOnTheSecondSight(t *testing.T) {
	c := NewCache(1 << 20)
	stmt := []byte("SELECT 1")
	for i, want := range []CacheStats{{Misses: 1}, {Misses: 2, Entries: 1}, {Misses: 2, Hits: 1, Entries: 1}} {
		c.Classify(stmt, Mode{})
		got := c.Stats()
		if got.Hits != want.Hits || got.Misses != want.Misses || got.Entries != want.Entries {
			t.Fatalf("after %d: %+v, want %+v", i+1, got, want)
		}
	}
	long := []byte("SELECT '" + strings.Repeat("x", maxCached) + "'")
	c.Classify(long, Mode{})
	c.Classify(long, Mode{})
	if n := c.Stats().Entries; n != 1 {
		t.Fatalf("%d entries: a long statement was remembered", n)
	}
}

// TestCacheKeepsItsCopy: the caller's buffer is reused for the next packet.
func TestCacheKeepsItsCopy(t *testing.T) {
	c := NewCache(1 << 20)
	buf := []byte("SELECT 1")
	c.Classify(buf, Mode{})
	c.Canonical(buf, Mode{})
	copy(buf, "DELETE 1")
	if got := c.Classify([]byte("SELECT 1"), Mode{}); got != Classify([]byte("SELECT 1"), Mode{}) {
		t.Fatalf("class is %v", got)
	}
	if got := c.Classify(buf, Mode{}); got != Classify(buf, Mode{}) {
		t.Fatalf("class is %v", got)
	}
}

func TestCacheStaysWithinItsBytes(t *testing.T) {
	const size = 64 << 10
	c := NewCache(size)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 3000 {
				stmt := fmt.Appendf(nil, "SELECT %d /* %s */", i%700+g*100, strings.Repeat("x", i%300))
				for range 2 {
					if got := c.Classify(stmt, Mode{}); got.Type != 1 {
						t.Errorf("class of %q is %v", stmt, got)
						return
					}
					c.Canonical(stmt, Mode{})
				}
			}
		})
	}
	wg.Wait()
	s := c.Stats()
	if s.Bytes > size || s.Entries == 0 || s.Evictions == 0 {
		t.Fatalf("stats are %+v", s)
	}
	n, bytes := 0, int64(0)
	for i := range c.slots {
		if e := c.slots[i].Load(); e != nil {
			n++
			bytes += e.cost()
		}
	}
	if n != s.Entries || bytes != s.Bytes {
		t.Fatalf("%d entries of %d bytes are there, the books say %+v", n, bytes, s)
	}
}
