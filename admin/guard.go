package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard stands before every route: nothing behind it sees a request that has
// no business here.
func (a *API) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header())
		if err := a.admit(r); err != nil {
			if err.status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Basic realm="Penstock", charset="UTF-8"`)
			}
			a.log.Warn("api request refused", "from", r.RemoteAddr, "method", r.Method, "path", r.URL.Path, "status", err.status, "reason", err.detail)
			a.answer(w, r, nil, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, a.opts.MaxBody)
		next.ServeHTTP(w, r)
	})
}

// harden sets the headers that keep browsers from doing anything with a reply
// but showing it.
func harden(h http.Header) {
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Vary", "Accept, Authorization")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

func (a *API) admit(r *http.Request) *problem {
	if !a.hosts.allow(r.Host) {
		return problemf(http.StatusForbidden, "this API does not answer to that host name: use the address that it listens on, or localhost").header("Host")
	}
	// A browser keeps basic credentials and would send them along with a
	// request that a foreign page makes.
	if err := a.crossSite.Check(r); err != nil {
		return problemf(http.StatusForbidden, "a page of another site must not change anything here").header("Origin")
	}
	if !a.account.matches(r) {
		return problemf(http.StatusUnauthorized, "this needs the user and the password of [admin] in the configuration (HTTP basic authentication)")
	}
	return nil
}

// account is who may use the API. It keeps digests only: comparing them takes
// the same time whatever was sent.
type account struct {
	open           bool // no authentication
	user, password [sha256.Size]byte
}

func newAccount(user, password string) account {
	return account{
		open:     user == "" && password == "",
		user:     sha256.Sum256([]byte(user)),
		password: sha256.Sum256([]byte(password)),
	}
}

func (a account) matches(r *http.Request) bool {
	if a.open {
		return true
	}
	user, password, ok := r.BasicAuth()
	gotUser, gotPassword := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	same := subtle.ConstantTimeCompare(gotUser[:], a.user[:]) & subtle.ConstantTimeCompare(gotPassword[:], a.password[:])
	return ok && same == 1
}

// hosts are the host names that the API answers to. A page whose name was made
// to resolve to this machine (DNS rebinding) still sends its own name, which is
// none of these. Addresses need no list: nobody can rebind a number.
type hosts map[string]bool

func newHosts(address string, more []string) hosts {
	h := hosts{"localhost": true}
	if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
		h[strings.ToLower(host)] = true
	}
	for _, host := range more {
		h[strings.ToLower(host)] = true
	}
	return h
}

func (h hosts) allow(header string) bool {
	host := header
	if name, _, err := net.SplitHostPort(header); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if h[host] {
		return true
	}
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil
}
