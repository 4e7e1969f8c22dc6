package sdk

import (
	"bytes"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// A row that is read and written again is the same, in both protocols; a longer and a
// shorter one are not whole.
func TestRowWriter(t *testing.T) {
	types := []byte{TypeLong, TypeVarString, TypeDateTime, TypeDouble, TypeBlob, TypeTiny, TypeNewDecimal, TypeString, TypeLongLong}
	text := append([]byte("\x0242\x03abc\x0a2024-01-02\x011"), 0xfb, 1, '7', 3, '1', '.', '5', 0, 1, '9')
	binary := append([]byte{0, 1 << 6, 0}, 42, 0, 0, 0)
	binary = append(binary, "\x03abc\x04\xe8\x07\x01\x02\x00\x00\x00\x00\x00\x00\xf0\x3f\x07\x031.5\x00\x09\x00\x00\x00\x00\x00\x00\x00"...)
	for command, payload := range map[byte][]byte{ComQuery: text, ComStmtExecute: binary} {
		boundary.Header = abi.Header{}
		boundary.Header[abi.HdrCommand] = command
		r := Reply{types: types}
		again := func(payload []byte) ([]byte, bool) {
			row, w := r.Row(payload), r.WriteRow([]byte("before"))
			for v, ok := row.Next(); ok; v, ok = row.Next() {
				w.Value(v)
			}
			return w.End(), row.Whole()
		}
		out, whole := again(payload)
		if want := AppendPacket([]byte("before"), payload); !whole || !bytes.Equal(out, want) {
			t.Errorf("command %#x: % x (%v), want % x", command, out, whole, want)
		}
		for n := range payload {
			if _, whole := again(payload[:n]); whole {
				t.Errorf("command %#x: the first %d bytes are a whole row", command, n)
			}
		}
		if _, whole := again(append(bytes.Clone(payload), 0)); whole {
			t.Errorf("command %#x: a row with a byte too many is whole", command)
		}
	}
}
