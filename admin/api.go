package admin

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/admin/access"
)

// Options configure an [API]. Zero values are usable where a default is given.
type Options struct {
	// Address is where the API listens, as in [admin].address. It is used for
	// checking the Host header; the caller listens.
	Address string
	// Access knows who may use the API, and outlives it. Required.
	Access *access.Control
	// Editor keeps changes of the configuration. nil: what would be one is refused.
	Editor Editor
	// Audit takes a line of JSON for each change and each refusal. nil: none.
	Audit io.Writer
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
	// RequestTimeout bounds a request, its login included; 0: 30 s.
	RequestTimeout time.Duration
	// MaxBody is the largest body that is read, in bytes; 0: 1 MiB.
	MaxBody int64
}

// API is the REST API as an http.Handler. Create it with [New].
type API struct {
	proxy     Proxy
	opts      Options
	log       hclog.Logger
	access    *access.Control
	audit     *auditLog
	hash      func(password string) (string, error) // [access.Hash], but for tests
	hosts     hosts
	crossSite *http.CrossOriginProtection
	rdns      *resolver
	turns     *turns
	sightings *sightings
	openAPI   []byte // the document that describes the routes
	handler   http.Handler
}

// New returns the API of a proxy.
func New(proxy Proxy, opts Options) (*API, error) {
	if opts.Access == nil {
		return nil, fmt.Errorf("the REST API on %s has nobody who may use it: this would leave it open to everyone", opts.Address)
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
		access:    opts.Access,
		hash:      access.Hash,
		audit:     newAuditLog(opts.Audit, opts.Logger.Named("admin")),
		hosts:     newHosts(opts.Address, opts.Hosts),
		crossSite: http.NewCrossOriginProtection(),
		rdns:      newResolver(opts.Lookup, opts.DNSTimeout),
		turns:     &turns{},
		sightings: &sightings{},
	}
	a.handler = overridden(a.guard(a.routes()))
	var err error
	if a.openAPI, err = a.describe(a.table()); err != nil {
		return nil, err
	}
	return a, nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// succeed takes over what another API, in whose place this one is going to
// answer, knows of the resources: whose turn it is to change them, and since when
// they are as they are.
func (a *API) succeed(old *API) { a.turns, a.sightings = old.turns, old.sightings }
