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
	service *Service
	ln      net.Listener
	tls     *tls.Config // nil: plain
	closed  atomic.Bool
}

// listen opens the listener's address. Nothing is accepted before serve.
func (p *Proxy) listen(cfg *config.Listener, service *Service) (*listener, error) {
	l := &listener{cfg: cfg, proxy: p, service: service}
	var err error
	if cfg.TLS != nil {
		if l.tls, err = cfg.TLS.ServerConfig(); err != nil {
			return nil, fmt.Errorf("listener %q: TLS: %w", cfg.Name, err)
		}
	}
	network, address := "tcp", cfg.Address
	if cfg.Socket != "" {
		network, address = "unix", cfg.Socket
		if err := removeStale(address); err != nil {
			return nil, fmt.Errorf("listener %q: %w", cfg.Name, err)
		}
	}
	if l.ln, err = net.Listen(network, address); err != nil {
		return nil, fmt.Errorf("listener %q cannot listen on %s: %w: another process may use the address", cfg.Name, address, err)
	}
	if cfg.Socket != "" {
		os.Chmod(cfg.Socket, 0o777) // like a server's: who may log in is decided by the accounts
	}
	l.ln = socket.Listener{Listener: l.ln}
	if len(cfg.ProxyNetworks) > 0 {
		l.ln = &proxyproto.Listener{Listener: l.ln, ReadHeaderTimeout: cfg.HandshakeTimeout, ConnPolicy: l.proxyPolicy}
	}
	return l, nil
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
