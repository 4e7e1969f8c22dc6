package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/socket"
)

// listener accepts clients for one service.
type listener struct {
	cfg     *config.Listener
	proxy   *Proxy
	service *Service // set before serve
	base    base
	ln      net.Listener // base, with what connections are wrapped in
	tls     *tls.Config  // nil: plain
	from    *listener    // that base is taken over from, nil if it was opened; until serve
	closed  atomic.Bool  // it accepts no more
	served  chan struct{}
}

// base is a listening socket.
type base interface {
	net.Listener
	SetDeadline(time.Time) error
}

// listen opens the listener's address, or takes it over from the listener that
// has it. Nothing is accepted before serve.
func (p *Proxy) listen(cfg *config.Listener, from *listener) (*listener, error) {
	l := &listener{cfg: cfg, proxy: p, from: from, served: make(chan struct{})}
	var err error
	if cfg.TLS != nil {
		if l.tls, err = cfg.TLS.ServerConfig(); err != nil {
			return nil, fmt.Errorf("listener %q: TLS: %w", cfg.Name, err)
		}
	}
	if from != nil {
		l.base = from.base
	} else if l.base, err = openBase(cfg); err != nil {
		return nil, fmt.Errorf("listener %q: %w", cfg.Name, err)
	}
	l.ln = socket.Listener{Listener: l.base}
	if len(cfg.ProxyNetworks) > 0 {
		l.ln = &proxyproto.Listener{Listener: l.ln, ReadHeaderTimeout: cfg.HandshakeTimeout, ConnPolicy: l.proxyPolicy}
	}
	return l, nil
}

func openBase(cfg *config.Listener) (base, error) {
	network, address := "tcp", cfg.Address
	if cfg.Socket != "" {
		network, address = "unix", cfg.Socket
		if err := removeStale(address); err != nil {
			return nil, err
		}
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w: another process may use the address", address, err)
	}
	if cfg.Socket != "" {
		os.Chmod(cfg.Socket, 0o777) // like a server's: who may log in is decided by the accounts
	}
	return ln.(base), nil // both kinds have deadlines
}

// removeStale removes a socket file that no process listens on any more.
func removeStale(path string) error {
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return fmt.Errorf("another process listens on %s", path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if info, serr := os.Stat(path); serr == nil && info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s exists and is no socket", path)
	}
	return os.Remove(path)
}

// proxyPolicy demands a PROXY header from trusted networks. Others are served
// without: what they send as one is a malformed handshake.
func (l *listener) proxyPolicy(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
	a, ok := o.Upstream.(*net.TCPAddr)
	if !ok {
		return proxyproto.SKIP, nil
	}
	ip := a.AddrPort().Addr().Unmap()
	for _, n := range l.cfg.ProxyNetworks {
		if n.Contains(ip) {
			return proxyproto.REQUIRE, nil
		}
	}
	return proxyproto.SKIP, nil
}

// serve accepts until the listener is closed.
func (l *listener) serve() {
	defer close(l.served)
	pause := time.Duration(0)
	for {
		nc, err := l.ln.Accept()
		if err != nil {
			if l.closed.Load() {
				return
			}
			// Out of file descriptors, most likely: sessions that end give some back.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			l.proxy.log.Error("cannot accept a client", "listener", l.cfg.Name, "error", err, "retry-in", pause)
			select {
			case <-time.After(pause):
			case <-l.proxy.ctx.Done():
				return
			}
			continue
		}
		pause = 0
		s := l.proxy.newSession(l, nc) // here, so that whoever has stopped listening finds every session
		l.proxy.sessionsRunning.Go(s.run)
	}
}

func (l *listener) close() {
	if !l.closed.Swap(true) {
		l.ln.Close()
	}
}

// fixed reports whether the address is a certain one, not the kernel's choice.
func (l *listener) fixed() bool {
	_, port, _ := net.SplitHostPort(l.cfg.Address)
	return l.cfg.Socket != "" || port != "0"
}

// address is where the listener really listens.
func (l *listener) address() string { return l.ln.Addr().String() }

// netAddr is a client's address with the parts that the session shows.
type netAddr struct{ net.Addr }

func (a netAddr) host() string {
	if ap, ok := a.addrPort(); ok {
		return ap.Addr().Unmap().String()
	}
	return "localhost"
}

func (a netAddr) port() uint16 {
	ap, _ := a.addrPort()
	return ap.Port()
}

func (a netAddr) addrPort() (netip.AddrPort, bool) {
	t, ok := a.Addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	return t.AddrPort(), true
}

// below returns the socket under the PROXY protocol.
func below(nc net.Conn) net.Conn {
	if c, ok := nc.(*proxyproto.Conn); ok {
		return c.Raw()
	}
	return nc
}

// handshakeContext bounds the time from accept to authenticated.
func (l *listener) handshakeContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.cfg.HandshakeTimeout)
}
