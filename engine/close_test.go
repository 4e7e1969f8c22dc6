package engine

import (
	"context"
	"errors"
	"os"
	"testing"
)

// A change that comes during a drain, in a goroutine that Close waits for, as the
// watcher of modules' files may, is refused at once and does not keep Close from
// ending.
func TestChangesDuringADrain(t *testing.T) {
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
	eventually(t, "the drain to begin", func() bool { return !p.Listeners()[0].Running })
	changed := make(chan error, 1)
	p.background.Go(func() { changed <- updateFilter(p, "hide", nil) })
	if err := <-changed; !errors.Is(err, ErrShutdown) {
		t.Errorf("the change: %v", err)
	}
	give()
	if err := <-drained; err == nil {
		t.Error("the drain says that a session in a transaction has ended")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := updateFilter(p, "hide", nil); !errors.Is(err, ErrShutdown) {
		t.Errorf("a change after the end: %v", err)
	}
}
