package engine

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// hangups tells when a peer has closed its connection although nobody reads
// from it at the moment: a client that vanishes while its query runs, a server
// that goes away between two commands. One goroutine watches all sockets by
// edge-triggered epoll, which costs nothing per packet.
type hangups struct {
	epfd int
	wake [2]int // a pipe that ends the goroutine
	done chan struct{}

	mu   sync.Mutex
	next int32
	call map[int32]func()
}

func newHangups() (*hangups, error) {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot watch for lost connections: epoll_create1: %w", err)
	}
	h := &hangups{epfd: epfd, done: make(chan struct{}), call: map[int32]func(){}}
	if err := unix.Pipe2(h.wake[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		unix.Close(epfd)
		return nil, fmt.Errorf("cannot watch for lost connections: pipe2: %w", err)
	}
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLHUP, Fd: 0}
	if err := unix.EpollCtl(epfd, unix.EPOLL_CTL_ADD, h.wake[0], &ev); err != nil {
		h.release()
		return nil, fmt.Errorf("cannot watch for lost connections: epoll_ctl: %w", err)
	}
	go h.run()
	return h, nil
}

// watch calls f once, from the watcher's goroutine, when conn's peer has
// closed its side or the connection is broken; f must not block. cancel ends the
// watch and must be called before conn is closed.
func (h *hangups) watch(conn net.Conn, f func()) (cancel func(), err error) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("cannot watch a %T for its peer's end: it has no file descriptor", conn)
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.next++
	if h.next <= 0 {
		h.next = 1
	}
	for h.call[h.next] != nil { // after 2^31 connections: an id that is still in use
		h.next++
	}
	id := h.next
	h.call[id] = f
	h.mu.Unlock()

	var ctlErr error
	err = raw.Control(func(fd uintptr) {
		ev := unix.EpollEvent{Events: unix.EPOLLRDHUP | unix.EPOLLET, Fd: id}
		ctlErr = unix.EpollCtl(h.epfd, unix.EPOLL_CTL_ADD, int(fd), &ev)
	})
	if err = errors.Join(err, ctlErr); err != nil {
		h.forget(id)
		return nil, fmt.Errorf("cannot watch a connection for its peer's end: %w", err)
	}
	return func() {
		h.forget(id)
		raw.Control(func(fd uintptr) { unix.EpollCtl(h.epfd, unix.EPOLL_CTL_DEL, int(fd), nil) })
	}, nil
}

func (h *hangups) forget(id int32) {
	h.mu.Lock()
	delete(h.call, id)
	h.mu.Unlock()
}

func (h *hangups) run() {
	defer close(h.done)
	events := make([]unix.EpollEvent, 64)
	for {
		n, err := unix.EpollWait(h.epfd, events, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return
		}
		for _, ev := range events[:n] {
			if ev.Fd == 0 {
				return
			}
			h.mu.Lock()
			f := h.call[ev.Fd]
			delete(h.call, ev.Fd)
			h.mu.Unlock()
			if f != nil {
				f()
			}
		}
	}
}

// close ends the goroutine and gives everything back.
func (h *hangups) close() {
	unix.Close(h.wake[1])
	<-h.done
	h.wake[1] = -1
	h.release()
}

func (h *hangups) release() {
	for _, fd := range []int{h.wake[0], h.wake[1], h.epfd} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}
