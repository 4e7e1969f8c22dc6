package wire

// Write buffers bytes that are already framed, and sends when the buffer is
// full. A p of at least the buffer's size goes out directly, what does not fit
// into the buffer without being copied. It returns how many bytes of p were
// accepted, which is less than len(p) only with an error.
func (c *Conn) Write(p []byte) (int, error) {
	if len(p) <= cap(c.wbuf)-len(c.wbuf) {
		c.wbuf = append(c.wbuf, p...)
		return len(p), nil
	}
	if len(p) >= BufferSize {
		return c.writeThrough(p)
	}
	if c.wbuf == nil {
		c.wbuf = takeBuffer()[:0]
		c.heldWrite.Store(BufferSize)
	}
	n := min(len(p), cap(c.wbuf)-len(c.wbuf))
	c.wbuf = append(c.wbuf, p[:n]...)
	if n < len(p) {
		if err := c.Flush(); err != nil {
			return n, err
		}
		c.wbuf = append(c.wbuf, p[n:]...)
	}
	return len(p), nil
}

// writeThrough sends the buffer, filled up from p, and the rest of p.
func (c *Conn) writeThrough(p []byte) (int, error) {
	done := 0
	if len(c.wbuf) > 0 {
		done = cap(c.wbuf) - len(c.wbuf) // p is larger than the whole buffer
		c.wbuf = append(c.wbuf, p[:done]...)
		if err := c.Flush(); err != nil {
			return done, err
		}
	}
	n, err := c.nc.Write(p[done:])
	c.count(int64(n))
	return done + n, err
}

// Flush sends what is buffered. After an error, what was not sent is still
// buffered.
func (c *Conn) Flush() error {
	if len(c.wbuf) == 0 {
		return nil
	}
	n, err := c.nc.Write(c.wbuf)
	c.count(int64(n))
	if n == len(c.wbuf) {
		c.wbuf = c.wbuf[:0]
		return err
	}
	c.wbuf = c.wbuf[:copy(c.wbuf, c.wbuf[n:])]
	return err
}

// Pending returns how many bytes are buffered and not yet sent.
func (c *Conn) Pending() int { return len(c.wbuf) }

func (c *Conn) count(n int64) {
	c.writes.Add(1)
	c.bytesOut.Add(uint64(n))
}

// WriteMessage frames payload as one message, split at MaxPayload, and buffers
// it like [Conn.Write]. It returns the sequence number that follows the
// message's last packet. After an error the connection's stream is broken.
func (c *Conn) WriteMessage(payload []byte, seq byte) (next byte, err error) {
	for {
		n := min(len(payload), MaxPayload)
		if err := c.WriteHeader(Header{Len: n, Seq: seq}); err != nil {
			return seq, err
		}
		if _, err := c.Write(payload[:n]); err != nil {
			return seq, err
		}
		seq++
		payload = payload[n:]
		if n < MaxPayload {
			return seq, nil
		}
	}
}

// WriteHeader buffers a packet's header. The caller then writes the payload,
// for example with [Conn.CopyFrom].
func (c *Conn) WriteHeader(h Header) error {
	b := [HeaderLen]byte{byte(h.Len), byte(h.Len >> 8), byte(h.Len >> 16), h.Seq}
	if HeaderLen > cap(c.wbuf)-len(c.wbuf) {
		if err := c.Flush(); err != nil {
			return err
		}
		if c.wbuf == nil {
			c.wbuf = takeBuffer()[:0]
			c.heldWrite.Store(BufferSize)
		}
	}
	c.wbuf = append(c.wbuf, b[:]...)
	if h.Seq == 0 {
		c.commands.Add(1)
	}
	return nil
}

// CopyFrom moves the next n raw bytes of src to c through the buffers, without
// ever holding more than a buffer of them. It does not flush at the end. Its
// error is a *SideError that says which side failed and how many bytes had
// been moved: after a deadline on the source, go on with the rest.
func (c *Conn) CopyFrom(src *Conn, n int64) error {
	var done int64
	for done < n {
		if src.r == src.w {
			src.room(1)
			if err := src.fill(int(min(n-done, BufferSize))); err != nil {
				return &SideError{Side: SideSource, Copied: done, Err: unexpected(err)}
			}
		}
		step := int(min(n-done, int64(src.w-src.r)))
		wrote, err := c.Write(src.rbuf[src.r : src.r+step])
		src.r += wrote
		done += int64(wrote)
		src.shrink()
		if err != nil {
			return &SideError{Side: SideTarget, Copied: done, Err: err}
		}
	}
	return nil
}
