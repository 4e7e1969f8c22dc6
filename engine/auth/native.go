package auth

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
)

// NativePlugin is the mechanism that works with SHA1 hashes.
const NativePlugin = "mysql_native_password"

// nativeSHA1 is SHA1(password), the secret that mysql_native_password proves.
func nativeSHA1(password string) []byte {
	h := sha1.Sum([]byte(password))
	return h[:]
}

// nativeMask is SHA1(salt, SHA1(SHA1(password))), which hides the secret in a
// token.
func nativeMask(salt, stage2 []byte) []byte {
	h := sha1.New()
	h.Write(salt)
	h.Write(stage2)
	return h.Sum(nil)
}

// nativeToken is the answer to salt of a client that knows stage1 =
// SHA1(password): SHA1(password) xor SHA1(salt, SHA1(SHA1(password))).
func nativeToken(salt, stage1 []byte) []byte {
	stage2 := sha1.Sum(stage1)
	token := nativeMask(salt, stage2[:])
	subtle.XORBytes(token, token, stage1)
	return token
}

// recoverSHA1 checks a native token against the stored double hash (stage2)
// and returns SHA1(password). It reports false for a token that is wrong or of
// the wrong length. The time it takes does not depend on which bytes differ.
func recoverSHA1(token, salt, stage2 []byte) ([]byte, bool) {
	if len(token) != sha1.Size || len(stage2) != sha1.Size {
		return nil, false
	}
	stage1 := nativeMask(salt, stage2)
	subtle.XORBytes(stage1, stage1, token)
	check := sha1.Sum(stage1)
	if subtle.ConstantTimeCompare(check[:], stage2) != 1 {
		return nil, false
	}
	return stage1, true
}

// parseNativeHash reads the stored form "*" + 40 hex digits. Anything else,
// such as MariaDB's "invalid" or a pre-4.1 hash, is not a native hash.
func parseNativeHash(s string) ([]byte, bool) {
	if len(s) != 1+2*sha1.Size || s[0] != '*' {
		return nil, false
	}
	b, err := hex.DecodeString(s[1:])
	return b, err == nil
}

// nativeHash is the stored form's 20 bytes, SHA1(SHA1(password)).
func nativeHash(password string) []byte {
	h := sha1.Sum(nativeSHA1(password))
	return h[:]
}
