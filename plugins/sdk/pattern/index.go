package pattern

import (
	"encoding/binary"
	"math/bits"
)

const ones, highs = 0x0101010101010101, 0x8080808080808080

// index returns the first position where text has c once the bits of fold are
// set in it, −1 if there is none. It looks at eight bytes at a time: in
// WebAssembly, where there is nothing wider, that is what matters.
func index(text []byte, c, fold byte) int {
	wanted, folds := ones*uint64(c), ones*uint64(fold)
	// A byte of x is zero where the byte was found; the lowest of the bits that
	// zeros leaves is that of the first zero byte.
	i := 0
	for ; i+32 <= len(text); i += 32 {
		t := text[i : i+32]
		found := zeros((binary.LittleEndian.Uint64(t)|folds)^wanted) |
			zeros((binary.LittleEndian.Uint64(t[8:])|folds)^wanted) |
			zeros((binary.LittleEndian.Uint64(t[16:])|folds)^wanted) |
			zeros((binary.LittleEndian.Uint64(t[24:])|folds)^wanted)
		if found != 0 {
			break
		}
	}
	for ; i+8 <= len(text); i += 8 {
		if found := zeros((binary.LittleEndian.Uint64(text[i:]) | folds) ^ wanted); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	if len(text) >= 8 { // what is left, and some of what was looked at
		i = len(text) - 8
		if found := zeros((binary.LittleEndian.Uint64(text[i:]) | folds) ^ wanted); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
		return -1
	}
	for i, b := range text {
		if b|fold == c {
			return i
		}
	}
	return -1
}

// zeros returns a number that is zero if no byte of x is.
func zeros(x uint64) uint64 { return (x - ones) &^ x & highs }

// ascii reports whether the text has nothing but ASCII.
func ascii(text []byte) bool {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		if binary.LittleEndian.Uint64(text[i:])&highs != 0 {
			return false
		}
	}
	for ; i < len(text); i++ {
		if text[i]&0x80 != 0 {
			return false
		}
	}
	return true
}
