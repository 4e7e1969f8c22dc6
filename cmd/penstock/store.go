package main

import (
	"context"
	"errors"

	"github.com/penstock-db/penstock/admin"
	"github.com/penstock-db/penstock/engine/config"
)

// store is the configuration as it is in force and as it is kept: the
// administrator's file, which is never written, and beside it the overlay with
// what the REST API has changed. Changes happen one after the other, re-reading
// the file among them.
//
// A change is put over the file as it was when it was last read. What the
// administrator is just writing there is for the next start or SIGHUP.
type store struct {
	file    string
	turn    chan struct{} // holds the right to change what follows
	current *config.Config
	overlay *config.Overlay
	// apply has the engine take a configuration over and calls keep when it can;
	// adopt does the rest of the program.
	apply func(cfg *config.Config, keep func() error) error
	adopt func(*config.Config) error
	log   logger
}

var _ admin.Editor = (*store)(nil)

// openStore reads the configuration. Nobody can change it before begin.
func openStore(file string) (*store, error) {
	s := &store{file: file, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	var err error
	s.current, s.overlay, err = s.read()
	return s, err
}

// begin lets changes in: whoever is to take them over has started.
func (s *store) begin() { <-s.turn }

func (s *store) read() (*config.Config, *config.Overlay, error) {
	overlay, err := config.ReadOverlay(s.file)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := overlay.Load()
	return cfg, overlay, err
}

// config returns the configuration that is in force.
func (s *store) config() *config.Config {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	return s.current
}

// Edit implements [admin.Editor]. Its order is what a crash at any moment
// depends on: everything that can fail, then the overlay on disk, then the
// engine goes over to it. What the caller is told of is on disk.
func (s *store) Edit(ctx context.Context, change func(*config.Config, *config.Overlay) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	next := s.overlay.Clone()
	if err := change(s.current, next); err != nil {
		return err
	}
	cfg, err := next.Load()
	if err != nil {
		return err
	}
	if err := s.apply(cfg, func() error { return s.keep(next) }); err != nil {
		return err
	}
	s.current, s.overlay = cfg, next
	if _, _, err := s.read(); err != nil {
		s.log.Warn("a change is kept, but penstock would not start any more: the configuration file was changed meanwhile, and makes no sense together with it", "error", err)
	}
	if err := s.adopt(cfg); err != nil {
		return &admin.NotInForceError{Err: err}
	}
	return nil
}

// keep writes an overlay. If that fails the old one stays, also where the new
// one had its place already and only that is not certain to last.
func (s *store) keep(next *config.Overlay) error {
	err := next.Save()
	if err == nil {
		return nil
	}
	if config.Kept(s.file, next) {
		err = errors.Join(err, s.overlay.Save())
	}
	return &admin.NotKeptError{Err: err}
}

// reload reads file and overlay anew and has them taken over.
func (s *store) reload(take func(*config.Config) error) error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	cfg, overlay, err := s.read()
	if err != nil {
		return err
	}
	if err := take(cfg); err != nil {
		return err
	}
	s.current, s.overlay = cfg, overlay
	return nil
}
