package lines

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// work is what may still be read.
type work int

// cursor reads a part of a section. Once something cannot be read, or has become
// too much, it gives zeroes and nothing is left: pos is end.
type cursor struct {
	b    []byte // the whole section, so that positions mean something
	pos  int
	end  int
	work *work
	bad  bool
}

// at returns a cursor that reads a section from a position on.
func (t *Table) at(section []byte, pos uint64) cursor {
	if pos > uint64(len(section)) {
		return cursor{bad: true}
	}
	return cursor{b: section, pos: int(pos), end: len(section), work: &t.work}
}

func (c *cursor) fail() { c.bad, c.pos = true, c.end }

func (c *cursor) more() bool { return !c.bad && c.pos < c.end }

// take returns the next n bytes.
func (c *cursor) take(n uint64) []byte {
	if c.bad || n > uint64(c.end-c.pos) || *c.work <= 0 {
		c.fail()
		return nil
	}
	*c.work--
	p := c.b[c.pos : c.pos+int(n)]
	c.pos += int(n)
	return p
}

// fixed reads a number of so many bytes, at most 8.
func (c *cursor) fixed(n int) uint64 {
	switch p := c.take(uint64(n)); len(p) {
	case 1:
		return uint64(p[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(p))
	case 4:
		return uint64(binary.LittleEndian.Uint32(p))
	default:
		var v [8]byte
		copy(v[:], p)
		return binary.LittleEndian.Uint64(v[:])
	}
}

func (c *cursor) byte() uint8 {
	if c.pos >= c.end || *c.work <= 0 {
		c.fail()
		return 0
	}
	*c.work--
	c.pos++
	return c.b[c.pos-1]
}

// offset reads an offset into a section.
func (c *cursor) offset(wide bool) uint64 {
	if wide {
		return c.fixed(8)
	}
	return c.fixed(4)
}

// uleb reads an unsigned LEB128 number.
func (c *cursor) uleb() uint64 {
	if b := c.byte(); b < 0x80 {
		return uint64(b)
	}
	c.pos--
	v, n := binary.Uvarint(c.b[c.pos:c.end])
	if n <= 0 {
		c.fail()
		return 0
	}
	c.take(uint64(n))
	return v
}

// sleb reads a signed LEB128 number.
func (c *cursor) sleb() int64 {
	var v int64
	for shift := 0; shift < 64; shift += 7 {
		b := c.byte()
		v |= int64(b&0x7f) << shift
		if b&0x80 == 0 {
			if b&0x40 != 0 && shift < 57 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	c.fail()
	return 0
}

// text reads a string that ends with a zero byte: its beginning, if it is long.
func (c *cursor) text() string {
	n := bytes.IndexByte(c.b[c.pos:c.end], 0)
	looked := n
	if n < 0 {
		looked = c.end - c.pos // in vain, and others may refer to the same text
	}
	if !c.bad {
		*c.work -= work(looked >> 3)
	}
	if n < 0 {
		c.fail()
		return ""
	}
	p := c.take(uint64(n) + 1)
	return strings.ToValidUTF8(string(p[:min(max(len(p)-1, 0), maxText)]), "\uFFFD")
}

// length reads the length that a unit begins with, and cuts the cursor to what
// it is of; rest is where the next unit begins.
func (c *cursor) length() (wide bool, rest int) {
	n := c.fixed(4)
	if n == 0xffffffff {
		wide, n = true, c.fixed(8)
	}
	if c.bad || n > uint64(c.end-c.pos) {
		c.fail()
		return wide, c.end
	}
	c.end = c.pos + int(n)
	return wide, c.end
}
