package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"

	"github.com/penstock-db/penstock/admin"
	"github.com/penstock-db/penstock/engine/config"
)

// newStore is a store whose engine takes everything.
func newStore(t *testing.T) *store {
	t.Helper()
	s, err := openStore(writeConfig(t, base))
	if err != nil {
		t.Fatal(err)
	}
	s.apply = func(_ *config.Config, keep func() error) error { return keep() }
	s.adopt = func(*config.Config) error { return nil }
	s.log = newLogger(config.Log{Level: "error", Format: "text"}, io.Discard)
	s.begin()
	return s
}

// limit is a change of something that every configuration has.
func limit(n int) func(*config.Config, *config.Overlay) error {
	return func(c *config.Config, o *config.Overlay) error {
		for name := range c.Services {
			if err := o.Set(n, "services", name, "max_connections"); err != nil {
				return err
			}
		}
		return nil
	}
}

func limitOf(c *config.Config) int {
	for _, s := range c.Services {
		return s.MaxConnections
	}
	return -1
}

func TestEditIsInForceAndKept(t *testing.T) {
	s := newStore(t)
	var applied, adopted *config.Config
	s.apply = func(c *config.Config, keep func() error) error {
		if _, err := os.Stat(config.OverlayPath(s.file)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it is on disk before the engine would have it: %v", err)
		}
		applied = c
		return keep()
	}
	s.adopt = func(c *config.Config) error { adopted = c; return nil }
	if err := s.Edit(t.Context(), limit(7)); err != nil {
		t.Fatal(err)
	}
	if applied != s.config() || adopted != applied || limitOf(applied) != 7 {
		t.Errorf("max_connections is %d", limitOf(applied))
	}
	if c, err := config.Load(s.file); err != nil || limitOf(c) != 7 {
		t.Errorf("after a restart: %v", err)
	}
}

// TestEditThatIsKeptAndNotAllInForce: whoever asked for a change has to learn
// that a part of the program goes on without it.
func TestEditThatIsKeptAndNotAllInForce(t *testing.T) {
	s := newStore(t)
	cause := errors.New("the audit log cannot be opened")
	s.adopt = func(*config.Config) error { return cause }
	var partly *admin.NotInForceError
	if err := s.Edit(t.Context(), limit(7)); !errors.As(err, &partly) || !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if c, err := config.Load(s.file); err != nil || limitOf(c) != 7 || limitOf(s.config()) != 7 {
		t.Errorf("after it: %v", err)
	}
}

func TestEditThatFailsLeavesNothing(t *testing.T) {
	refused := errors.New("the engine will not have it")
	for name, c := range map[string]struct {
		prepare func(*store)
		change  func(*config.Config, *config.Overlay) error
		is      func(error) bool
	}{
		"the engine refuses": {func(s *store) { s.apply = func(*config.Config, func() error) error { return refused } }, limit(7),
			func(err error) bool { return errors.Is(err, refused) }},
		"the disk refuses": {func(s *store) { os.Mkdir(config.OverlayPath(s.file)+".new", 0o700) }, limit(7),
			func(err error) bool { return errors.As(err, new(*admin.NotKeptError)) }},
		"no valid configuration": {func(*store) {}, limit(-1), func(err error) bool { return errors.As(err, new(*config.Errors)) }},
		"the change fails": {func(*store) {}, func(*config.Config, *config.Overlay) error { return refused },
			func(err error) bool { return errors.Is(err, refused) }},
	} {
		s := newStore(t)
		c.prepare(s)
		before := s.config()
		if err := s.Edit(t.Context(), c.change); !c.is(err) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(config.OverlayPath(s.file)); s.config() != before || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something has changed, %v", name, err)
		}
	}
}

// A change is put over the file as it was read; SIGHUP brings the two together.
func TestEditOfAFileThatIsBeingWritten(t *testing.T) {
	s := newStore(t)
	if err := os.WriteFile(s.file, []byte("half a li"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Edit(t.Context(), limit(7)); err != nil {
		t.Fatal(err)
	}
	take := func(*config.Config) error { return nil }
	if err := s.reload(take); err == nil || limitOf(s.config()) != 7 {
		t.Errorf("half a file was read: %v", err)
	}
	if err := os.WriteFile(s.file, []byte(base), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.reload(take); err != nil || limitOf(s.config()) != 7 {
		t.Errorf("%v, max_connections %d", err, limitOf(s.config()))
	}
}

func TestEditWaitsForItsTurnNoLongerThanItMay(t *testing.T) {
	s, err := openStore(writeConfig(t, base)) // nobody has begun
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Edit(ctx, limit(7)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
