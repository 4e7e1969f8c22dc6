package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Options configure an [API]. Zero values are usable where a default is given.
type Options struct {
	// Address is where the API listens, as in [admin].address. It is used for
	// checking the Host header; the caller listens.
	Address string
	// User and Password are the account. Both empty: no authentication, which
	// only a loopback address may have.
	User, Password string
	// Hosts are further host names that requests may use.
	Hosts []string
	// Program is what the API tells of the program that it belongs to.
	Program Program
	// Logger takes a line for each change and each refusal. nil: none.
	Logger hclog.Logger
	// Lookup resolves an address for rdns=true. nil: the system's resolver.
	Lookup func(ctx context.Context, address string) (names []string, err error)
	// DNSTimeout bounds all lookups of one request together; 0: 1 s.
	DNSTimeout time.Duration
	// RequestTimeout bounds a handler; 0: 30 s.
	RequestTimeout time.Duration
	// MaxBody is the largest body that is read, in bytes; 0: 1 MiB.
	MaxBody int64
}

// API is the REST API as an http.Handler. Create it with [New].
type API struct {
	proxy     Proxy
	opts      Options
	log       hclog.Logger
	account   account
	hosts     hosts
	crossSite *http.CrossOriginProtection
	rdns      *resolver
	turns     turns
	sightings sightings
	openAPI   []byte // the document that describes the routes
	handler   http.Handler
}

// New returns the API of a proxy.
func New(proxy Proxy, opts Options) (*API, error) {
	if opts.User == "" && opts.Password == "" && !loopback(opts.Address) {
		return nil, fmt.Errorf("the REST API on %s would be open to everyone: set user and password in [admin], or listen on 127.0.0.1", opts.Address)
	}
	if (opts.User == "") != (opts.Password == "") {
		return nil, errors.New("the REST API needs both user and password in [admin], or neither")
	}
	if opts.Logger == nil {
		opts.Logger = hclog.NewNullLogger()
	}
	if opts.Lookup == nil {
		opts.Lookup = net.DefaultResolver.LookupAddr
	}
	if opts.DNSTimeout <= 0 {
		opts.DNSTimeout = time.Second
	}
	if opts.RequestTimeout <= 0 {
		opts.RequestTimeout = 30 * time.Second
	}
	if opts.MaxBody <= 0 {
		opts.MaxBody = 1 << 20
	}
	a := &API{
		proxy:     proxy,
		opts:      opts,
		log:       opts.Logger.Named("admin"),
		account:   newAccount(opts.User, opts.Password),
		hosts:     newHosts(opts.Address, opts.Hosts),
		crossSite: http.NewCrossOriginProtection(),
		rdns:      newResolver(opts.Lookup, opts.DNSTimeout),
	}
	a.opts.Password = "" // the digest in account is all that is needed
	a.handler = overridden(a.guard(a.routes()))
	var err error
	if a.openAPI, err = a.describe(a.table()); err != nil {
		return nil, err
	}
	return a, nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// loopback reports whether nobody but this machine can reach an address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
