// Package socket makes a connection's reads and writes cheaper than package net's.
//
// The Go runtime takes a system call for one that may block: it hands the
// processor over if the call lasts, and a monitor thread that finds it so keeps
// looking every twenty microseconds. On a busy host the kernel often takes a
// thread off its core at the end of a send, because the receiver was just
// woken, and so nearly each packet costs a change of threads in the runtime
// besides the one in the kernel. But a call on a non-blocking socket does not
// block: it moves what there is, or says that there is nothing. So [Conn] makes
// it without telling the scheduler. Waiting is still the runtime's business:
// deadlines, closing and the number of goroutines are as with any net.Conn.
package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Conn is a TCP or Unix stream socket. Unlike with other net.Conns, no two reads
// may be under way at a time, and no two writes; a read beside a write may.
type Conn struct {
	net.Conn
	raw syscall.RawConn
	in  transfer
	out transfer
}

// transfer is a read or a write under way. step is a method value, made once
// because each one is an allocation.
type transfer struct {
	step  func(fd uintptr) (done bool)
	p     []byte
	moved int
	errno syscall.Errno
}

// Wrap returns nc as a Conn, which owns it from now on. Anything that is not a
// stream socket is returned as it is.
func Wrap(nc net.Conn) net.Conn {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return nc
	}
	raw, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return nc
	}
	c := &Conn{Conn: nc, raw: raw}
	c.in.step, c.out.step = c.in.receive, c.out.send
	return c
}

// SyscallConn gives access to the file descriptor, like net.TCPConn's.
func (c *Conn) SyscallConn() (syscall.RawConn, error) { return c.raw, nil }

// Read reads like a net.Conn: what there is, waiting for the first byte only.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.in.p, c.in.moved, c.in.errno = p, 0, 0
	err := c.raw.Read(c.in.step)
	c.in.p = nil
	switch {
	case err != nil:
		return 0, c.failed("read", err)
	case c.in.errno != 0:
		return 0, c.failed("read", os.NewSyscallError("recvfrom", c.in.errno))
	case c.in.moved == 0:
		return 0, io.EOF
	}
	return c.in.moved, nil
}

// Write writes all of p, and less only with an error.
func (c *Conn) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.out.p, c.out.moved, c.out.errno = p, 0, 0
	err := c.raw.Write(c.out.step)
	c.out.p = nil
	switch {
	case err != nil:
		return c.out.moved, c.failed("write", err)
	case c.out.errno != 0:
		return c.out.moved, c.failed("write", os.NewSyscallError("sendto", c.out.errno))
	}
	return c.out.moved, nil
}

// failed names the operation as package net does.
func (c *Conn) failed(op string, err error) error {
	var oe *net.OpError
	if errors.As(err, &oe) {
		err = oe.Err
	}
	return &net.OpError{Op: op, Net: c.LocalAddr().Network(), Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// receive reads once. It is not done if there was nothing to read.
func (t *transfer) receive(fd uintptr) bool {
	for {
		n, errno := receive(fd, t.p[:min(len(t.p), maxCall)])
		switch errno {
		case 0:
			t.moved = n
			return true
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			t.errno = errno
			return true
		}
	}
}

// send writes until all is written. It is not done if the socket is full.
func (t *transfer) send(fd uintptr) bool {
	for t.moved < len(t.p) {
		rest := t.p[t.moved:]
		n, errno := send(fd, rest[:min(len(rest), maxCall)])
		switch errno {
		case 0:
			t.moved += n
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			t.errno = errno
			return true
		}
	}
	return true
}

// maxCall bounds one call, during which the scheduler cannot use the thread.
const maxCall = 256 << 10
