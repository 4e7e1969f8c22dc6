package wire

import "sync"

const (
	// BufferSize is the size of a connection's pooled buffers. Measurements
	// show no gain beyond 16 KiB and a loss of factors below.
	BufferSize = 16 << 10
	// dozeBuffer is what a dozing connection waits with: a small command fits.
	dozeBuffer = 64
	// MaxPeek is the most that a connection holds unread for Peek and Fill.
	MaxPeek = 1 << 20
)

var buffers = sync.Pool{New: func() any { return new([BufferSize]byte) }}

func takeBuffer() []byte { return buffers.Get().(*[BufferSize]byte)[:] }

// giveBuffer puts a buffer back. Buffers that had grown are left to the
// garbage collector.
func giveBuffer(b []byte) {
	if cap(b) == BufferSize {
		buffers.Put((*[BufferSize]byte)(b[:BufferSize]))
	}
}

func (c *Conn) dropRead() {
	if c.rbuf != nil {
		giveBuffer(c.rbuf)
		c.rbuf, c.r, c.w = nil, 0, 0
		c.held.Store(0)
	}
}

func (c *Conn) dropWrite() {
	if c.wbuf != nil {
		giveBuffer(c.wbuf)
		c.wbuf = nil
		c.heldWrite.Store(0)
	}
}

// room makes space for a read behind the unread bytes, on the way to holding n
// of them. Slices returned earlier become invalid.
func (c *Conn) room(n int) {
	switch {
	case c.rbuf == nil && c.doze:
		c.rbuf, c.doze = c.tiny[:], false
	case c.rbuf == nil:
		c.rbuf = takeBuffer()
		c.held.Store(BufferSize)
	case len(c.rbuf) == dozeBuffer && c.w > 0:
		// It has slept and there is more to read: it takes a buffer.
		awake := takeBuffer()
		c.w = copy(awake, c.rbuf[c.r:c.w])
		c.rbuf, c.r = awake, 0
		c.held.Store(BufferSize)
	case c.r == c.w:
		c.r, c.w = 0, 0
	}
	size := len(c.rbuf)
	if c.w < size && (c.r == 0 || c.r+n <= size) {
		return
	}
	if c.r > 0 {
		c.w = copy(c.rbuf, c.rbuf[c.r:c.w])
		c.r = 0
		return
	}
	// Full. Grow by doubling: a header's word is not enough to take 16 MiB.
	size = min(2*size, n+BufferSize)
	grown := make([]byte, size)
	copy(grown, c.rbuf)
	giveBuffer(c.rbuf)
	c.rbuf = grown
	c.held.Store(int64(size))
}

// shrink gives up a buffer of another size than the pool's once it is empty: a
// grown one, or the one of a connection that has slept.
func (c *Conn) shrink() {
	if c.r == c.w {
		c.r, c.w = 0, 0
		if len(c.rbuf) != BufferSize {
			c.rbuf = nil // not pooled: slices of it stay valid
			c.held.Store(0)
		}
	}
}
