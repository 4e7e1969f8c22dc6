package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// logFile is where the log goes: a file that can be opened anew after it was
// moved away (logrotate), or standard error.
type logFile struct {
	opening sync.Mutex // one change of the file at a time

	mu     sync.Mutex
	stderr io.Writer
	path   string // empty: stderr
	file   *os.File
}

// newLogFile opens the file; an empty path means stderr.
func newLogFile(path string, stderr io.Writer) (*logFile, error) {
	f := &logFile{stderr: stderr}
	return f, f.reopen(path)
}

// reopen goes on in the file of this path, which can be the same as before. If
// it cannot be opened the log stays where it is.
func (f *logFile) reopen(path string) error {
	f.opening.Lock()
	defer f.opening.Unlock()
	return f.open(path)
}

// Reopen goes on in a new file of the same path.
func (f *logFile) Reopen() error {
	f.opening.Lock()
	defer f.opening.Unlock()
	return f.open(f.path)
}

func (f *logFile) open(path string) error {
	var file *os.File
	if path != "" {
		var err error
		if file, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640); err != nil {
			return fmt.Errorf("log file: %w", err)
		}
	}
	f.mu.Lock()
	old := f.file
	f.path, f.file = path, file
	f.mu.Unlock()
	if old != nil {
		old.Close()
	}
	return nil
}

// Write writes a line. One that cannot be written to the file, because the
// disk is full for instance, goes to stderr rather than nowhere.
func (f *logFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		if n, err := f.file.Write(p); err == nil {
			return n, nil
		}
	}
	return f.stderr.Write(p)
}

// Close closes the file; later lines go to stderr.
func (f *logFile) Close() error { return f.reopen("") }
