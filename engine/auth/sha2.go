package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// MySQL's SHA-256 mechanisms.
const (
	CachingSHA2Plugin = "caching_sha2_password"
	SHA256Plugin      = "sha256_password"
)

// What travels in the steps of the SHA-256 mechanisms (MySQL internals,
// "caching_sha2_password information").
const (
	cachingSHA2KeyRequest = 2 // client: send me your RSA key
	cachingSHA2FastOK     = 3 // server: your token was right, OK follows
	cachingSHA2Full       = 4 // server: I have no cached hash, send the password
	sha256KeyRequest      = 1
)

// sha2Token is the fast path's answer:
// SHA256(pw) xor SHA256(SHA256(SHA256(pw)), salt).
func sha2Token(salt []byte, password string) []byte {
	one := sha256.Sum256([]byte(password))
	two := sha256.Sum256(one[:])
	h := sha256.New()
	h.Write(two[:])
	h.Write(salt)
	token := h.Sum(nil)
	subtle.XORBytes(token, token, one[:])
	return token
}

// sha2Encrypt hides the password for the full path without TLS: the password
// with its NUL, xor the salt repeated, under the server's RSA key (OAEP with
// SHA1). The key is not authenticated: without TLS, somebody between Penstock
// and the server could offer one of his own, as with every MySQL client.
func sha2Encrypt(password string, salt, keyPEM []byte) ([]byte, error) {
	if len(salt) == 0 {
		return nil, errors.New("the server sent no salt")
	}
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return nil, errors.New("the server's RSA key is not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the server's RSA key: %w", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the server's key is a %T, not RSA", parsed)
	}
	plain := append([]byte(password), 0)
	for i := range plain {
		plain[i] ^= salt[i%len(salt)]
	}
	return rsa.EncryptOAEP(sha1.New(), rand.Reader, key, plain, nil)
}
