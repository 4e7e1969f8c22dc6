package socket

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair returns both ends of a connection: the accepted one is a Conn.
func pair(t testing.TB, network, address string) (*Conn, net.Conn) {
	ln, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	peer, err := net.Dial(network, ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	nc, err := Listener{ln}.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close(); peer.Close() })
	return nc.(*Conn), peer
}

func each(t *testing.T, f func(t *testing.T, c *Conn, peer net.Conn)) {
	t.Run("tcp", func(t *testing.T) { c, peer := pair(t, "tcp", "127.0.0.1:0"); f(t, c, peer) })
	t.Run("unix", func(t *testing.T) {
		c, peer := pair(t, "unix", filepath.Join(t.TempDir(), "s"))
		f(t, c, peer)
	})
}

// Far more than a socket holds goes both ways at once and arrives as it was.
func TestBothWays(t *testing.T) {
	each(t, func(t *testing.T, c *Conn, peer net.Conn) {
		data := make([]byte, 20<<20)
		for i := range data {
			data[i] = byte(rand.Uint32())
		}
		done := make(chan error, 3)
		go func() { _, err := peer.Write(data); done <- err }()
		go func() { n, err := c.Write(data); done <- errors.Join(err, whole(n, data)) }()
		go func() {
			got := make([]byte, len(data))
			n, err := io.ReadFull(peer, got)
			if err == nil && !bytes.Equal(got, data) {
				err = errors.New("the peer got other bytes")
			}
			done <- errors.Join(err, whole(n, data))
		}()
		got := make([]byte, len(data))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, data) {
			t.Errorf("reading: %v, equal: %v", err, bytes.Equal(got, data))
		}
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func whole(n int, data []byte) error {
	if n != len(data) {
		return io.ErrShortWrite
	}
	return nil
}

// A deadline that comes while a read waits ends it, and loses nothing.
func TestDeadline(t *testing.T) {
	each(t, func(t *testing.T, c *Conn, peer net.Conn) {
		woken := make(chan error)
		go func() { _, err := c.Read(make([]byte, 10)); woken <- err }()
		c.SetReadDeadline(time.Unix(1, 0))
		err := <-woken
		if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.HasPrefix(err.Error(), "read ") {
			t.Errorf("%v, want a read that met its deadline", err)
		}
		c.SetReadDeadline(time.Time{})
		io.WriteString(peer, "hello")
		got := make([]byte, 10)
		if n, err := c.Read(got); string(got[:n]) != "hello" || err != nil {
			t.Errorf("%q %v", got[:n], err)
		}
	})
}

// A write into a full socket says how far it came.
func TestWriteDeadline(t *testing.T) {
	each(t, func(t *testing.T, c *Conn, peer net.Conn) {
		c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
		n, err := c.Write(make([]byte, 64<<20))
		if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 64<<20 {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if got, err := io.ReadFull(peer, make([]byte, n)); err != nil {
			t.Errorf("%d bytes were written, %d came: %v", n, got, err)
		}
	})
}

func TestClose(t *testing.T) {
	each(t, func(t *testing.T, c *Conn, peer net.Conn) {
		woken := make(chan error)
		go func() { _, err := c.Read(make([]byte, 10)); woken <- err }()
		c.Close()
		if err := <-woken; !errors.Is(err, net.ErrClosed) {
			t.Errorf("reading: %v, want %v", err, net.ErrClosed)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing: %v, want %v", err, net.ErrClosed)
		}
	})
}

// A peer that is gone: the stream ends, and a write fails without a signal
// that would end the process.
func TestPeerGone(t *testing.T) {
	each(t, func(t *testing.T, c *Conn, peer net.Conn) {
		io.WriteString(peer, "last")
		peer.Close()
		if got, err := io.ReadAll(c); string(got) != "last" || err != nil {
			t.Errorf("%q %v", got, err)
		}
		var err error
		for err == nil { // the first bytes may be taken before the answer comes that nobody wants them
			_, err = c.Write(make([]byte, 1<<20))
		}
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%v, want a broken pipe or a reset", err)
		}
		if !strings.HasPrefix(err.Error(), "write ") || !strings.Contains(err.Error(), "sendto: ") {
			t.Errorf("%v does not say what was tried", err)
		}
	})
}

func TestNothing(t *testing.T) {
	c, _ := pair(t, "tcp", "127.0.0.1:0")
	if n, err := c.Read(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := c.Write(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
}

// What is no stream socket is left alone.
func TestWrap(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := Wrap(a); got != a {
		t.Errorf("a pipe became a %T", got)
	}
}

func TestNoAllocation(t *testing.T) {
	c, peer := pair(t, "tcp", "127.0.0.1:0")
	buf, other := make([]byte, 100), make([]byte, 100)
	n := testing.AllocsPerRun(200, func() {
		c.Write(buf)
		io.ReadFull(peer, other)
		peer.Write(other)
		io.ReadFull(c, buf)
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// BenchmarkPingPong compares with package net. One connection at a time shows
// the calls alone; what the scheduler makes of them under load shows in
// make bench BENCH="-only queries".
func BenchmarkPingPong(b *testing.B) {
	c, peer := pair(b, "tcp", "127.0.0.1:0")
	for _, end := range []struct {
		name string
		nc   net.Conn
	}{{"net", c.Conn}, {"socket", c}} {
		b.Run(end.name, func(b *testing.B) {
			stop := make(chan struct{})
			go func() { defer close(stop); io.CopyN(peer, peer, int64(b.N)) }()
			p := make([]byte, 1)
			for range b.N {
				end.nc.Write(p)
				end.nc.Read(p)
			}
			<-stop
		})
	}
}
