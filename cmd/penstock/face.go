package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/penstock-db/penstock/admin"
	"github.com/penstock-db/penstock/engine/config"
)

// closeTimeout is how long requests to the REST API may take to finish when
// the program ends.
const closeTimeout = 2 * time.Second

// face is the REST API as the program runs it. A nil face is none.
type face struct {
	address string
	secure  bool
	server  *admin.Server
}

// openFace listens and serves; nil if the configuration has no [admin].
func openFace(cfg *config.Config, p admin.Proxy, log logger, program admin.Program) (*face, error) {
	if !cfg.Admin.Enabled {
		return nil, nil
	}
	api, tlsConfig, err := newAPI(cfg, p, log, program)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", cfg.Admin.Address)
	if err != nil {
		return nil, fmt.Errorf("the REST API cannot listen on admin.address: %w", err)
	}
	f := &face{cfg.Admin.Address, tlsConfig != nil, admin.Serve(api, listener, tlsConfig)}
	log.Info("listening", "api", f.server.Addr().String())
	return f, nil
}

func newAPI(cfg *config.Config, p admin.Proxy, log logger, program admin.Program) (*admin.API, *tls.Config, error) {
	c := cfg.Admin
	api, err := admin.New(p, admin.Options{
		Address:    c.Address,
		User:       c.User,
		Password:   string(c.Password),
		Program:    program,
		Logger:     log,
		DNSTimeout: c.DNSTimeout,
	})
	if err != nil || c.TLS == nil {
		return api, nil, err
	}
	tlsConfig, err := c.TLS.ServerConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("admin.tls: %w", err)
	}
	return api, tlsConfig, nil
}

// reload takes over a new configuration: account, DNS timeout and certificates
// at once; where to listen only with a restart of the program.
func (f *face) reload(cfg *config.Config, p admin.Proxy, log logger, program admin.Program) error {
	restart := errors.New("[admin]: a change of enabled, of address, or between HTTP and HTTPS needs a restart of penstock")
	if f == nil {
		if cfg.Admin.Enabled {
			return restart
		}
		return nil
	}
	if !cfg.Admin.Enabled || cfg.Admin.Address != f.address || (cfg.Admin.TLS != nil) != f.secure {
		return restart
	}
	api, tlsConfig, err := newAPI(cfg, p, log, program)
	if err != nil {
		return err
	}
	f.server.Replace(api, tlsConfig)
	return nil
}

func (f *face) close() error {
	if f == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := f.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // a request that takes longer is cut off; that is no failure of the program
	}
	return err
}
