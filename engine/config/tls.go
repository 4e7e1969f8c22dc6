package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// ServerConfig makes what a listener needs to offer TLS. It reads the files
// again, so that a new certificate is used after a reload.
func (t *TLS) ServerConfig() (*tls.Config, error) {
	c := &tls.Config{MinVersion: t.MinVersion}
	if err := t.loadCert(c); err != nil {
		return nil, err
	}
	if t.CA != "" {
		pool, err := t.loadCA()
		if err != nil {
			return nil, err
		}
		c.ClientCAs = pool
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if t.VerifyPeer {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// ClientConfig makes what a connection to a server needs. host is the name that
// the certificate must have, unless ServerName says otherwise. If VerifyPeer is
// false nothing of the certificate is checked.
func (t *TLS) ClientConfig(host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: t.MinVersion, ServerName: host, InsecureSkipVerify: !t.VerifyPeer}
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	if err := t.loadCert(c); err != nil {
		return nil, err
	}
	if t.CA != "" {
		pool, err := t.loadCA()
		if err != nil {
			return nil, err
		}
		c.RootCAs = pool
	}
	return c, nil
}

func (t *TLS) loadCert(c *tls.Config) error {
	if t.Cert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", t.Cert, t.Key, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}

var errNoCertificate = errors.New("there is no PEM certificate in it")

func (t *TLS) loadCA() (*x509.CertPool, error) {
	pem, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: %w", t.CA, errNoCertificate)
	}
	return pool, nil
}
