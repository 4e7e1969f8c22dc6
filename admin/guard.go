package admin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/admin/access"
)

// guard stands before every route: nothing behind it sees a request that has
// no business here. The time limit of a request begins here: a password may have
// to wait for its turn.
func (a *API) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header())
		ctx, cancel := context.WithTimeout(r.Context(), a.opts.RequestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		who, refused := a.admit(r)
		if refused != nil {
			refused.tell(w, r)
			a.logRefusal(r, refused)
			a.answer(w, r, nil, refused.problem)
			return
		}
		r = r.WithContext(context.WithValue(ctx, identityKey{}, who))
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
	h.Set("Vary", "Accept, Authorization, Cookie")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

type identityKey struct{}

// identityOf is whom the guard has let in; nobody outside of a request.
func identityOf(ctx context.Context) access.Identity {
	who, _ := ctx.Value(identityKey{}).(access.Identity)
	return who
}

// refusal is why a request is not let in.
type refusal struct {
	*problem
	account string // that was named; empty: none
	retry   int    // seconds; 0: none
	cookie  bool   // the cookie is worth nothing
}

// tell sets the headers that say how to get in.
func (f *refusal) tell(w http.ResponseWriter, r *http.Request) {
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Penstock", charset="UTF-8"`)
	}
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retry))
	}
	if f.cookie {
		http.SetCookie(w, noCookie(r))
	}
}

func (a *API) admit(r *http.Request) (access.Identity, *refusal) {
	if !a.hosts.allow(r.Host) {
		return access.Identity{}, &refusal{problem: problemf(http.StatusForbidden, "this API does not answer to that host name: use the address that it listens on, localhost, or a name of hosts in [admin]").header("Host")}
	}
	// A browser sends its credentials along with a request that a foreign page
	// makes, whether they are a password, a cookie or a certificate.
	if err := a.crossSite.Check(withEffect(r)); err != nil {
		return access.Identity{}, &refusal{problem: problemf(http.StatusForbidden, "a page of another site must not change anything here").header("Origin")}
	}
	who, refused := a.identify(r)
	if refused != nil {
		return who, refused
	}
	if who.Role != access.Admin && changes(r) && !ofLogin(r) {
		return who, &refusal{account: who.Name, problem: problemf(http.StatusForbidden, "this account may only read: changes need one with the role admin")}
	}
	return who, nil
}

// identify finds out whom a request comes from. What it brings first of a
// password, a token, a cookie and a certificate has to be right: one that is
// wrong is not made good by another.
func (a *API) identify(r *http.Request) (access.Identity, *refusal) {
	c, wrong := readCredentials(r)
	refused := &refusal{account: c.name, cookie: c.cookie,
		problem: problemf(http.StatusUnauthorized, "this needs an account of [admin] in the configuration: its name and password (HTTP basic authentication), or a token of /v1/auth")}
	var who access.Identity
	var err error
	switch {
	case wrong != nil:
		refused.problem = wrong
		return who, refused
	case c.token != "":
		who, err = a.access.Token(c.token)
	case c.password:
		who, err = a.access.Login(r.Context(), remoteAddress(r), c.name, c.secret)
	default:
		if name := certificateName(r); name != "" {
			if who, ok := a.access.Certificate(name); ok {
				return who, nil
			}
		}
		return who, refused
	}
	var throttled *access.Throttled
	switch {
	case err == nil:
		return who, nil
	case errors.As(err, &throttled):
		refused.retry = throttled.Seconds()
		refused.problem = problemf(http.StatusTooManyRequests, err.Error()+"; a token of /v1/auth, if you have one, is let in")
	case errors.Is(err, access.ErrDenied) && c.token != "":
		refused.problem = problemf(http.StatusUnauthorized, "the token is not valid, or not any more: get another one from /v1/auth, with name and password")
	case errors.Is(err, access.ErrDenied):
		refused.problem = problemf(http.StatusUnauthorized, "the name or the password is wrong")
	default: // the time limit, or the client has gone
		refused.problem = problemf(http.StatusGatewayTimeout, "the password could not be checked in time: try again")
	}
	return access.Identity{}, refused
}

// changes says whether a request could change anything, by its own method or by
// one that a header would give it (overridden has taken off those that count).
// Whatever is not known to read is taken for that.
func changes(r *http.Request) bool {
	for _, method := range append([]string{r.Method}, r.Header.Values(overrideHeader)...) {
		switch method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
		default:
			return true
		}
	}
	return false
}

// withEffect is the request as the check for foreign pages has to see it.
func withEffect(r *http.Request) *http.Request {
	if !changes(r) {
		return r
	}
	seen := *r
	seen.Method = http.MethodPost
	return &seen
}

// remoteAddress is where a request comes from; not valid for a connection
// without addresses.
func remoteAddress(r *http.Request) netip.Addr {
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return from.Addr()
}

// certificateName is the common name of the client's certificate, if it has
// shown one that was verified.
func certificateName(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ""
	}
	return r.TLS.VerifiedChains[0][0].Subject.CommonName
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
