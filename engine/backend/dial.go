package backend

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/socket"
	"github.com/penstock-db/penstock/engine/wire"
)

// maxHandshake bounds every message before the login is complete.
const maxHandshake = 1 << 20

// attributes that Penstock adds to the client's own.
var attributes = []auth.Attr{{Name: "_proxy_name", Value: "penstock"}}

// Dial connects to a server and logs in. Errors are [*DialError]; what the
// server itself said is in there as *wire.ERR. It takes no longer than ctx and
// the server's connect timeout allow.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	if t := o.Server.ConnectTimeout; t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t, fmt.Errorf("no answer within %v (connect_timeout): %w", t, context.DeadlineExceeded))
		defer cancel()
	}
	fail := func(stage Stage, err error) error {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return &DialError{Server: o.Server.Name, Stage: stage, Err: err}
	}
	nc, err := dialServer(ctx, o.Server)
	if err != nil {
		return nil, fail(StageConnect, err)
	}
	d := &dialer{o: o, b: &Conn{wire: wire.NewConn(nc), server: o.Server.Name}}
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	stage, err := d.run(ctx)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		d.b.wire.Abort()
		d.b.wire.Free()
		return nil, fail(stage, err)
	}
	return d.b, nil
}

func dialServer(ctx context.Context, s *config.Server) (net.Conn, error) {
	var d net.Dialer
	network, address := "tcp", s.Address
	if s.Socket != "" {
		network, address = "unix", s.Socket
	}
	nc, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return socket.Wrap(nc), nil
}

// dialer is one Dial under way.
type dialer struct {
	o        Options
	b        *Conn
	greeting wire.Greeting
	seq      byte
	secure   bool
}

func (d *dialer) run(ctx context.Context) (Stage, error) {
	if err := d.proxyHeader(); err != nil {
		return StageProxyHeader, err
	}
	if err := d.greet(); err != nil {
		return StageGreeting, err
	}
	caps, missing := negotiate(d.o.Capabilities, d.greeting.Capabilities, d.o.Schema != "", d.o.TLS != nil)
	if missing != 0 {
		return StageCapabilities, fmt.Errorf("%w: %v", ErrCapabilities, missing)
	}
	if lacking := always &^ d.greeting.Capabilities; lacking&^wire.ClientLongFlag != 0 {
		return StageCapabilities, fmt.Errorf("the server is too old: it lacks %v", lacking)
	}
	d.b.caps = caps
	if d.o.TLS != nil {
		if err := d.startTLS(ctx); err != nil {
			return StageTLS, err
		}
	}
	return StageLogin, d.login()
}

// proxyHeader tells the server who the client is, before anything else.
func (d *dialer) proxyHeader() error {
	if !d.o.Server.ProxyProtocol {
		return nil
	}
	_, err := ProxyHeader(d.o.ClientAddr, d.o.ProxyAddr).WriteTo(d.b.wire.Raw())
	return err
}

// ProxyHeader is the PROXY v2 header for a client at src that connected to
// dst. Unless both are TCP addresses it is one of command LOCAL: the sender
// speaks for itself.
func ProxyHeader(src, dst net.Addr) *proxyproto.Header {
	s, ok := src.(*net.TCPAddr)
	t, ok2 := dst.(*net.TCPAddr)
	if !ok || !ok2 {
		return &proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	}
	return proxyproto.HeaderProxyFromAddrs(2, s, t)
}

func (d *dialer) greet() error {
	payload, err := d.read()
	if err != nil {
		return err
	}
	if err := serverSaid(payload); err != nil {
		return err
	}
	if err := d.greeting.Decode(payload); err != nil {
		return fmt.Errorf("%w (is this a MariaDB or MySQL server?)", err)
	}
	d.b.serverCaps = d.greeting.Capabilities
	d.b.thread, d.b.status, d.b.version = uint64(d.greeting.ConnectionID), d.greeting.Status, d.greeting.ServerVersion
	return nil
}

func (d *dialer) startTLS(ctx context.Context) error {
	if !d.greeting.Capabilities.Has(wire.ClientSSL) {
		return errors.New("the server does not offer TLS, and its configuration here asks for it")
	}
	ask := wire.SSLRequest{Capabilities: d.b.caps, MaxPacket: maxPacket, Collation: d.o.handshakeCollation()}
	if err := d.send(ask.Encode(nil)); err != nil {
		return err
	}
	conn := tls.Client(d.b.wire.NetConn(), d.o.TLS)
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	if err := d.b.wire.Upgrade(conn); err != nil {
		return err
	}
	d.secure = true
	d.b.cipher = tls.CipherSuiteName(conn.ConnectionState().CipherSuite)
	return nil
}

func (d *dialer) read() ([]byte, error) {
	payload, seq, err := d.b.wire.ReadMessage(maxHandshake)
	if err != nil {
		return nil, err
	}
	d.seq = seq + 1
	return payload, nil
}

func (d *dialer) send(payload []byte) error {
	next, err := d.b.wire.WriteMessage(payload, d.seq)
	if err != nil {
		return err
	}
	d.seq = next
	return d.b.wire.Flush()
}

// serverSaid returns the server's ERR, if the payload is one.
func serverSaid(payload []byte) error {
	if len(payload) == 0 {
		return errors.New("the server sent an empty packet")
	}
	if payload[0] != 0xff {
		return nil
	}
	m := new(wire.ERR)
	if err := m.Decode(payload); err != nil {
		return err
	}
	return m
}
