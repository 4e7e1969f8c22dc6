package binary

import (
	"encoding/binary"
	"fmt"
)

// Error says what is wrong with a module and where.
type Error struct {
	Offset  int // in bytes from the beginning of the module
	Problem string
}

// Error returns the problem with its offset in hexadecimal, as disassemblers
// print it.
func (e *Error) Error() string { return fmt.Sprintf("at offset %#x: %s", e.Offset, e.Problem) }

// reader reads a part of a module. After the first error it returns zeros;
// loops over counts look at err.
type reader struct {
	b   []byte // the whole module, so that offsets mean something
	pos int
	end int // of the part
	err *Error
}

func (r *reader) fail(offset int, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{offset, fmt.Sprintf(format, args...)}
	}
	r.pos = r.end
}

func (r *reader) more() bool { return r.err == nil && r.pos < r.end }

func (r *reader) byte() byte {
	if r.pos >= r.end {
		r.fail(r.pos, "unexpected end")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

// take returns the next n bytes.
func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(r.end-r.pos) {
		r.fail(r.pos, "%d bytes expected, %d left", n, r.end-r.pos)
		return nil
	}
	p := r.b[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return p
}

// u32 reads an unsigned LEB128 number of at most 32 bits and 5 bytes.
func (r *reader) u32() uint32 {
	if r.pos < r.end && r.b[r.pos] < 0x80 {
		r.pos++
		return uint32(r.b[r.pos-1])
	}
	v, n := binary.Uvarint(r.b[r.pos:min(r.end, r.pos+5)])
	if n <= 0 || v > 1<<32-1 {
		r.fail(r.pos, "not an unsigned 32-bit number")
		return 0
	}
	r.pos += n
	return uint32(v)
}

// signed reads a signed LEB128 number of so many bits, at most 64.
func (r *reader) signed(bits int) int64 {
	at := r.pos
	var v int64
	for shift := 0; ; shift += 7 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		left := bits - shift // bits that this byte may still carry
		if left < 7 {
			// The rest must repeat the sign.
			if left <= 0 || c&0x80 != 0 {
				r.fail(at, "not a signed %d-bit number", bits)
				return 0
			}
			if rest := int8(c<<1) >> left; rest != 0 && rest != -1 {
				r.fail(at, "not a signed %d-bit number", bits)
				return 0
			}
		}
		v |= int64(c&0x7f) << shift
		if c&0x80 == 0 {
			if s := shift + 7; s < 64 && c&0x40 != 0 {
				v |= -1 << s
			}
			return v
		}
	}
}

// name reads a length and so many bytes.
func (r *reader) name() string { return string(r.take(r.u32())) }

// part returns a reader of the next n bytes, which r goes past.
func (r *reader) part(n uint32) reader {
	at := r.pos
	r.take(n)
	if r.err != nil {
		return reader{b: r.b, err: r.err}
	}
	return reader{b: r.b, pos: at, end: r.pos}
}

// finish reports bytes that are left over, and errors to the outer reader.
func (r *reader) finish(outer *reader, what string) {
	if r.err == nil && r.pos != r.end {
		r.fail(r.pos, "%s is longer than what is in it", what)
	}
	if r.err != nil && outer.err == nil {
		outer.err = r.err
		outer.pos = outer.end
	}
}

// appendU32 appends an unsigned LEB128 number.
func appendU32(dst []byte, v uint32) []byte { return binary.AppendUvarint(dst, uint64(v)) }

// appendSigned appends a signed LEB128 number.
func appendSigned(dst []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(dst, c)
		}
		dst = append(dst, c|0x80)
	}
}

// appendName appends a length and the bytes.
func appendName(dst []byte, s string) []byte { return append(appendU32(dst, uint32(len(s))), s...) }
