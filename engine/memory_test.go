//go:build !race

package engine

import (
	goruntime "runtime"
	"strings"
	"testing"
	"time"
)

// allocated returns what the garbage collector has found in use of what
// functions have allocated whose names contain one of the given words: every
// object counts, which memory profiles see from profileAll on.
func allocated(words ...string) (objects, bytes int64) {
	for range 3 { // twice lets go of what pools hold; the profile is one behind
		goruntime.GC()
	}
	records := make([]goruntime.MemProfileRecord, 1<<16)
	n, _ := goruntime.MemProfile(records, false)
	for _, r := range records[:n] {
		frames := goruntime.CallersFrames(r.Stack())
		for more := true; more; {
			var f goruntime.Frame
			f, more = frames.Next()
			if containsAny(f.Function, words) {
				objects += r.InUseObjects()
				bytes += r.InUseBytes()
				break
			}
		}
	}
	return objects, bytes
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func profileAll(t *testing.T) {
	rate := goruntime.MemProfileRate
	goruntime.MemProfileRate = 1
	t.Cleanup(func() { goruntime.MemProfileRate = rate })
}

// A sleeper holds no buffer, neither openly nor through a slice of one that
// has gone back to the pool, and little else. The race detector has pools drop
// things and makes a profile of everything very slow: not under it.
func TestASleeperHoldsLittle(t *testing.T) {
	profileAll(t)
	cfg := loadConfig(t, `filters = ["hide"]`, hideFilter)
	cfg.Plugins.ParkAfter = 30 * time.Millisecond
	p := startWith(t, cfg)
	db := client(t, p, "")
	const sleepers, most = 8, 12 << 10
	sleep := func() {
		c := one(t, db)
		if got := get(t, c, "SELECT CONCAT('sec', 'ret')"); got != "secret" {
			t.Fatal(got)
		}
		// Asleep, it leaves its plugins' clones to the next session, which makes none.
		for _, s := range p.Sessions() {
			eventually(t, "the sessions to sleep", func() bool { return sleeps(s) })
		}
		allocated() // empties the pool: the next session has buffers of its own
	}
	sleep() // the first one's state is what the others' are compressed with: once for each definition
	buffers, _ := allocated("wire.takeBuffer")
	_, bytes := allocated("engine.(*Session)", "engine.(*Proxy).newSession")
	for range sleepers {
		sleep()
	}
	if now, _ := allocated("wire.takeBuffer"); now > buffers {
		t.Errorf("%d sleepers hold %d buffers", sleepers, now-buffers)
	}
	_, now := allocated("engine.(*Session)", "engine.(*Proxy).newSession")
	t.Logf("a sleeper holds %d bytes on the heap", (now-bytes)/sleepers)
	if held := (now - bytes) / sleepers; held > most {
		t.Errorf("a sleeper holds %d bytes on the heap, %d are what it needs", held, most)
	}
}
