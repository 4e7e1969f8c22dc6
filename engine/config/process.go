package config

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"time"
)

func readProxy(t *table) Proxy {
	p := Proxy{DrainTimeout: t.duration("drain_timeout", 10*time.Second, 0)}
	t.finish()
	return p
}

func readLog(t *table) Log {
	l := Log{
		Level:  t.oneOf("level", "notice", "error", "warning", "notice", "info", "debug"),
		Format: t.oneOf("format", "text", "text", "json"),
		File:   t.r.path(t.str("file", "")),
	}
	t.finish()
	return l
}

// CachePath returns the directory where what takes long to make or to get is
// kept; empty: nothing is.
func (p *Plugins) CachePath() string {
	switch p.CacheDir {
	case "off":
		return ""
	case "":
		base, err := os.UserCacheDir()
		if err != nil {
			return "" // a daemon without a home directory: it works without, and starts slower
		}
		return filepath.Join(base, "penstock")
	}
	return p.CacheDir
}

func readPlugins(t *table) Plugins {
	p := Plugins{
		CacheDir:  t.str("cache_dir", ""),
		ParkAfter: t.duration("park_after", 10*time.Second, 0),
		Watch:     t.boolean("watch", true),
	}
	if p.CacheDir != "off" {
		p.CacheDir = t.r.path(p.CacheDir)
	}
	t.finish()
	return p
}

// What a [….tls] table is for.
type tlsSide int

const (
	listening  tlsSide = iota // the REST API
	clients                   // listeners
	connecting                // servers
)

// readTLS returns nil if the table is not there.
func readTLS(t *table, side tlsSide) *TLS {
	c := &TLS{
		Cert: t.r.path(t.str("cert", "")),
		Key:  t.r.path(t.str("key", "")),
		CA:   t.r.path(t.str("ca", "")),
	}
	c.VerifyPeer = t.boolean("verify_peer", side == connecting)
	switch side {
	case clients:
		c.Required = t.boolean("required", false)
	case connecting:
		c.ServerName = t.str("server_name", "")
	}
	c.MinVersion = tls.VersionTLS12
	if t.oneOf("min_version", "1.2", "1.2", "1.3") == "1.3" {
		c.MinVersion = tls.VersionTLS13
	}
	t.finish()
	if !t.exists {
		return nil
	}
	t.checkTLS(c, side)
	return c
}

// checkTLS makes sure that the files can be used.
func (t *table) checkTLS(c *TLS, side tlsSide) {
	switch {
	case c.Cert == "" && c.Key != "":
		t.missing("cert", "write the path of the certificate that belongs to the key")
	case c.Cert != "" && c.Key == "":
		t.missing("key", "write the path of the private key that belongs to the certificate")
	case c.Cert == "" && side != connecting:
		t.missing("cert", "write the paths of a certificate and of its key")
	case c.Cert != "":
		if err := c.loadCert(&tls.Config{}); err != nil {
			t.fail("cert", err.Error(), "cert and key are PEM files that belong together")
		}
	}
	if c.CA != "" {
		if _, err := c.loadCA(); err != nil {
			t.fail("ca", err.Error(), "ca is a PEM file with one or more certificates")
		}
	} else if side != connecting && c.VerifyPeer {
		t.missing("ca", "verify_peer needs the certificate authority of the clients' certificates")
	}
}
