package auth

import (
	"crypto/sha512"

	"filippo.io/edwards25519"
)

// Ed25519Plugin is MariaDB's ed25519 mechanism, as the client side is called.
const Ed25519Plugin = "client_ed25519"

// ed25519Sign signs salt with the key that MariaDB derives from a password.
//
// It is Ed25519 as in RFC 8032, except that the private key is not a 32-byte
// seed but the password itself, of any length: the standard library cannot do
// that (MariaDB, plugin/auth_ed25519/ref10/sign.c).
func ed25519Sign(salt []byte, password string) ([]byte, error) {
	secret := sha512.Sum512([]byte(password))
	s, err := edwards25519.NewScalar().SetBytesWithClamping(secret[:32])
	if err != nil {
		return nil, err
	}
	public := new(edwards25519.Point).ScalarBaseMult(s).Bytes()

	r, err := edwards25519.NewScalar().SetUniformBytes(hash512(secret[32:], salt))
	if err != nil {
		return nil, err
	}
	commitment := new(edwards25519.Point).ScalarBaseMult(r).Bytes()

	k, err := edwards25519.NewScalar().SetUniformBytes(hash512(commitment, public, salt))
	if err != nil {
		return nil, err
	}
	proof := edwards25519.NewScalar().MultiplyAdd(k, s, r).Bytes()
	return append(commitment, proof...), nil
}

func hash512(parts ...[]byte) []byte {
	h := sha512.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
