package monitor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/engine/config"
)

// connection is the monitor's connection to one server. It is opened by the
// first probe and again after an error. Its methods are called by one goroutine.
type connection struct {
	monitor *config.Monitor
	server  *config.Server

	db         *sql.DB
	replStatus int // index in replicationQueries of what this server understands
}

// probe reads the server's facts. ctx bounds it, connecting included.
func (c *connection) probe(ctx context.Context) (facts, error) {
	if c.db == nil {
		if err := c.open(); err != nil {
			return facts{}, err
		}
	}
	f, err := c.read(ctx)
	if err != nil {
		// A fresh pool: nothing of a broken connection is used again, and the
		// server may be another version when it comes back.
		c.close()
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v", c.monitor.Timeout)
		}
		return facts{}, err
	}
	return f, nil
}

func (c *connection) open() error {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = c.monitor.User, string(c.monitor.Password)
	cfg.Net, cfg.Addr = "tcp", c.server.Address
	if c.server.Socket != "" {
		cfg.Net, cfg.Addr = "unix", c.server.Socket
	}
	if c.server.TLS != nil {
		host, _, _ := net.SplitHostPort(c.server.Address)
		t, err := c.server.TLS.ClientConfig(host)
		if err != nil {
			return fmt.Errorf("TLS towards the server: %w", err)
		}
		cfg.TLS = t
	}
	cfg.Timeout = c.monitor.Timeout
	cfg.ReadTimeout = c.monitor.Timeout
	cfg.WriteTimeout = c.monitor.Timeout
	cfg.Logger = &mysql.NopLogger{} // every error is returned, too
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return fmt.Errorf("the server's address or account: %w", err)
	}
	c.db = sql.OpenDB(connector)
	c.db.SetMaxOpenConns(1)
	c.db.SetMaxIdleConns(1)
	c.replStatus = 0
	return nil
}

func (c *connection) close() {
	if c.db != nil {
		c.db.Close() // the error is the broken connection's
		c.db = nil
	}
}
