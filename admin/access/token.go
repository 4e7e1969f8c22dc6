package access

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// audience is what tokens say that they are for.
const audience = "penstock"

// Lifetimes of tokens.
const (
	TokenLife    = 8 * time.Hour
	MaxTokenLife = 7 * 24 * time.Hour
)

// Issue returns a token for an account that is good until lifetime has passed.
// The error is [ErrDenied] if the account is gone meanwhile.
func (c *Control) Issue(name string, lifetime time.Duration) (string, error) {
	a := c.table.Load().byName[name]
	if a == nil {
		return "", ErrDenied
	}
	if lifetime < time.Second || lifetime > MaxTokenLife {
		return "", fmt.Errorf("a token cannot live for %v", lifetime)
	}
	now := c.now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Subject:   a.Name,
		Audience:  jwt.ClaimStrings{audience},
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
	}).SignedString(a.key)
}

// Token lets in who has a token that Issue made. The account is looked up now:
// its role is today's, and a token of one that is gone or has changed is
// [ErrDenied], as is any other fault of a token.
func (c *Control) Token(text string) (Identity, error) {
	t := c.table.Load()
	var who *account
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(c.now),
	)
	claims := &jwt.RegisteredClaims{}
	token, err := parser.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) {
		if who = t.byName[claims.Subject]; who == nil {
			return nil, ErrDenied
		}
		return who.key, nil
	})
	if err != nil || !token.Valid || who == nil {
		return Identity{}, ErrDenied
	}
	return who.identity(ByToken, c.now()), nil
}
