package sql

import (
	"syscall"
	"testing"
)

var statements = map[string]string{
	"point": "SELECT c FROM sbtest1 WHERE id=4711",
	"200B": "SELECT c.id, c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.country = 'NL' AND " +
		"o.created > '2024-01-01' AND o.total >= 100.50 ORDER BY o.total DESC LIMIT 10, 20",
	"insert": "INSERT INTO sbtest1 (id, k, c, pad) VALUES (0, 4987, '83868641912-28773972837-60736120486-75162659906-27563526494-" +
		"20381887404-41576422241-93426793964-56405065102-33518432330', '67847967377-48000963322-62604785301-91415491898-96926520291')",
}

func TestNothingIsAllocated(t *testing.T) {
	cache := NewCache(1 << 20)
	m := Mode{Charset: 13}
	buf := make([]byte, 0, 1024)
	for name, text := range statements {
		stmt := []byte(text)
		for range 2 {
			cache.Canonical(stmt, m)
		}
		for what, f := range map[string]func(){
			"Classify":        func() { Classify(stmt, m) },
			"Canonical":       func() { buf = Canonical(buf[:0], stmt, m) },
			"Digest":          func() { Digest(stmt) },
			"SessionChanges":  func() { SessionChanges(stmt, m) },
			"ParseKill":       func() { ParseKill(stmt, m) },
			"ParseHint":       func() { ParseHint(stmt, m) },
			"Cache.Classify":  func() { cache.Classify(stmt, m) },
			"Cache.Lookup":    func() { cache.Lookup(stmt, m) },
			"Cache.Canonical": func() { cache.Canonical(stmt, m) },
		} {
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%s of %s allocates %v times", what, name, n)
			}
		}
	}
}

// cpu returns the process's CPU time so far, in nanoseconds: on a machine that
// does other things, it says more than the clock.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func benchmark(b *testing.B, f func(stmt []byte)) {
	for name, text := range statements {
		b.Run(name, func(b *testing.B) {
			stmt := []byte(text)
			b.SetBytes(int64(len(stmt)))
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				f(stmt)
			}
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

func BenchmarkClassify(b *testing.B) { benchmark(b, func(s []byte) { Classify(s, Mode{}) }) }

func BenchmarkCanonical(b *testing.B) {
	buf := make([]byte, 0, 1024)
	benchmark(b, func(s []byte) { buf = Canonical(buf[:0], s, Mode{}) })
}

func BenchmarkDigest(b *testing.B) { benchmark(b, func(s []byte) { Digest(s) }) }

func BenchmarkCache(b *testing.B) {
	c := NewCache(1 << 20)
	benchmark(b, func(s []byte) { c.Classify(s, Mode{}) })
}
