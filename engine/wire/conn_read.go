package wire

import "io"

// ensure makes n unread bytes available, reading as often as it takes.
func (c *Conn) ensure(n int) error {
	for c.w-c.r < n {
		c.room(n)
		if err := c.fill(n - (c.w - c.r)); err != nil {
			if err == io.EOF && c.r < c.w {
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// PeekHeader returns the next packet's header without consuming it. It blocks
// until the header is there. At the end of the stream it returns io.EOF, or
// io.ErrUnexpectedEOF inside a header.
func (c *Conn) PeekHeader() (Header, error) {
	if c.w-c.r < HeaderLen {
		if err := c.ensure(HeaderLen); err != nil {
			return Header{}, err
		}
	}
	return header(c.rbuf[c.r:c.w]), nil
}

func header(b []byte) Header {
	_ = b[3]
	return Header{Len: int(b[0]) | int(b[1])<<8 | int(b[2])<<16, Seq: b[3]}
}

// Peek returns the next n raw bytes, headers included, without consuming
// them, valid until the next read. It blocks until they are there. More than
// MaxPeek fail with ErrPeekLimit.
func (c *Conn) Peek(n int) ([]byte, error) {
	if n > MaxPeek {
		return nil, ErrPeekLimit
	}
	if err := c.ensure(n); err != nil {
		return nil, err
	}
	return c.rbuf[c.r : c.r+n : c.r+n], nil
}

// Buffered returns the raw bytes that were read and not consumed. They stay
// valid until the next read.
func (c *Conn) Buffered() []byte { return c.rbuf[c.r:c.w:c.w] }

// Fill reads once more into the buffer and blocks until something comes. It
// fails with ErrPeekLimit if MaxPeek bytes are already held. On an exact
// connection it reads at most to the end of the current packet, or the next
// packet's header.
func (c *Conn) Fill() error {
	held := c.w - c.r
	if held >= MaxPeek {
		return ErrPeekLimit
	}
	want := 1
	if c.exact {
		want = c.exactWant(held)
	}
	c.room(2*held + 1)
	err := c.fill(want)
	if err == io.EOF && held > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// exactWant says how many bytes are missing to complete the last packet that
// the buffer holds a part of.
func (c *Conn) exactWant(held int) int {
	for at := 0; ; {
		if held-at < HeaderLen {
			return HeaderLen - (held - at)
		}
		at += HeaderLen + header(c.rbuf[c.r+at:c.w]).Len
		if at > held {
			return at - held
		}
	}
}

// Discard consumes n raw bytes, reading them if they are not buffered. After
// an error it must not be repeated with the same n; [Conn.Skip] can.
func (c *Conn) Discard(n int) error {
	if n <= c.w-c.r {
		c.r += n
		c.shrink()
		return nil
	}
	_, err := c.Skip(int64(n))
	return err
}

// Skip consumes n raw bytes without holding them and returns how many it
// consumed, which is less than n only with an error.
func (c *Conn) Skip(n int64) (int64, error) {
	left := n
	for {
		step := min(left, int64(c.w-c.r))
		c.r += int(step)
		left -= step
		c.shrink()
		if left == 0 {
			return n, nil
		}
		c.room(1)
		if err := c.fill(int(min(left, BufferSize))); err != nil {
			return n - left, unexpected(err)
		}
	}
}

// unexpected turns the end of the stream into an error where more must come.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ReadMessage consumes the next message and returns its payload, continuation
// packets joined, with the sequence number of its last packet. The payload is
// valid until the next read. A message of more than max bytes fails with
// *TooLargeError as soon as a header tells; nothing of it is consumed then.
// At the end of the stream it returns io.EOF, or io.ErrUnexpectedEOF inside a
// message.
func (c *Conn) ReadMessage(max int) (payload []byte, seq byte, err error) {
	raw, length := 0, 0
	for {
		if err := c.ensure(raw + HeaderLen); err != nil {
			return nil, 0, err
		}
		h := header(c.rbuf[c.r+raw : c.w])
		length += h.Len
		if length > max {
			return nil, 0, &TooLargeError{Length: length, Max: max}
		}
		raw += HeaderLen + h.Len
		if err := c.ensure(raw); err != nil {
			return nil, 0, err
		}
		if !h.Continued() {
			seq = h.Seq
			break
		}
	}
	whole := c.rbuf[c.r : c.r+raw]
	payload = whole[HeaderLen:HeaderLen:len(whole)]
	for rest := whole; len(rest) > 0; {
		h := header(rest)
		// The first packet is in place; the others move down over their headers.
		payload = append(payload, rest[HeaderLen:HeaderLen+h.Len]...)
		rest = rest[HeaderLen+h.Len:]
	}
	c.r += raw
	c.shrink()
	return payload[:length:length], seq, nil
}
