package wire

import (
	"io"
	"testing"
)

// endless is a reader that repeats its data for ever.
type endless struct {
	data []byte
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.data[e.at:])
	e.at = (e.at + n) % len(e.data)
	return n, nil
}

var sink int

func TestHotPathDoesNotAllocate(t *testing.T) {
	raw := script("\x01", column, eof, row, row, row, row, eof)
	src, dst := readFrom(&endless{data: raw}), writeTo(io.Discard)
	var r Reply
	packet := func() {
		h, err := src.PeekHeader()
		if err != nil {
			t.Fatal(err)
		}
		p, err := src.Peek(HeaderLen + r.Need(h))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(h, p[HeaderLen:]); err != nil {
			t.Fatal(err)
		}
		sink += len(src.Buffered())
		if err := dst.CopyFrom(src, int64(HeaderLen+h.Len)); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(1000, func() {
		for r.Reset(ComQuery, 0); !r.Done(); {
			packet()
		}
	}); n != 0 {
		t.Errorf("packet by packet: %v allocations a reply, want 0", n)
	}
	if n := testing.AllocsPerRun(1000, func() {
		r.Reset(ComQuery, 0)
		for !r.Done() {
			n := r.Scan(src.Buffered())
			if n == 0 {
				packet()
				continue
			}
			if err := dst.CopyFrom(src, int64(n)); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("with Scan: %v allocations a reply, want 0", n)
	}
	payload := []byte("select 1")
	if n := testing.AllocsPerRun(1000, func() {
		dst.WriteMessage(payload, 0)
		dst.Flush()
	}); n != 0 {
		t.Errorf("WriteMessage: %v allocations, want 0", n)
	}
	commands := readFrom(&endless{data: script("\x03select 1")})
	if n := testing.AllocsPerRun(1000, func() {
		if _, _, err := commands.ReadMessage(MaxPayload); err != nil {
			t.Fatal(err)
		}
		commands.Release()
	}); n != 0 {
		t.Errorf("ReadMessage and Release: %v allocations, want 0", n)
	}
	state := (&OK{Capabilities: testCaps, Status: StatusSessionStateChanged, State: testState()}).Encode(nil)
	var ok OK
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(1000, func() {
		ok.Capabilities = testCaps
		if err := ok.Decode(state); err != nil {
			t.Fatal(err)
		}
		ok.Changes(func(kind byte, data []byte) bool { sink += len(data); return true })
		buf, _ = AppendOKWithoutState(buf[:0], state)
	}); n != 0 {
		t.Errorf("OK: %v allocations, want 0", n)
	}
}

func BenchmarkReplyNext(b *testing.B) {
	var r Reply
	r.Reset(ComStmtFetch, 0)
	head := []byte(binaryRow)
	for b.Loop() {
		r.Next(Header{Len: len(head)}, head)
	}
}

func BenchmarkReplyScan(b *testing.B) {
	var raw []byte
	for range 1000 {
		raw = AppendPacket(raw, 0, []byte(binaryRow))
	}
	var r Reply
	r.Reset(ComStmtFetch, 0)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		r.Scan(raw)
	}
}
