package client

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

var errOtherCertificate = errors.New("the API shows another certificate than the one in the configuration: has the file been changed without a reload (SIGHUP), or is this another server?")

// pin has c trust the first certificate of a PEM file and no other. Whoever can
// read the API's configuration has the certificate itself, which says more than
// any authority.
func pin(c *tls.Config, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the API's certificate: %w", err)
	}
	var block *pem.Block
	for block, text = pem.Decode(text); block != nil && block.Type != "CERTIFICATE"; {
		block, text = pem.Decode(text)
	}
	if block == nil {
		return fmt.Errorf("the API's certificate: %s holds no PEM certificate", file)
	}
	// The chain and the name are not looked at: VerifyConnection compares the
	// certificate itself, at resumed connections too.
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 || !bytes.Equal(s.PeerCertificates[0].Raw, block.Bytes) {
			return errOtherCertificate
		}
		return nil
	}
	return nil
}
