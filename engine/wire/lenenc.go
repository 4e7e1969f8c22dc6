package wire

import "encoding/binary"

// AppendLenenc appends a length-encoded integer.
func AppendLenenc(dst []byte, v uint64) []byte {
	switch {
	case v < 0xfb:
		return append(dst, byte(v))
	case v < 1<<16:
		return append(dst, 0xfc, byte(v), byte(v>>8))
	case v < 1<<24:
		return append(dst, 0xfd, byte(v), byte(v>>8), byte(v>>16))
	}
	return binary.LittleEndian.AppendUint64(append(dst, 0xfe), v)
}

// AppendLenencString appends a length-encoded string.
func AppendLenencString[T ~string | ~[]byte](dst []byte, s T) []byte {
	return append(AppendLenenc(dst, uint64(len(s))), s...)
}

// SizeLenenc returns how many bytes AppendLenenc would append.
func SizeLenenc(v uint64) int {
	switch {
	case v < 0xfb:
		return 1
	case v < 1<<16:
		return 3
	case v < 1<<24:
		return 4
	}
	return 9
}

// Lenenc reads a length-encoded integer at the start of src and returns it
// with its size in bytes. The size is 0 if src is too short or begins with
// 0xfb (NULL in a text row) or 0xff (never an integer).
func Lenenc(src []byte) (v uint64, size int) {
	if len(src) == 0 {
		return 0, 0
	}
	switch first := src[0]; {
	case first < 0xfb:
		return uint64(first), 1
	case first == 0xfc && len(src) >= 3:
		return uint64(src[1]) | uint64(src[2])<<8, 3
	case first == 0xfd && len(src) >= 4:
		return uint64(src[1]) | uint64(src[2])<<8 | uint64(src[3])<<16, 4
	case first == 0xfe && len(src) >= 9:
		return binary.LittleEndian.Uint64(src[1:]), 9
	}
	return 0, 0
}

// LenencString reads a length-encoded string at the start of src. It returns
// the string's bytes, which alias src, and the size of both parts. The size is
// 0 if src is too short.
func LenencString(src []byte) (s []byte, size int) {
	v, n := Lenenc(src)
	if n == 0 || v > uint64(len(src)-n) {
		return nil, 0
	}
	end := n + int(v)
	return src[n:end:end], end
}
