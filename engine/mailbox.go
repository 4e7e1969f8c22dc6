package engine

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// errIdleTimeout means that the client said nothing for the service's
// connection_timeout.
var errIdleTimeout = errors.New("the client was idle for longer than connection_timeout")

var longAgo = time.Unix(1, 0)

// mailbox hands work to a session's goroutine. It sits around the client's
// socket because the socket is what the goroutine waits on: a post wakes the
// waiting read with a deadline in the past, which loses no byte.
//
// A wake-up that comes late, when the goroutine has already begun to read a
// command, is swallowed in Read, so that the rest of the session sees deadline
// errors only while it waits between two commands.
type mailbox struct {
	net.Conn

	waiting atomic.Bool // the goroutine waits for a command
	armed   atomic.Bool // jobs is not empty

	mu     sync.Mutex
	jobs   []func()
	closed bool

	stopped atomic.Bool // reads fail from now on

	limit time.Time // session goroutine only: when waiting ends; zero: never
	plain bool      // session goroutine only: deadlines are somebody else's and come out as they are
}

// post queues a job and wakes the session if it waits. It reports false if
// the session has ended and will run no more jobs.
func (m *mailbox) post(job func()) bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	m.jobs = append(m.jobs, job)
	m.armed.Store(true)
	m.mu.Unlock()
	if m.waiting.Load() {
		m.Conn.SetReadDeadline(longAgo)
	}
	return true
}

// stop makes the reads that are under way and all later ones fail, and gives
// writes a last second.
func (m *mailbox) stop() {
	m.stopped.Store(true)
	m.Conn.SetReadDeadline(longAgo)
	m.Conn.SetWriteDeadline(time.Now().Add(time.Second))
}

// bound bounds the reads until unbound: a peer that has begun to say something
// must go on. Zero does not bound.
func (m *mailbox) bound(patience time.Duration) {
	if patience > 0 {
		m.limit = time.Now().Add(patience)
		m.Conn.SetReadDeadline(m.limit)
	}
}

func (m *mailbox) unbound() {
	if !m.limit.IsZero() {
		m.limit = time.Time{}
		m.Conn.SetReadDeadline(m.limit)
	}
}

// undisturbed runs f, an exchange that sets deadlines itself.
func (m *mailbox) undisturbed(f func() error) error {
	m.plain = true
	err := f()
	m.plain = false
	return err
}

// run does all queued work. Session goroutine only.
func (m *mailbox) run() {
	for m.armed.Load() {
		m.mu.Lock()
		jobs := m.jobs
		m.jobs = nil
		m.armed.Store(false)
		m.mu.Unlock()
		for _, job := range jobs {
			job()
		}
	}
}

// end runs what is queued and refuses everything after.
func (m *mailbox) end() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.run()
}

// wait calls read, which is to wait for the next command, and runs the jobs
// that are posted meanwhile. idle bounds the wait, zero does not. stop is asked
// after each round of jobs.
func (m *mailbox) wait(idle time.Duration, read func() error, stop func() bool) error {
	if idle > 0 {
		m.limit = time.Now().Add(idle)
		m.Conn.SetReadDeadline(m.limit)
	}
	for {
		m.waiting.Store(true)
		if m.armed.Load() {
			m.waiting.Store(false)
			m.run()
			if stop() {
				return net.ErrClosed
			}
			continue
		}
		err := read()
		m.waiting.Store(false)
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			if idle > 0 {
				m.limit = time.Time{}
				m.Conn.SetReadDeadline(m.limit)
			}
			return err
		}
		if stop() {
			return net.ErrClosed
		}
		if !m.limit.IsZero() && !time.Now().Before(m.limit) {
			return errIdleTimeout
		}
	}
}

// Read reads from the socket. While the session waits for a command, a wake-up
// comes out as os.ErrDeadlineExceeded; at any other time it is swallowed.
func (m *mailbox) Read(p []byte) (int, error) {
	for {
		n, err := m.Conn.Read(p)
		if n > 0 || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		// The order matters: whoever posts stores armed before it sets the
		// deadline, and wait looks at armed after this, so a wake-up that this
		// line overwrites is not lost.
		if m.plain || m.stopped.Load() || !m.limit.IsZero() && !time.Now().Before(m.limit) {
			return 0, err
		}
		m.Conn.SetReadDeadline(m.limit)
		if m.waiting.Load() || m.stopped.Load() {
			return 0, err
		}
	}
}
