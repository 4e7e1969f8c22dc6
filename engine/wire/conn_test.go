package wire

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stream is a net.Conn that reads from r and writes to w, in memory.
type stream struct {
	net.Conn
	r io.Reader
	w io.Writer
}

func (s *stream) Read(p []byte) (int, error)  { return s.r.Read(p) }
func (s *stream) Write(p []byte) (int, error) { return s.w.Write(p) }
func (s *stream) Close() error                { return nil }

func readFrom(r io.Reader) *Conn { return NewConn(&stream{r: r, w: io.Discard}) }
func writeTo(w io.Writer) *Conn  { return NewConn(&stream{r: bytes.NewReader(nil), w: w}) }

// chunks returns a reader that hands data out in pieces of random size.
type chunks struct {
	rnd  *rand.Rand
	data []byte
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1+c.rnd.IntN(2000))], c.data)
	c.data = c.data[n:]
	return n, nil
}

func TestReadMessage(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 100_000)
	var raw []byte
	raw = AppendPacket(raw, 0, []byte("one"))
	raw = AppendPacket(raw, 7, nil)
	raw = AppendPacket(raw, 255, long)
	c := readFrom(iotest.OneByteReader(bytes.NewReader(raw)))
	for _, want := range []struct {
		payload []byte
		seq     byte
	}{{[]byte("one"), 0}, {nil, 7}, {long, 255}} {
		got, seq, err := c.ReadMessage(1 << 20)
		if err != nil || seq != want.seq || !bytes.Equal(got, want.payload) {
			t.Fatalf("got %d bytes, sequence %d, error %v; want %d bytes, sequence %d", len(got), seq, err, len(want.payload), want.seq)
		}
	}
	if _, _, err := c.ReadMessage(1 << 20); err != io.EOF {
		t.Errorf("at the end: error %v, want io.EOF", err)
	}
	if c.BytesIn() != uint64(len(raw)) || c.Reads() != uint64(len(raw)) {
		t.Errorf("counted %d bytes in %d reads, want %d in each", c.BytesIn(), c.Reads(), len(raw))
	}
}

func TestMessagesAround16MiB(t *testing.T) {
	for _, size := range []int{MaxPayload - 1, MaxPayload, MaxPayload + 1, 2 * MaxPayload} {
		payload := bytes.Repeat([]byte{1, 2, 3, 4, 5}, size/5+1)[:size]
		var raw bytes.Buffer
		w := writeTo(&raw)
		next, err := w.WriteMessage(payload, 254)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if want := NextSeq(254, size); next != want {
			t.Errorf("%d bytes: next sequence %d, want %d", size, next, want)
		}
		if !bytes.Equal(raw.Bytes(), AppendPacket(nil, 254, payload)) {
			t.Fatalf("%d bytes: WriteMessage and AppendPacket differ", size)
		}
		c := readFrom(&raw)
		got, seq, err := c.ReadMessage(1 << 30)
		if err != nil || !bytes.Equal(got, payload) {
			t.Fatalf("%d bytes: read %d bytes, error %v", size, len(got), err)
		}
		if seq+1 != next {
			t.Errorf("%d bytes: last sequence %d, want %d", size, seq, next-1)
		}
		if c.ReadBuffer() > BufferSize {
			t.Errorf("the grown buffer is still held: %d bytes", c.ReadBuffer())
		}
	}
}

func TestTooLargeConsumesNothing(t *testing.T) {
	raw := AppendPacket(nil, 3, bytes.Repeat([]byte("y"), 5000))
	c := readFrom(bytes.NewReader(raw))
	_, _, err := c.ReadMessage(4999)
	var tooLarge *TooLargeError
	if !errors.As(err, &tooLarge) || tooLarge.Length != 5000 || tooLarge.Max != 4999 {
		t.Fatalf("error %v, want a TooLargeError of 5000 and 4999", err)
	}
	var out bytes.Buffer
	w := writeTo(&out)
	if err := w.CopyFrom(c, int64(len(raw))); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	if !bytes.Equal(out.Bytes(), raw) {
		t.Error("the message could not be forwarded whole")
	}
}

func TestEndInsideMessage(t *testing.T) {
	raw := AppendPacket(nil, 0, []byte("hello"))
	for n := 1; n < len(raw); n++ {
		c := readFrom(bytes.NewReader(raw[:n]))
		if _, _, err := c.ReadMessage(100); err != io.ErrUnexpectedEOF {
			t.Errorf("after %d bytes: error %v, want io.ErrUnexpectedEOF", n, err)
		}
	}
}

