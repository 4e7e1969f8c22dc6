package engine

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWatchedFile looks at a file that is touched, written bit by bit, taken
// away and replaced: it is another one when it has settled with other bytes.
func TestWatchedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.wasm")
	clock := time.Now()
	write := func(content string) {
		t.Helper()
		clock = clock.Add(time.Second)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, clock, clock); err != nil {
			t.Fatal(err)
		}
	}
	f := watchedFile{hash: sha256.Sum256([]byte("one"))}
	look := func(what string, want ...bool) {
		t.Helper()
		for n, w := range want {
			if got := f.replaced(path); got != w {
				t.Errorf("%s, look %d: %v", what, n, got)
			}
		}
	}
	write("one")
	look("as it was loaded", false, false, false)
	write("one")
	look("touched", false, false, false)
	write("tw")
	look("half", false)
	write("two")
	look("whole", false, true, false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	look("away", false, false)
	write("two")
	look("the same again", false, false)
	write("one")
	look("another", false, true, false)

	f = watchedFile{hash: sha256.Sum256([]byte("loaded"))}
	look("replaced since it was loaded", false, true, false)
}
