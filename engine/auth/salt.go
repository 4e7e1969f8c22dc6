package auth

import "crypto/rand"

// saltLength is what mysql_native_password wants.
const saltLength = 20

// newSalt makes a fresh salt of printable characters. NUL would end it early
// and '$' is taken by the SHA-256 hash formats; some connectors read it as
// text, so that printable ASCII is the only safe choice.
func newSalt() []byte {
	const first, last = '!', '~'
	salt := make([]byte, 0, saltLength)
	buf := make([]byte, 2*saltLength)
	for len(salt) < saltLength {
		rand.Read(buf) // never fails (crypto/rand)
		for _, b := range buf {
			// Rejection keeps the distribution even.
			b &= 0x7f
			if b < first || b > last || b == '$' || len(salt) == saltLength {
				continue
			}
			salt = append(salt, b)
		}
	}
	return salt
}
