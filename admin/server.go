package admin

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
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
	served   chan error
}

// Serve starts to serve the API on a listener, which the Server owns from now
// on. tlsConfig is nil for plain HTTP.
func Serve(api *API, listener net.Listener, tlsConfig *tls.Config) *Server {
	if tlsConfig != nil {
		listener = tls.NewListener(listener, tlsConfig)
	}
	s := &Server{
		listener: listener,
		http: &http.Server{
			Handler:           api,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			// A handler's own limit comes first, so that its client is told.
			WriteTimeout:   api.opts.RequestTimeout + 5*time.Second,
			IdleTimeout:    idleTimeout,
			MaxHeaderBytes: maxHeaderBytes,
			ErrorLog:       api.log.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug}),
		},
		served: make(chan error, 1),
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s
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
