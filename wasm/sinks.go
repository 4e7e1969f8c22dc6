package wasm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/penstock-db/penstock/wasm/abi"
)

// SinkQueue is how many bytes of a sink may wait to be written.
const SinkQueue = 4 << 20

// Sinks are the files that one definition's plugins may append to. A write
// only copies into a bounded queue; one goroutine writes. What a plugin writes
// in one piece stays in one piece.
type Sinks struct {
	wake chan struct{}
	done chan struct{}

	mu      sync.Mutex
	sinks   []*sink
	reopen  bool
	closed  bool
	failure error
}

type sink struct {
	path           string
	file           *os.File
	pending, spare []byte
	dropped        uint64
}

// OpenSinks opens files for appending, creating them if need be, and starts
// the writer. The order of paths is that of the sink ids, from 0. Close must
// be called.
func OpenSinks(paths []string) (*Sinks, error) {
	s := &Sinks{wake: make(chan struct{}, 1), done: make(chan struct{})}
	for _, path := range paths {
		f, err := openSink(path)
		if err != nil {
			s.closeFiles()
			return nil, fmt.Errorf("open sink: %w", err)
		}
		s.sinks = append(s.sinks, &sink{path: path, file: f})
	}
	go s.work()
	return s, nil
}

func openSink(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
}

// CheckSinks says what would keep OpenSinks from opening the files. It creates
// none.
func CheckSinks(paths []string) error {
	for _, path := range paths {
		need, may := path, uint32(unix.W_OK)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			need, may = filepath.Dir(path), unix.W_OK|unix.X_OK
		}
		if err := unix.Access(need, may); err != nil {
			return fmt.Errorf("open sink: %w", &fs.PathError{Op: "write to", Path: need, Err: err})
		}
	}
	return nil
}

// Write queues a copy of p for a sink. NotFound: there is no such sink; Quota:
// its queue is full, the piece is dropped and counted.
func (s *Sinks) Write(id uint32, p []byte) abi.Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case uint64(id) >= uint64(len(s.sinks)):
		return abi.NotFound
	case s.closed:
		return abi.Internal
	}
	k := s.sinks[id]
	if len(k.pending)+len(p) > SinkQueue {
		k.dropped++
		return abi.Quota
	}
	k.pending = append(k.pending, p...)
	s.signal()
	return abi.OK
}

// signal wakes the writer; it does not wait.
func (s *Sinks) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Reopen closes and opens the files again once what is queued has been
// written: for log rotation.
func (s *Sinks) Reopen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.reopen = true
		s.signal()
	}
}

// Dropped returns how many pieces could not be queued or written.
func (s *Sinks) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n uint64
	for _, k := range s.sinks {
		n += k.dropped
	}
	return n
}

// Close writes what is queued, closes the files and returns the first error
// that the writer met. Later writes are refused; closing twice does nothing.
func (s *Sinks) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		close(s.wake)
	}
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// work is the writer goroutine.
func (s *Sinks) work() {
	defer close(s.done)
	for range s.wake {
		s.drain()
	}
	s.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(s.closeFiles())
}

// drain writes what every sink has pending. The lock is not held while
// writing: the queue is swapped for an empty one.
func (s *Sinks) drain() {
	for _, k := range s.sinks {
		s.mu.Lock()
		data := k.pending
		k.pending, k.spare = k.spare[:0], nil
		s.mu.Unlock()
		var err error
		if len(data) > 0 {
			_, err = k.file.Write(data)
		}
		s.mu.Lock()
		if cap(data) <= SinkQueue/8 {
			k.spare = data[:0]
		}
		if err != nil {
			k.dropped++
			s.fail(err)
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	reopen := s.reopen
	s.reopen = false
	s.mu.Unlock()
	if !reopen {
		return
	}
	for _, k := range s.sinks {
		f, err := openSink(k.path)
		if err == nil {
			k.file, f = f, k.file
			err = f.Close()
		}
		s.mu.Lock()
		s.fail(err)
		s.mu.Unlock()
	}
}

// fail remembers the first error; mu is held.
func (s *Sinks) fail(err error) {
	if s.failure == nil && err != nil {
		s.failure = fmt.Errorf("write sink: %w", err)
	}
}

func (s *Sinks) closeFiles() error {
	var errs []error
	for _, k := range s.sinks {
		errs = append(errs, k.file.Close())
	}
	return errors.Join(errs...)
}
