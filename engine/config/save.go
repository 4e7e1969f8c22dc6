package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Save writes the overlay: whoever reads the file, at any moment and after any
// crash, finds the old one or the new one, whole. The file holds passwords, so
// only its owner can read it.
func (o *Overlay) Save() error {
	path := OverlayPath(o.of)
	if err := replace(path, o.encode()); err != nil {
		return fmt.Errorf("write what the REST API has changed: %w", err)
	}
	return nil
}

// Kept reports whether the overlay of a configuration file on disk is this one.
func Kept(file string, o *Overlay) bool {
	text, err := os.ReadFile(OverlayPath(file))
	return err == nil && bytes.Equal(text, o.encode())
}

// replace writes a file beside path and renames it when its bytes are on disk.
// The name of that file is always the same, so that a crash leaves at most one,
// which the next call takes.
func replace(path string, text []byte) error {
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		os.Remove(next)
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync() // the rename itself
}
