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
	i := 0
	for ; i+8 <= len(text); i += 8 {
		// A byte of x is zero where the byte was found; the lowest of the bits
		// that the next line leaves is that of the first zero byte.
		x := (binary.LittleEndian.Uint64(text[i:]) | folds) ^ wanted
		if found := (x - ones) &^ x & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(text); i++ {
		if text[i]|fold == c {
			return i
		}
	}
	return -1
}

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
