package admin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Limits of the HTTP server. A client that is slower than this, or idle for
// longer, is dropped.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 15 * time.Second
	idleTimeout    = time.Minute
	maxHeaderBytes = 32 << 10
)

// Server serves an [API] on one address.
type Server struct {
	listener net.Listener
	http     *http.Server
	api      atomic.Pointer[API]
	tls      atomic.Pointer[tls.Config]
	served   chan error
}

// Serve starts to serve the API on a listener, which the Server owns from now
// on. tlsConfig is nil for plain HTTP.
func Serve(api *API, listener net.Listener, tlsConfig *tls.Config) *Server {
	s := &Server{listener: listener, served: make(chan error, 1)}
	s.Replace(api, tlsConfig)
	if tlsConfig != nil {
		listener = tls.NewListener(listener, &tls.Config{
			MinVersion:         tls.VersionTLS12,
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.tls.Load(), nil },
		})
	}
	s.http = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.api.Load().ServeHTTP(w, s.certified(r)) }),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		// A handler's own limit comes first, so that its client is told.
		WriteTimeout:   api.opts.RequestTimeout + 5*time.Second,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		// net/http would answer OPTIONS * by itself, before the guard.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     api.log.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug}),
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s
}

// Replace has later requests answered by another API, and later TLS handshakes
// use other certificates. It cannot turn HTTP into HTTPS or back. Requests that
// the old API is still at count for the conditions of those that the new one
// answers.
func (s *Server) Replace(api *API, tlsConfig *tls.Config) {
	if old := s.api.Load(); old != nil {
		api.succeed(old)
	}
	s.api.Store(api)
	s.tls.Store(tlsConfig)
}

// certified takes from a request the certificate of its client if that is worth
// nothing any more: a connection can outlive it, and the authority that it was
// verified by.
func (s *Server) certified(r *http.Request) *http.Request {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return r
	}
	opts := x509.VerifyOptions{Roots: s.tls.Load().ClientCAs, Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, c := range r.TLS.PeerCertificates[1:] {
		opts.Intermediates.AddCert(c)
	}
	chains, err := r.TLS.PeerCertificates[0].Verify(opts)
	if opts.Roots == nil || err != nil {
		chains = nil // without Roots it would be those of the system
	}
	state := *r.TLS
	state.VerifiedChains = chains
	r = r.WithContext(r.Context())
	r.TLS = &state
	return r
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Shutdown lets running requests finish for as long as ctx allows, then closes
// their connections. It returns when the server's goroutine is gone.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
