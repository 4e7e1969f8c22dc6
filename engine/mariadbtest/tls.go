package mariadbtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// makeTLS makes the server's certificates and returns the arguments that use them.
func (s *Server) makeTLS() ([]string, error) {
	c, err := MakeCertificates(s.Dir)
	if err != nil {
		return nil, err
	}
	s.Certificates = c
	return []string{"--ssl-ca=" + c.CAFile, "--ssl-cert=" + c.CertFile, "--ssl-key=" + c.KeyFile}, nil
}

// Certificates names the PEM files that MakeCertificates wrote.
type Certificates struct {
	CAFile                        string
	CertFile, KeyFile             string // for 127.0.0.1, ::1 and localhost
	ClientCertFile, ClientKeyFile string // CN=client
}

// MakeCertificates writes a new authority, a server certificate and a client
// certificate into dir. They are valid for a day.
func MakeCertificates(dir string) (*Certificates, error) {
	c := &Certificates{
		CAFile:   filepath.Join(dir, "ca.pem"),
		CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"),
		ClientCertFile: filepath.Join(dir, "client-cert.pem"), ClientKeyFile: filepath.Join(dir, "client-key.pem"),
	}
	ca := certificate("Penstock test authority", 1)
	ca.IsCA, ca.BasicConstraintsValid = true, true
	ca.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	caKey, err := issue(ca, ca, nil, c.CAFile, "")
	if err != nil {
		return nil, err
	}
	server := certificate("localhost", 2)
	server.DNSNames = []string{"localhost"}
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if _, err := issue(server, ca, caKey, c.CertFile, c.KeyFile); err != nil {
		return nil, err
	}
	client := certificate("client", 3)
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := issue(client, ca, caKey, c.ClientCertFile, c.ClientKeyFile); err != nil {
		return nil, err
	}
	return c, nil
}

func certificate(name string, serial int64) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

// issue makes a key for cert, signs it with the parent's key (its own if that
// is nil) and writes both; the key only if keyFile is named.
func issue(cert, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, certFile, keyFile string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	if parentKey == nil {
		parentKey = key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: %w", cert.Subject.CommonName, err)
	}
	if err := writePEM(certFile, "CERTIFICATE", der); err != nil {
		return nil, err
	}
	if keyFile == "" {
		return key, nil
	}
	der, err = x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return key, writePEM(keyFile, "PRIVATE KEY", der)
}

func writePEM(name, kind string, der []byte) error {
	return os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
