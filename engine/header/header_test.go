package header

import (
	"testing"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// follow has a reply followed for so many of its packets.
func follow(t *testing.T, packets ...string) *wire.Reply {
	t.Helper()
	r := &wire.Reply{}
	r.Reset(wire.ComQuery, wire.ClientProtocol41)
	for _, p := range packets {
		if _, err := r.Next(wire.Header{Len: len(p), Seq: r.NextSeq}, []byte(p)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestSetReply(t *testing.T) {
	const (
		ok     = "\x00\x03\x07\x02\x00\x05\x00" // 3 rows affected, insert id 7, status 2, 5 warnings
		broken = "\xff\x7a\x04#42S02no such table"
		column = "\x03def\x00\x00\x00\x01a\x00\x0c\x3f\x00\x01\x00\x00\x00\x03\x00\x00\x00\x00\x00"
		eof    = "\xfe\x01\x00\x22\x00"
	)
	for name, c := range map[string]struct {
		reply *wire.Reply
		state abi.ReplyState
		want  map[int]uint64 // fields of 64 bits, and of 32 below zero
	}{
		"nothing yet": {follow(t), abi.ReplyStateNone, nil},
		"OK":          {follow(t, ok), abi.ReplyStateOK, map[int]uint64{abi.HdrAffected: 3, abi.HdrLastInsertID: 7, -abi.HdrServerStatus: 2, -abi.HdrWarnings: 5}},
		"error":       {follow(t, broken), abi.ReplyStateError, map[int]uint64{-abi.HdrReplyErrno: 1146}},
		"rows":        {follow(t, "\x01", column, eof, "\x011", "\x012", eof), abi.ReplyStateResult, map[int]uint64{abi.HdrRows: 2, -abi.HdrColumns: 1, -abi.HdrServerStatus: 0x22, -abi.HdrWarnings: 1}},
	} {
		var h abi.Header
		SetReply(&h, c.reply)
		if got := abi.ReplyState(h.U32(abi.HdrReplyState)); got != c.state {
			t.Errorf("%s: state %d, want %d", name, got, c.state)
		}
		for field, want := range c.want {
			got := uint64(0)
			if field < 0 {
				got = uint64(h.U32(-field))
			} else {
				got = h.U64(field)
			}
			if got != want {
				t.Errorf("%s: field %d is %d, want %d", name, field, got, want)
			}
		}
		if got := string(h[abi.HdrReplySQLSt:][:5]); name == "error" && got != "42S02" {
			t.Errorf("SQLSTATE %q", got)
		}
	}
}
