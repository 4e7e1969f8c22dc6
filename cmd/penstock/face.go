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

// surroundings are what the REST API is made of and with, beside the
// configuration. They outlive a reload.
type surroundings struct {
	proxy   admin.Proxy
	editor  admin.Editor
	log     logger
	program func(*config.Config) admin.Program
}

// face is the REST API as the program runs it. A nil face is none.
type face struct {
	surroundings
	address string
	secure  bool
	server  *admin.Server
	gate    *gate
}

// openFace listens and serves; nil if the configuration has no [admin].
func openFace(cfg *config.Config, with surroundings) (*face, error) {
	if !cfg.Admin.Enabled {
		return nil, nil
	}
	g, err := newGate(cfg.Admin, with.log)
	if err != nil {
		return nil, err
	}
	f := &face{surroundings: with, address: cfg.Admin.Address, secure: cfg.Admin.TLS != nil, gate: g}
	if err := f.listen(cfg); err != nil {
		g.close()
		return nil, err
	}
	f.log.Info("listening", "api", f.server.Addr().String())
	return f, nil
}

func (f *face) listen(cfg *config.Config) error {
	api, tlsConfig, err := f.newAPI(cfg)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", f.address)
	if err != nil {
		return fmt.Errorf("the REST API cannot listen on admin.address: %w", err)
	}
	if !f.secure && !config.Loopback(f.address) {
		f.log.Warn("passwords for the REST API cross the network in the clear: set [admin.tls], or listen on 127.0.0.1", "address", f.address)
	}
	f.server = admin.Serve(api, listener, tlsConfig)
	return nil
}

func (f *face) newAPI(cfg *config.Config) (*admin.API, *tls.Config, error) {
	c := cfg.Admin
	opts := admin.Options{
		Address:    c.Address,
		Access:     f.gate.access,
		Editor:     f.editor,
		Hosts:      c.Hosts,
		Program:    f.program(cfg),
		Logger:     f.log,
		DNSTimeout: c.DNSTimeout,
	}
	if c.AuditLog != "" {
		opts.Audit = f.gate.audit
	}
	api, err := admin.New(f.proxy, opts)
	if err != nil || c.TLS == nil {
		return api, nil, err
	}
	tlsConfig, err := c.TLS.ServerConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("admin.tls: %w", err)
	}
	return api, tlsConfig, nil
}

// reload takes over a new configuration: accounts, DNS timeout, certificates and
// audit log at once; where to listen only with a restart of the program. Accounts
// come first: whatever else has to wait or fails, whom the configuration has
// taken them from is out.
func (f *face) reload(cfg *config.Config) error {
	restart := errors.New("[admin]: a change of enabled, of address, or between HTTP and HTTPS needs a restart of penstock")
	if f == nil {
		if cfg.Admin.Enabled {
			return restart
		}
		return nil
	}
	accountsErr := f.gate.letIn(&cfg.Admin, f.address)
	if !cfg.Admin.Enabled || cfg.Admin.Address != f.address || (cfg.Admin.TLS != nil) != f.secure {
		return errors.Join(restart, accountsErr)
	}
	auditErr := f.gate.openAudit(cfg.Admin, f.log)
	api, tlsConfig, err := f.newAPI(cfg)
	if err == nil {
		f.server.Replace(api, tlsConfig)
	}
	return errors.Join(err, accountsErr, auditErr)
}

func (f *face) close() error {
	if f == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := f.server.Shutdown(ctx)
	defer f.gate.close()
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // a request that takes longer is cut off; that is no failure of the program
	}
	return err
}