// TestFramingInvariant: whatever the chunking, and whichever way the packets
// are read, the same bytes come out.
func TestFramingInvariant(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var raw []byte
		for seq := range byte(20) {
			raw = AppendPacket(raw, seq, bytes.Repeat([]byte{seq}, rnd.IntN(1<<(1+rnd.IntN(16)))))
		}
		src := readFrom(&chunks{rnd, raw})
		src.SetExact(rnd.IntN(4) == 0)
		var out bytes.Buffer
		dst := writeTo(&out)
		for {
			h, err := src.PeekHeader()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			size := HeaderLen + h.Len
			switch rnd.IntN(5) {
			case 0:
				err = dst.CopyFrom(src, int64(size))
			case 1:
				var p []byte
				var seq byte
				if p, seq, err = src.ReadMessage(MaxPayload); err == nil {
					_, err = dst.WriteMessage(p, seq)
				}
			case 2:
				var p []byte
				if p, err = src.Peek(size); err == nil {
					dst.Write(p)
					err = src.Discard(size)
				}
			case 3:
				for len(src.Buffered()) < size && err == nil {
					err = src.Fill()
				}
				if err == nil {
					dst.Write(src.Buffered()[:size])
					err = src.Discard(size)
				}
			case 4:
				dst.WriteHeader(h)
				src.Discard(HeaderLen)
				err = dst.CopyFrom(src, int64(h.Len))
			}
			if err != nil {
				t.Fatal(err)
			}
			if rnd.IntN(3) == 0 {
				src.Release()
				if rnd.IntN(2) == 0 {
					src.Doze()
				}
				dst.Flush()
				dst.Release()
			}
		}
		dst.Flush()
		if !bytes.Equal(out.Bytes(), raw) {
			t.Fatal("bytes changed on their way")
		}
		if dst.BytesOut() != uint64(len(raw)) {
			t.Errorf("counted %d bytes out, want %d", dst.BytesOut(), len(raw))
		}
	}
}

func TestExactReadsNothingBeyond(t *testing.T) {
	raw := AppendPacket(nil, 1, make([]byte, 32))
	rest := bytes.NewReader(append(raw, "client hello"...))
	c := readFrom(rest)
	c.SetExact(true)
	if _, _, err := c.ReadMessage(100); err != nil {
		t.Fatal(err)
	}
	if rest.Len() != len("client hello") {
		t.Errorf("%d bytes left in the transport, want %d", rest.Len(), len("client hello"))
	}
	if err := c.Upgrade(c.NetConn()); err != nil {
		t.Errorf("upgrade: %v", err)
	}
}

func TestUpgradeRefusesUnreadBytes(t *testing.T) {
	c := readFrom(bytes.NewReader(make([]byte, 40)))
	c.PeekHeader()
	if err := c.Upgrade(c.NetConn()); !errors.Is(err, ErrUnread) {
		t.Errorf("error %v, want ErrUnread", err)
	}
	w := writeTo(io.Discard)
	w.Write([]byte("x"))
	if err := w.Upgrade(w.NetConn()); !errors.Is(err, ErrUnread) {
		t.Errorf("error %v, want ErrUnread", err)
	}
}

func TestPeekLimit(t *testing.T) {
	c := readFrom(bytes.NewReader(make([]byte, 2*MaxPeek)))
	if _, err := c.Peek(MaxPeek + 1); !errors.Is(err, ErrPeekLimit) {
		t.Errorf("Peek: error %v, want ErrPeekLimit", err)
	}
	var err error
	for err == nil {
		err = c.Fill()
	}
	if !errors.Is(err, ErrPeekLimit) || len(c.Buffered()) != MaxPeek {
		t.Errorf("Fill: error %v with %d bytes, want ErrPeekLimit with %d", err, len(c.Buffered()), MaxPeek)
	}
}

func TestCopyFromNamesTheSide(t *testing.T) {
	src := readFrom(bytes.NewReader(make([]byte, 10)))
	err := writeTo(io.Discard).CopyFrom(src, 11)
	var side *SideError
	if ErrSide(err) != SideSource || !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &side) || side.Copied != 10 {
		t.Errorf("short source: %v", err)
	}
	broken := errors.New("broken")
	src = readFrom(bytes.NewReader(make([]byte, 1<<20)))
	err = writeTo(brokenWriter{broken}).CopyFrom(src, 1<<20)
	if ErrSide(err) != SideTarget || !errors.Is(err, broken) {
		t.Errorf("broken target: %v", err)
	}
	if ErrSide(io.EOF) != SideUnknown {
		t.Error("a foreign error has a side")
	}
}

type brokenWriter struct{ err error }

func (b brokenWriter) Write([]byte) (int, error) { return 0, b.err }

// pair returns two connected sockets, with TLS on top if asked for.
func pair(t *testing.T, cert *tls.Certificate) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	if cert == nil {
		return client, server
	}
	tc := tls.Client(client, &tls.Config{InsecureSkipVerify: true})
	ts := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{*cert}})
	done := make(chan error, 1)
	go func() { done <- tc.Handshake() }()
	if err := ts.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return tc, ts
}

