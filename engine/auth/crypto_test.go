package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"testing/quick"
)

func TestNativeKnownHash(t *testing.T) {
	// SELECT PASSWORD('app') on MariaDB.
	var stored string
	if err := server.DB(t).QueryRow("SELECT PASSWORD('app')").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	hash, ok := parseNativeHash(stored)
	if !ok || string(hash) != string(nativeHash("app")) {
		t.Errorf("%s", stored)
	}
	for _, s := range []string{"", "invalid", "*12", "565491d704013245", "*" + strings.Repeat("g", 40), strings.Repeat("0", 41)} {
		if _, ok := parseNativeHash(s); ok {
			t.Errorf("%q is no hash", s)
		}
	}
}

func TestNativeRecovers(t *testing.T) {
	err := quick.Check(func(password string, flip uint8) bool {
		salt := newSalt()
		token := nativeToken(salt, nativeSHA1(password))
		stage1, ok := recoverSHA1(token, salt, nativeHash(password))
		if !ok || string(stage1) != string(nativeSHA1(password)) {
			return false
		}
		token[int(flip)%20] ^= 1 << (flip % 8)
		_, ok = recoverSHA1(token, salt, nativeHash(password))
		return !ok
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

func TestSaltIsPrintableAndFresh(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		s := string(newSalt())
		if len(s) != 20 || seen[s] || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '$' }) {
			t.Fatalf("%q", s)
		}
		seen[s] = true
	}
}

func TestEd25519SignatureVerifies(t *testing.T) {
	// A signature by a 32-byte password is an ordinary Ed25519 signature by
	// that seed.
	err := quick.Check(func(seed [32]byte, salt [32]byte) bool {
		sig, err := ed25519Sign(salt[:], string(seed[:]))
		return err == nil && string(sig) == string(ed25519.Sign(ed25519.NewKeyFromSeed(seed[:]), salt[:]))
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

func TestResponderRefusals(t *testing.T) {
	password := WithPassword("u", "p")
	sha1 := Credentials{User: "u", SHA1: nativeSHA1("p")}
	for _, c := range []struct {
		cr     Credentials
		plugin string
		want   error
	}{
		{sha1, CachingSHA2Plugin, ErrPasswordNeeded}, {sha1, SHA256Plugin, ErrPasswordNeeded}, {sha1, Ed25519Plugin, ErrPasswordNeeded},
		{sha1, ClearPlugin, ErrPasswordNeeded}, {password, ClearPlugin, ErrInsecure}, {password, "mysql_old_password", ErrUnsupportedPlugin},
		{sha1, NativePlugin, nil}, {password, NativePlugin, nil},
	} {
		r := Responder{Credentials: c.cr}
		if _, err := r.Start(c.plugin, newSalt()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.plugin, err, c.want)
		}
	}
	if _, err := (&Responder{}).Start(NativePlugin, nil); err == nil {
		t.Error("answered without credentials")
	}
	r := Responder{Credentials: password}
	if _, err := r.Start(CachingSHA2Plugin, newSalt()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.More([]byte("what")); err == nil {
		t.Error("answered an unknown step")
	}
	r.More([]byte{cachingSHA2Full})
	if _, _, err := r.More([]byte("no key")); err == nil {
		t.Error("took nonsense for a key")
	}
}

func TestSHA256Plugin(t *testing.T) {
	r := Responder{Credentials: WithPassword("u", "p"), Secure: true}
	if a, err := r.Start(SHA256Plugin, newSalt()); err != nil || string(a) != "p\x00" {
		t.Errorf("%q %v", a, err)
	}
	r.Secure = false
	if a, err := r.Start(SHA256Plugin, newSalt()); err != nil || len(a) != 1 || a[0] != 1 {
		t.Errorf("%q %v", a, err)
	}
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	a, reply, err := r.More(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if err != nil || !reply || new(big.Int).SetBytes(a).Sign() == 0 {
		t.Errorf("%v", err)
	}
}

func TestCredentialsHideTheirSecrets(t *testing.T) {
	c := Credentials{User: "u", Password: "topsecret", HasPassword: true, SHA1: nativeSHA1("topsecret")}
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%+v", &Identity{Credentials: c})} {
		if strings.Contains(s, "topsecret") || strings.Contains(s, hex.EncodeToString(c.SHA1)) || strings.Contains(s, string(c.SHA1)) {
			t.Errorf("%s", s)
		}
	}
}
