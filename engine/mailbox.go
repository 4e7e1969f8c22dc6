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
//
// It also sees to net_timeout: a client that has begun to say something must go
// on, and one that is being told something must take it. Deadlines are moved
// when one has passed, not with every packet.
type mailbox struct {
	net.Conn

	waiting atomic.Bool // the goroutine waits for a command
	armed   atomic.Bool // jobs is not empty

	mu     sync.Mutex
	jobs   []func()
	closed bool

	stopped atomic.Bool // reads fail from now on

	// Session goroutine only.
	limit    time.Time     // when waiting ends; zero: never
	patience time.Duration // how long the client may neither go on nor take anything; zero: for ever
	plain    bool          // deadlines are somebody else's and come out as they are
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

// lastWords is how long a session that is being stopped may go on writing.
const lastWords = time.Second

// stop makes the reads that are under way and all later ones fail, and gives
// writes a last second.
func (m *mailbox) stop() {
	m.stopped.Store(true)
	m.Conn.SetReadDeadline(longAgo)
	m.Conn.SetWriteDeadline(time.Now().Add(lastWords))
}

// setRead moves the read deadline, unless the session has been stopped: a stop
// that comes at the same time must not be undone.
func (m *mailbox) setRead(t time.Time) {
	m.Conn.SetReadDeadline(t)
	if m.stopped.Load() {
		m.Conn.SetReadDeadline(longAgo)
	}
}

// setWrite does the same for writes.
func (m *mailbox) setWrite(t time.Time) {
	m.Conn.SetWriteDeadline(t)
	if m.stopped.Load() {
		m.Conn.SetWriteDeadline(time.Now().Add(lastWords))
	}
}

// bound takes the deadlines over: from now on patience bounds how long the
// client may neither go on with what it has begun to say nor take anything of
// what it is told.
func (m *mailbox) bound(patience time.Duration) {
	m.patience = patience
	m.setRead(time.Time{})
	if patience > 0 {
		m.setWrite(time.Now().Add(patience))
	} else {
		m.setWrite(time.Time{})
	}
}

// undisturbed runs f, an exchange that sets deadlines itself.
func (m *mailbox) undisturbed(f func() error) error {
	m.plain = true
	err := f()
	m.plain = false
	m.bound(m.patience)
	return err
}

// run does the work that is queued. Session goroutine only.
func (m *mailbox) run() {
	m.mu.Lock()
	jobs := m.jobs
	m.jobs = nil
	m.armed.Store(false)
	m.mu.Unlock()
	for _, job := range jobs {
		job()
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
	m.limit = time.Time{}
	if idle > 0 {
		m.limit = time.Now().Add(idle)
		m.setRead(m.limit)
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
			return err
		}
		if stop() {
			return net.ErrClosed
		}
		if m.over() {
			return errIdleTimeout
		}
	}
}

// over reports whether the time to wait has passed.
func (m *mailbox) over() bool { return !m.limit.IsZero() && !time.Now().Before(m.limit) }

// Read reads from the socket. While the session waits for a command, a wake-up
// comes out as os.ErrDeadlineExceeded. At any other time the client is in the
// middle of something, and that error means that nothing came for net_timeout.
func (m *mailbox) Read(p []byte) (int, error) {
	for {
		waiting := m.waiting.Load()
		var began time.Time
		if !waiting && !m.plain && m.patience > 0 {
			began = time.Now()
			m.setRead(began.Add(m.patience))
		}
		n, err := m.Conn.Read(p)
		if n > 0 || err == nil || m.plain || m.stopped.Load() || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		switch {
		case waiting && m.over():
			return 0, err
		case waiting:
			// The order matters: whoever posts stores armed before it sets the
			// deadline, and wait looks at armed after this, so a wake-up that
			// this line overwrites is not lost.
			m.setRead(m.limit)
			return 0, err
		case m.patience <= 0:
			m.setRead(time.Time{})
		case time.Since(began) >= m.patience:
			return 0, err
		}
	}
}

// Write writes to the socket. The deadline that is set may be an old one: a
// write that meets it gets a new one, and fails if the client then takes nothing
// at all. So a client that has stopped reading is given up after net_timeout at
// the earliest and twice that at the latest, and no deadline is set per packet.
func (m *mailbox) Write(p []byte) (int, error) {
	done, fresh := 0, false
	for {
		n, err := m.Conn.Write(p[done:])
		done += n
		if err == nil || m.plain || m.patience <= 0 || m.stopped.Load() || !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 && fresh {
			return done, err
		}
		m.setWrite(time.Now().Add(m.patience))
		fresh = true
	}
}
