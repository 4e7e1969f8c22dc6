package wire

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// Header is a packet's header.
type Header struct {
	Len int  // payload bytes of this packet
	Seq byte // sequence number
}

// Continued reports whether the next packet continues this one's message.
func (h Header) Continued() bool { return h.Len == MaxPayload }

// Conn is a packet connection: a net.Conn with a read and a write buffer,
// both from a pool and both given back by [Conn.Release].
//
// One goroutine owns a Conn. From elsewhere only these may be called: Close,
// Abort, Raw, NetConn, the deadline setters, the counters, ReadBuffer and
// WriteBuffer.
//
// A read that ends with os.ErrDeadlineExceeded, or with any other error, has
// consumed nothing: the same call can be repeated once the deadline is moved.
// The exception is CopyFrom, whose error says how far it came. Conn never
// sets a deadline by itself.
type Conn struct {
	nc    net.Conn                 // the current transport, for the owner
	raw   net.Conn                 // the first transport, below TLS
	cur   atomic.Pointer[net.Conn] // the current transport, for others
	exact bool

	rbuf []byte // nil while nothing is held
	r, w int    // rbuf[r:w] is unread
	doze bool   // the next read takes no buffer from the pool
	tiny [dozeBuffer]byte

	wbuf []byte // nil while nothing is held; cap is bufferSize

	bytesIn, bytesOut, reads, writes, commands atomic.Uint64
	held                                       atomic.Int64 // len(rbuf)
	heldWrite                                  atomic.Int64
}

// NewConn returns a packet connection over nc, which it owns from now on.
func NewConn(nc net.Conn) *Conn {
	c := &Conn{nc: nc, raw: nc}
	c.cur.Store(&nc)
	return c
}

// NetConn returns the current transport: a *tls.Conn after an upgrade to TLS.
func (c *Conn) NetConn() net.Conn { return *c.cur.Load() }

// Raw returns the transport that the Conn was created with. Deadlines set on
// it work through any number of layers above it.
func (c *Conn) Raw() net.Conn { return c.raw }

// Upgrade replaces the transport, after a TLS handshake on top of the old one.
// It fails with ErrUnread if bytes are buffered in either direction: plain
// text must not leak into an encrypted conversation. To leave no encrypted
// byte in the buffer either, read the message before the handshake with
// [Conn.SetExact] on.
func (c *Conn) Upgrade(nc net.Conn) error {
	if c.r < c.w || len(c.wbuf) > 0 {
		return ErrUnread
	}
	c.nc = nc
	c.cur.Store(&nc)
	return nil
}

// SetExact makes reads take no byte from the transport beyond what the call in
// progress needs. It costs more system calls and is meant for the start of a
// connection, where the bytes after a message may belong to TLS.
func (c *Conn) SetExact(on bool) { c.exact = on }

// SetDeadline sets both deadlines, like net.Conn.
func (c *Conn) SetDeadline(t time.Time) error { return c.raw.SetDeadline(t) }

// SetReadDeadline sets the read deadline. One in the past wakes a blocked
// read; the read loses nothing.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.raw.SetReadDeadline(t) }

// SetWriteDeadline sets the write deadline.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.raw.SetWriteDeadline(t) }

// Close closes the connection in order, with TLS's closing alert if there is
// TLS. It does not flush.
func (c *Conn) Close() error { return c.NetConn().Close() }

// Abort closes the socket at once, without an alert.
func (c *Conn) Abort() error { return c.raw.Close() }

// Release gives empty buffers back to the pool. Slices that earlier reads
// returned are invalid afterwards. The next read or write takes new buffers.
func (c *Conn) Release() {
	if c.r == c.w {
		c.dropRead()
	}
	if len(c.wbuf) == 0 {
		c.dropWrite()
	}
}

// Doze is Release for a connection that is expected to be silent for long: the
// read that waits next holds no buffer either, only some bytes of the Conn
// itself. What comes then costs one more read from the transport.
func (c *Conn) Doze() {
	c.Release()
	c.doze = c.rbuf == nil
}

// Free gives all buffers back, full or not. The Conn must not be used again,
// except to read its counters.
func (c *Conn) Free() {
	c.dropRead()
	c.dropWrite()
}

// ReadBuffer returns the bytes of memory that the read buffer holds.
func (c *Conn) ReadBuffer() int { return int(c.held.Load()) }

// WriteBuffer returns the bytes of memory that the write buffer holds.
func (c *Conn) WriteBuffer() int { return int(c.heldWrite.Load()) }

// BytesIn returns the bytes read from the transport (after decryption).
func (c *Conn) BytesIn() uint64 { return c.bytesIn.Load() }

// BytesOut returns the bytes written to the transport (before encryption).
func (c *Conn) BytesOut() uint64 { return c.bytesOut.Load() }

// Reads returns the number of reads from the transport that brought bytes.
func (c *Conn) Reads() uint64 { return c.reads.Load() }

// Writes returns the number of writes to the transport.
func (c *Conn) Writes() uint64 { return c.writes.Load() }

// Commands returns the number of messages that were written with the sequence
// number 0: on a connection to a server, the commands.
func (c *Conn) Commands() uint64 { return c.commands.Load() }

// fill reads once, at most want bytes if the connection is exact. There must
// be room in the buffer.
func (c *Conn) fill(want int) error {
	end := len(c.rbuf)
	if c.exact && c.w+want < end {
		end = c.w + want
	}
	for range 100 {
		n, err := c.nc.Read(c.rbuf[c.w:end])
		if n > 0 {
			c.w += n
			c.bytesIn.Add(uint64(n))
			c.reads.Add(1)
			return nil // an error comes again with the next read
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}
