package script

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
)

// A script sees values as the text protocol shows them, in both protocols. This is
// the way from the binary protocol and back.

// encoded reports whether a value of the column is something else than its text in the
// binary protocol.
func (c *column) encoded() bool { return c.width() > 0 || c.temporal() }

// width is the size of a number, 0 for other types.
func (c *column) width() int {
	switch c.kind {
	case sdk.TypeTiny:
		return 1
	case sdk.TypeShort, sdk.TypeYear:
		return 2
	case sdk.TypeLong, sdk.TypeInt24, sdk.TypeFloat:
		return 4
	case sdk.TypeLongLong, sdk.TypeDouble:
		return 8
	}
	return 0
}

func (c *column) temporal() bool {
	return c.kind == sdk.TypeDate || c.kind == sdk.TypeDateTime || c.kind == sdk.TypeTimestamp || c.kind == sdk.TypeTime
}

// appendText appends the text of a value. It reports false for one that is none of the type.
func (c *column) appendText(dst, raw []byte) ([]byte, bool) {
	if c.kind == sdk.TypeTime {
		return c.appendTime(dst, raw)
	}
	if c.temporal() {
		return c.appendDate(dst, raw)
	}
	n := c.width()
	if len(raw) != n {
		return dst, false
	}
	var wide [8]byte
	copy(wide[:], raw)
	u := binary.LittleEndian.Uint64(wide[:])
	switch {
	case c.kind == sdk.TypeFloat:
		return strconv.AppendFloat(dst, float64(math.Float32frombits(uint32(u))), 'g', -1, 32), true
	case c.kind == sdk.TypeDouble:
		return strconv.AppendFloat(dst, math.Float64frombits(u), 'g', -1, 64), true
	case c.kind == sdk.TypeYear:
		return append(dst, fmt.Sprintf("%04d", u)...), true
	case c.unsigned:
		return strconv.AppendUint(dst, u, 10), true
	}
	shift := 64 - 8*n
	return strconv.AppendInt(dst, int64(u<<shift)>>shift, 10), true
}

func (c *column) appendDate(dst, raw []byte) ([]byte, bool) {
	var whole [11]byte
	switch n := copy(whole[:], raw); {
	case n != len(raw), n != 0 && n != 4 && n != 7 && n != 11:
		return dst, false
	}
	dst = fmt.Appendf(dst, "%04d-%02d-%02d", binary.LittleEndian.Uint16(whole[:]), whole[2], whole[3])
	if c.kind == sdk.TypeDate {
		return dst, true
	}
	dst = fmt.Appendf(dst, " %02d:%02d:%02d", whole[4], whole[5], whole[6])
	return c.appendFraction(dst, binary.LittleEndian.Uint32(whole[7:])), true
}

func (c *column) appendTime(dst, raw []byte) ([]byte, bool) {
	var whole [12]byte
	switch n := copy(whole[:], raw); {
	case n != len(raw), n != 0 && n != 8 && n != 12:
		return dst, false
	}
	if whole[0] != 0 {
		dst = append(dst, '-')
	}
	hours := uint64(binary.LittleEndian.Uint32(whole[1:]))*24 + uint64(whole[5])
	dst = fmt.Appendf(dst, "%02d:%02d:%02d", hours, whole[6], whole[7])
	return c.appendFraction(dst, binary.LittleEndian.Uint32(whole[8:])), true
}

// appendFraction appends as many digits as the column has.
func (c *column) appendFraction(dst []byte, micros uint32) []byte {
	if c.decimals == 0 || c.decimals > 6 {
		return dst
	}
	return append(append(dst, '.'), fmt.Sprintf("%06d", micros)[:c.decimals]...)
}

// appendRaw appends the value that a text stands for. It reports false if the type has no such value.
func (c *column) appendRaw(dst, text []byte) ([]byte, bool) {
	s := string(text)
	switch {
	case c.kind == sdk.TypeTime:
		return appendRawTime(dst, s)
	case c.temporal():
		return appendRawDate(dst, s, c.kind == sdk.TypeDate)
	case c.kind == sdk.TypeFloat:
		v, err := strconv.ParseFloat(s, 32)
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v))), err == nil
	case c.kind == sdk.TypeDouble:
		v, err := strconv.ParseFloat(s, 64)
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v)), err == nil
	}
	n := c.width()
	var u uint64
	var err error
	if c.unsigned {
		u, err = strconv.ParseUint(s, 10, 8*n)
	} else {
		var v int64
		v, err = strconv.ParseInt(s, 10, 8*n)
		u = uint64(v)
	}
	return append(dst, binary.LittleEndian.AppendUint64(nil, u)[:n]...), err == nil
}

func appendRawDate(dst []byte, s string, dateOnly bool) ([]byte, bool) {
	date, clock, _ := strings.Cut(s, " ")
	d, ok := numbers(date, "-", 9999, 12, 31)
	if !ok {
		return dst, false
	}
	dst = append(binary.LittleEndian.AppendUint16(dst, uint16(d[0])), byte(d[1]), byte(d[2]))
	if dateOnly || clock == "" {
		return dst, clock == ""
	}
	clock, micros, ok := fraction(clock)
	if !ok {
		return dst, false
	}
	t, ok := numbers(clock, ":", 23, 59, 59)
	if !ok {
		return dst, false
	}
	return binary.LittleEndian.AppendUint32(append(dst, byte(t[0]), byte(t[1]), byte(t[2])), micros), true
}

func appendRawTime(dst []byte, s string) ([]byte, bool) {
	s, negative := strings.CutPrefix(s, "-")
	s, micros, ok := fraction(s)
	if !ok {
		return dst, false
	}
	t, ok := numbers(s, ":", 838, 59, 59)
	if !ok {
		return dst, false
	}
	sign := byte(0)
	if negative {
		sign = 1
	}
	dst = binary.LittleEndian.AppendUint32(append(dst, sign), uint32(t[0]/24))
	return binary.LittleEndian.AppendUint32(append(dst, byte(t[0]%24), byte(t[1]), byte(t[2])), micros), true
}

// numbers reads three numbers with limits.
func numbers(s, separator string, limits ...uint64) (n [3]uint64, ok bool) {
	parts := strings.Split(s, separator)
	if len(parts) != len(n) {
		return n, false
	}
	for i := range n {
		v, err := strconv.ParseUint(parts[i], 10, 16)
		if err != nil || v > limits[i] {
			return n, false
		}
		n[i] = v
	}
	return n, true
}

// fraction cuts off microseconds.
func fraction(s string) (rest string, micros uint32, ok bool) {
	rest, digits, found := strings.Cut(s, ".")
	if !found {
		return s, 0, true
	}
	if len(digits) == 0 || len(digits) > 6 {
		return s, 0, false
	}
	v, err := strconv.ParseUint(digits+"000000"[len(digits):], 10, 32)
	return rest, uint32(v), err == nil
}
