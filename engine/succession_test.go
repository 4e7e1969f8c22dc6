package engine

import (
	"math/rand/v2"
	"testing"
)

// TestSuccession makes, names and lets go of versions at random. Whoever asks
// is sent to the version that was named last, from older ones only, and the
// named one is held exactly as long as an older one is alive.
func TestSuccession(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var v succession
	var alive []*definition // the last is the newest
	var named *definition
	for range 10_000 {
		switch n := len(alive); {
		case n == 0 || r.IntN(3) == 0:
			d := &definition{}
			d.refs.Store(1) // the test's
			v.add(d)
			alive = append(alive, d)
		case r.IntN(3) == 0:
			named = alive[n-1]
			v.name(named)
		default:
			i := r.IntN(n)
			if d := alive[i]; d.refs.Load() == 1 { // nobody else holds it
				alive = append(alive[:i], alive[i+1:]...)
				v.leave(d)
			}
		}
		older := 0
		for _, d := range alive {
			next := v.after(d)
			switch behind := named != nil && d.version < named.version; {
			case behind && next != named:
				t.Fatalf("version %d follows to %v, not to %d", d.version, next, named.version)
			case !behind && next != nil:
				t.Fatalf("version %d follows to %d", d.version, next.version)
			case behind:
				older++
				next.refs.Add(-1)
			}
		}
		for _, d := range alive {
			if held := d.refs.Load() == 2; held != (d == named && older > 0) {
				t.Fatalf("version %d of %d is held: %v, with %d older ones", d.version, v.made, held, older)
			}
		}
		if v.extinct() != (len(alive) == 0) {
			t.Fatal("extinct")
		}
	}
}
