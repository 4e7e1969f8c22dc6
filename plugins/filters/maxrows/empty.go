package maxrows

import "github.com/penstock-db/penstock/plugins/sdk"

// moreResults is SERVER_MORE_RESULTS_EXISTS.
const moreResults = 0x0008

// empty copies the first result of the reply without its rows, as the only one.
// It reports false if the columns do not lie in the window or make no sense.
func (f *filter) empty(r *sdk.Reply) ([]byte, bool) {
	p := r.Packets()
	out := f.buf[:0]
	head, framed, ok := p.Next()
	if !ok || len(head) == 0 || head[0] == 0 || head[0] == 0xff || head[0] >= 0xfb {
		// 251 columns and more have a longer count.
		if !ok || len(head) < 3 || head[0] != 0xfc {
			return nil, false
		}
	}
	columns := int(head[0])
	if head[0] == 0xfc {
		columns = int(head[1]) | int(head[2])<<8
	}
	out = append(out, framed...)
	for ; columns > 0; columns-- {
		if _, framed, ok = p.Next(); !ok {
			return nil, false
		}
		out = append(out, framed...)
	}
	// What follows the columns is an EOF, a row, or the end of the result.
	payload, framed, ok := p.Next()
	if !ok {
		return nil, false
	}
	status := uint16(r.ServerStatus()) &^ moreResults
	if len(payload) == 5 && payload[0] == 0xfe {
		// With EOF packets: this one ends the columns, and one like it the rows.
		out = append(out, framed...)
		f.buf = sdk.AppendPacket(out, []byte{0xfe, 0, 0, byte(status), byte(status >> 8)})
		return f.buf, true
	}
	// Without: an OK packet with 0xfe for its first byte ends the rows.
	f.buf = sdk.AppendPacket(out, []byte{0xfe, 0, 0, byte(status), byte(status >> 8), 0, 0})
	return f.buf, true
}
