package script

import (
	"bytes"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk"
)

var kinds = []byte{sdk.TypeTiny, sdk.TypeShort, sdk.TypeYear, sdk.TypeLong, sdk.TypeInt24, sdk.TypeFloat, sdk.TypeLongLong, sdk.TypeDouble,
	sdk.TypeDate, sdk.TypeDateTime, sdk.TypeTimestamp, sdk.TypeTime, sdk.TypeVarString}

// FuzzValue has any bytes be a value of any type. What has a text, and whose text the type
// can hold, has the same text on its way back.
func FuzzValue(f *testing.F) {
	f.Add(byte(0), false, byte(0), []byte{0xff})
	f.Add(byte(1), true, byte(0), []byte{0xff, 0xff})
	f.Add(byte(5), false, byte(31), []byte{0, 0, 0xc0, 0x7f}) // NaN
	f.Add(byte(7), false, byte(31), []byte{1, 2, 3, 4, 5, 6, 7, 0x40})
	f.Add(byte(9), false, byte(6), []byte{0xe8, 7, 2, 29, 23, 59, 59, 1, 0, 0, 0})
	f.Add(byte(9), false, byte(0), []byte{})
	f.Add(byte(11), false, byte(3), []byte{1, 34, 0, 0, 0, 22, 59, 59, 0x38, 0x42, 0x0f, 0})
	f.Fuzz(func(t *testing.T, kind byte, unsigned bool, decimals byte, raw []byte) {
		c := column{kind: kinds[int(kind)%len(kinds)], unsigned: unsigned, decimals: decimals}
		if !c.encoded() {
			return
		}
		text, ok := c.appendText(nil, raw)
		if !ok {
			return
		}
		again, ok := c.appendRaw(nil, text)
		if !ok {
			return // a month 13, an hour 200
		}
		second, ok := c.appendText(nil, again)
		if !ok || !bytes.Equal(text, second) {
			t.Errorf("% x is %q, which is % x, which is %q", raw, text, again, second)
		}
	})
}

// FuzzRaw has any text be assigned to a column of any type: it is taken whole or not at all.
func FuzzRaw(f *testing.F) {
	for _, text := range []string{"", "1", "-1", "1e400", "2024-02-29", "2024-02-29 23:59:59.999999", "-838:59:59", "0000-00-00", "NaN", "12:00:00.", " 1"} {
		for kind := range kinds {
			f.Add(byte(kind), text)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, text string) {
		c := column{kind: kinds[int(kind)%len(kinds)], decimals: 6}
		if !c.encoded() {
			return
		}
		raw, ok := c.appendRaw(nil, []byte(text))
		if !ok {
			return
		}
		if _, ok := c.appendText(nil, raw); !ok {
			t.Errorf("%q became % x, which is no value", text, raw)
		}
	})
}