// TestWakeUpLosesNothing interrupts reads with a deadline in the past, at every
// byte of two messages, plain and under TLS.
func TestWakeUpLosesNothing(t *testing.T) {
	raw := AppendPacket(AppendPacket(nil, 0, []byte("first")), 0, bytes.Repeat([]byte("2"), 300))
	for name, cert := range map[string]*tls.Certificate{"plain": nil, "tls": testCertificate(t)} {
		t.Run(name, func(t *testing.T) {
			client, server := pair(t, cert)
			raw0 := server
			if ts, ok := server.(*tls.Conn); ok {
				raw0 = ts.NetConn()
			}
			c := NewConn(raw0)
			if err := c.Upgrade(server); err != nil {
				t.Fatal(err)
			}
			var got [][]byte
			var wakeUps int
			for _, b := range raw {
				// An interrupted read, then a byte, then reads until the next interruption.
				c.SetReadDeadline(time.Unix(1, 0))
				if _, _, err := c.ReadMessage(1000); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatalf("error %v, want a deadline", err)
				}
				wakeUps++
				if _, err := client.Write([]byte{b}); err != nil {
					t.Fatal(err)
				}
				c.SetReadDeadline(time.Time{})
				before := len(c.Buffered())
				if err := c.Fill(); err != nil {
					t.Fatal(err)
				}
				if n := len(c.Buffered()); n != before+1 {
					t.Fatalf("%d bytes buffered, want %d", n, before+1)
				}
				if h := c.Buffered(); len(h) >= HeaderLen && len(h) == HeaderLen+header(h).Len {
					p, _, err := c.ReadMessage(1000)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, bytes.Clone(p))
				}
			}
			if wakeUps != len(raw) || len(got) != 2 || string(got[0]) != "first" || len(got[1]) != 300 {
				t.Errorf("got %q after %d wake-ups", got, wakeUps)
			}
		})
	}
}

// TestWakeUpFromElsewhere wakes a read that blocks already.
func TestWakeUpFromElsewhere(t *testing.T) {
	client, server := pair(t, nil)
	c := NewConn(server)
	client.Write([]byte{5, 0})
	if err := c.Fill(); err != nil {
		t.Fatal(err)
	}
	woken := make(chan error)
	go func() {
		_, err := c.PeekHeader()
		woken <- err
	}()
	c.SetReadDeadline(time.Unix(1, 0))
	if err := <-woken; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("error %v, want a deadline", err)
	}
	c.SetReadDeadline(time.Time{})
	client.Write([]byte{0, 9})
	if h, err := c.PeekHeader(); err != nil || h != (Header{5, 9}) {
		t.Errorf("header %v, error %v", h, err)
	}
}

func TestFlushCanBeRepeated(t *testing.T) {
	var out bytes.Buffer
	slow := &halfWriter{w: &out}
	c := writeTo(slow)
	c.Write([]byte("0123456789"))
	for i := 0; c.Pending() > 0; i++ {
		if err := c.Flush(); err != nil && !errors.Is(err, io.ErrShortWrite) || i > 20 {
			t.Fatal(err)
		}
	}
	if out.String() != "0123456789" {
		t.Errorf("wrote %q", out.String())
	}
	if c.WriteBuffer() != BufferSize {
		t.Errorf("holds %d bytes, want %d", c.WriteBuffer(), BufferSize)
	}
	if c.Release(); c.WriteBuffer() != 0 {
		t.Errorf("holds %d bytes after Release", c.WriteBuffer())
	}
}

type halfWriter struct{ w io.Writer }

func (h *halfWriter) Write(p []byte) (int, error) {
	n := (len(p) + 1) / 2
	h.w.Write(p[:n])
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// A read that is repeated after a wake-up goes on without a buffer, and the
// connection has one as soon as it has work to do.
func TestDozingHoldsNoBuffer(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	c := NewConn(a)
	defer c.Close()
	c.Doze()
	for range 3 {
		c.SetReadDeadline(time.Unix(1, 0))
		if _, err := c.PeekHeader(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		if n := c.ReadBuffer(); n != 0 {
			t.Fatalf("it waits with a buffer of %d bytes", n)
		}
	}
	c.SetReadDeadline(time.Time{})
	for _, size := range []int{1, dozeBuffer, 3 * dozeBuffer} {
		go b.Write(AppendPacket(nil, 0, make([]byte, size)))
		if p, _, err := c.ReadMessage(1000); err != nil || len(p) != size {
			t.Fatalf("read %d bytes: %v", len(p), err)
		}
	}
	if n := c.ReadBuffer(); n != BufferSize {
		t.Errorf("awake it reads with a buffer of %d bytes", n)
	}
}
