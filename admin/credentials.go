package admin

import (
	"net/http"
	"strings"
	"time"
)

// tokenCookie is the cookie that holds a token. Its name is MaxScale's.
const tokenCookie = "token_sig"

// credentials are what a request brings to show whom it comes from.
type credentials struct {
	password     bool // name and secret are there
	name, secret string
	token        string
	cookie       bool // the token is of the cookie
}

// readCredentials reads the Authorization header, else the cookie. A header
// that cannot be read is a problem: a client that meant to show something must
// not get in by something else.
func readCredentials(r *http.Request) (c credentials, _ *problem) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return cookieCredentials(r)
	}
	malformed := problemf(http.StatusUnauthorized, "the Authorization header cannot be read: send Basic with name and password, or Bearer with a token").header("Authorization")
	if len(headers) > 1 {
		return c, malformed
	}
	scheme, value, _ := strings.Cut(headers[0], " ")
	switch {
	case strings.EqualFold(scheme, "Basic"):
		if c.name, c.secret, c.password = r.BasicAuth(); !c.password {
			return c, malformed
		}
	case strings.EqualFold(scheme, "Bearer"):
		if c.token = strings.Trim(value, " "); c.token == "" {
			return c, malformed
		}
	default:
		return c, malformed
	}
	return c, nil
}

func cookieCredentials(r *http.Request) (c credentials, _ *problem) {
	cookies := r.CookiesNamed(tokenCookie)
	if len(cookies) == 0 {
		return c, nil
	}
	c.cookie = true
	if c.token = cookies[0].Value; len(cookies) > 1 || c.token == "" {
		return c, problemf(http.StatusUnauthorized, "the cookie "+tokenCookie+" is empty, or there is more than one: log in again").header("Cookie")
	}
	return c, nil
}

// newCookie is a cookie that holds a token. No page's script can read it, and
// browsers send it with requests of the API's own pages only. Without an age it
// ends with the browser.
func newCookie(r *http.Request, token string, age time.Duration) *http.Cookie {
	return &http.Cookie{Name: tokenCookie, Value: token, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
}

// noCookie makes browsers forget the cookie.
func noCookie(r *http.Request) *http.Cookie {
	c := newCookie(r, "", 0)
	c.MaxAge = -1
	return c
}
