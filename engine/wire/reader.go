package wire

import (
	"bytes"
	"encoding/binary"
)

// reader takes a payload apart. The first read beyond its end makes it fail:
// every later read returns zero and err says which field was the first to be
// missing. No index is ever taken unchecked.
type reader struct {
	src    []byte
	pos    int
	failed string
	at     int
}

func (r *reader) fail(field string) {
	if r.failed == "" {
		r.failed, r.at = field, r.pos
	}
	r.pos = len(r.src)
}

func (r *reader) err(message string) error {
	if r.failed == "" {
		return nil
	}
	return &DecodeError{Message: message, Field: r.failed, Offset: r.at}
}

func (r *reader) left() int { return len(r.src) - r.pos }

// bytes returns the next n bytes, aliasing the payload.
func (r *reader) bytes(n int, field string) []byte {
	if r.failed != "" || n < 0 || n > r.left() {
		r.fail(field)
		return nil
	}
	b := r.src[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return b
}

func (r *reader) rest() []byte { return r.bytes(r.left(), "rest") }

func (r *reader) u8(field string) byte {
	if b := r.bytes(1, field); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16(field string) uint16 {
	if b := r.bytes(2, field); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u24(field string) uint32 {
	if b := r.bytes(3, field); b != nil {
		return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	}
	return 0
}

func (r *reader) u32(field string) uint32 {
	if b := r.bytes(4, field); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// expect fails unless the next byte is b.
func (r *reader) expect(b byte, field string) {
	if r.left() == 0 || r.src[r.pos] != b {
		r.fail(field)
		return
	}
	r.pos++
}

func (r *reader) lenenc(field string) uint64 {
	v, n := Lenenc(r.src[r.pos:])
	if r.failed != "" || n == 0 {
		r.fail(field)
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) lenencBytes(field string) []byte {
	s, n := LenencString(r.src[r.pos:])
	if r.failed != "" || n == 0 {
		r.fail(field)
		return nil
	}
	r.pos += n
	return s
}

// nul returns the bytes up to a NUL byte and consumes both.
func (r *reader) nul(field string) []byte {
	n := bytes.IndexByte(r.src[r.pos:], 0)
	if r.failed != "" || n < 0 {
		r.fail(field)
		return nil
	}
	b := r.bytes(n, field)
	r.pos++
	return b
}

// nulOrRest returns the bytes up to a NUL byte, or all if there is none: some
// peers leave the last string of a message unterminated.
func (r *reader) nulOrRest(field string) []byte {
	if bytes.IndexByte(r.src[r.pos:], 0) < 0 {
		return r.bytes(r.left(), field)
	}
	return r.nul(field)
}
