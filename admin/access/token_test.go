package access

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/crypto/bcrypt"
)

func TestTokens(t *testing.T) {
	c, clock := newControl(t, accounts(t), "")
	token, err := c.Issue("watch", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := c.Token(token); err != nil || who != (Identity{"watch", ReadOnly, ByToken}) {
		t.Errorf("%+v, %v", who, err)
	}
	clock.pass(time.Hour - time.Second)
	if _, err := c.Token(token); err != nil {
		t.Errorf("just before the end: %v", err)
	}
	clock.pass(time.Second)
	if _, err := c.Token(token); err == nil {
		t.Error("the token is good after its end")
	}
	for _, life := range []time.Duration{0, -time.Hour, MaxTokenLife + 1} {
		if _, err := c.Issue("watch", life); err == nil {
			t.Errorf("a token for %v", life)
		}
	}
	if _, err := c.Issue("nobody", time.Hour); !errors.Is(err, ErrDenied) {
		t.Error("a token for nobody")
	}
}

// TestTokensDie has a token of an account, and then the account changed.
func TestTokensDie(t *testing.T) {
	const key = "a key of thirty-two bytes or more"
	base := accounts(t)
	with := func(change func(list []Account) []Account) []Account {
		return change(append([]Account(nil), base...))
	}
	for name, c := range map[string]struct {
		to       []Account
		tokenKey string
		good     bool
	}{
		"nothing":            {base, key, true},
		"another's password": {with(func(l []Account) []Account { l[0].Password = "other"; return l }), key, true},
		"its dates":          {with(func(l []Account) []Account { l[1].Updated = time.Now(); return l }), key, true},
		"its password": {with(func(l []Account) []Account {
			l[1].Hash = quick(t, "other", bcrypt.MinCost)
			return l
		}), key, false},
		"its hash":        {with(func(l []Account) []Account { l[1].Hash, l[1].Password = "", "looking"; return l }), key, false},
		"its role":        {with(func(l []Account) []Account { l[1].Role = Admin; return l }), key, false},
		"its certificate": {with(func(l []Account) []Account { l[1].Certificate = "other"; return l }), key, false},
		"gone":            {with(func(l []Account) []Account { return append(l[:1:1], l[2:]...) }), key, false},
		"the key":         {base, strings.ToUpper(key), false},
		"no key":          {base, "", false},
	} {
		control, _ := newControl(t, base, key)
		token, err := control.Issue("watch", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if err := control.Replace(c.to, c.tokenKey); err != nil {
			t.Fatal(err)
		}
		if who, err := control.Token(token); (err == nil) != c.good {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	// With a key of the configuration tokens outlive the process, without one not.
	for tokenKey, good := range map[string]bool{key: true, "": false} {
		before, _ := newControl(t, base, tokenKey)
		after, _ := newControl(t, base, tokenKey)
		token, err := before.Issue("watch", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := after.Token(token); (err == nil) != good {
			t.Errorf("key %q, after a restart: %v", tokenKey, err)
		}
	}
	control, _ := newControl(t, base, "")
	token, _ := control.Issue("watch", time.Hour)
	if err := control.Replace(base, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Token(token); err != nil {
		t.Errorf("after a reload that changed nothing: %v", err)
	}
}

// TestForgedTokens makes tokens as Issue does not.
func TestForgedTokens(t *testing.T) {
	c, clock := newControl(t, accounts(t), "")
	key, other := c.table.Load().byName["watch"].key, c.table.Load().byName["admin"].key
	good := func() jwt.MapClaims {
		return jwt.MapClaims{"sub": "watch", "aud": audience, "iat": clock.now.Unix(), "exp": clock.now.Add(time.Hour).Unix()}
	}
	sign := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		claims := good()
		if change != nil {
			change(claims)
		}
		text, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if _, err := c.Token(sign(jwt.SigningMethodHS256, key, nil)); err != nil {
		t.Fatalf("the test makes no good token: %v", err)
	}
	valid := sign(jwt.SigningMethodHS256, key, nil)
	parts := strings.Split(valid, ".")
	admin := base64.RawURLEncoding.EncodeToString([]byte(`{"aud":"penstock","sub":"admin","exp":99999999999,"iat":1}`))
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, token := range map[string]string{
		"empty":             "",
		"dots":              "..",
		"no signature":      parts[0] + "." + parts[1] + ".",
		"two parts":         parts[0] + "." + parts[1],
		"four parts":        valid + ".x",
		"another claim":     parts[0] + "." + admin + "." + parts[2],
		"none":              sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"none, signed":      none + "." + parts[1] + "." + parts[2],
		"HS384":             sign(jwt.SigningMethodHS384, key, nil),
		"HS512":             sign(jwt.SigningMethodHS512, key, nil),
		"another's key":     sign(jwt.SigningMethodHS256, other, nil),
		"an empty key":      sign(jwt.SigningMethodHS256, []byte{}, nil),
		"another's name":    sign(jwt.SigningMethodHS256, key, func(m jwt.MapClaims) { m["sub"] = "admin" }),
		"nobody":            sign(jwt.SigningMethodHS256, []byte{}, func(m jwt.MapClaims) { m["sub"] = "nobody" }),
		"no name":           sign(jwt.SigningMethodHS256, []byte{}, func(m jwt.MapClaims) { delete(m, "sub") }),
		"no end":            sign(jwt.SigningMethodHS256, key, func(m jwt.MapClaims) { delete(m, "exp") }),
		"ended":             sign(jwt.SigningMethodHS256, key, func(m jwt.MapClaims) { m["exp"] = clock.now.Unix() - 1 }),
		"from the future":   sign(jwt.SigningMethodHS256, key, func(m jwt.MapClaims) { m["iat"] = clock.now.Unix() + 100 }),
		"for somebody else": sign(jwt.SigningMethodHS256, key, func(m jwt.MapClaims) { m["aud"] = "maxscale" }),
		"for nobody":        sign(jwt.SigningMethodHS256, key, func(m jwt.MapClaims) { delete(m, "aud") }),
		"spaces":            " " + valid,
		"padding":           valid + "=",
	} {
		if who, err := c.Token(token); err == nil {
			t.Errorf("%s: %+v", name, who)
		}
	}
}

// FuzzToken changes tokens: none but one that Issue made gets in.
func FuzzToken(f *testing.F) {
	c, err := New([]Account{{Name: "admin", Role: Admin, Password: "x"}}, strings.Repeat("k", minTokenKey))
	if err != nil {
		f.Fatal(err)
	}
	token, err := c.Issue("admin", MaxTokenLife)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("")
	f.Add("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiIsImF1ZCI6InBlbnN0b2NrIiwiZXhwIjo5OTk5OTk5OTk5fQ.")
	f.Add("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.AAAA")
	f.Add("eyJhbGciOiJIUzI1NiIsImNyaXQiOlsiYWxnIl19.bnVsbA.AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		who, err := c.Token(text)
		if err == nil && text != token {
			t.Fatalf("%q is %+v", text, who)
		}
		if text == token && (err != nil || who.Name != "admin") {
			t.Fatalf("the token that was issued: %+v, %v", who, err)
		}
	})
}
