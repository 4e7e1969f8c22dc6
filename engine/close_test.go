package engine

import (
	"context"
	"errors"
	"os"
	"testing"
)

// A change that waits for a drain to end, in a goroutine that Close waits for, as
// the watcher of modules' files may, does not keep Close from ending.
func TestCloseWhileAChangeWaits(t *testing.T) {
	p, err := New(Options{Config: loadConfig(t, `filters = ["hide"]`, hideFilter), Logger: testLogger(t), Modules: os.DirFS(moduleDir), Runtime: runtime})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(t, one(t, client(t, p, "")), "START TRANSACTION")
	ctx, give := context.WithCancel(t.Context())
	drained := make(chan error)
	go func() { drained <- p.Drain(ctx) }()
	eventually(t, "the drain to begin", func() bool {
		if p.reload.TryLock() {
			p.reload.Unlock()
			return false
		}
		return true
	})
	changed := make(chan error, 1)
	p.background.Go(func() { changed <- p.UpdateFilter("hide", nil) })
	give()
	if err := <-drained; err == nil {
		t.Error("the drain says that a session in a transaction has ended")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-changed; err != nil && !errors.Is(err, errShutdown) {
		t.Errorf("the change: %v", err)
	}
	if err := p.UpdateFilter("hide", nil); !errors.Is(err, errShutdown) {
		t.Errorf("a change after the end: %v", err)
	}
}
