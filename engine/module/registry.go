package module

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
)

// repository returns the artifact's repository. It asks nobody yet.
func (v *visit) repository() (*remote.Repository, error) {
	repo, err := remote.NewRepository(v.of.Registry + "/" + v.of.Repository)
	if err != nil {
		return nil, err
	}
	repo.PlainHTTP = loopback(v.of.Registry)
	repo.MaxMetadataBytes = maxManifest
	v.network = http.DefaultTransport.(*http.Transport).Clone()
	again := retry.NewTransport(&transport{v.network, v})
	again.Policy = func() retry.Policy { return tries }
	c := &auth.Client{Client: &http.Client{Transport: again}, Credential: credential}
	c.SetUserAgent("penstock")
	if repo.PlainHTTP {
		c.BlockedRealmPrefixes = []netip.Prefix{} // who gives out its tokens is on loopback, too
	}
	repo.Client = c
	return repo, nil
}

// tries is how often a request is made anew when the registry says that it
// cannot answer now.
var tries = &retry.GenericPolicy{Retryable: retry.DefaultPredicate, Backoff: retry.DefaultBackoff,
	MinWait: 200 * time.Millisecond, MaxWait: 3 * time.Second, MaxRetry: 2}

// credential finds what docker login has left for a registry: in
// $DOCKER_CONFIG/config.json or ~/.docker/config.json, or with the helper that
// is named there. A daemon without a home has none.
func credential(ctx context.Context, host string) (auth.Credential, error) {
	if _, err := os.UserHomeDir(); err != nil && os.Getenv("DOCKER_CONFIG") == "" {
		return auth.EmptyCredential, nil
	}
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return auth.EmptyCredential, fmt.Errorf("credentials: %w", err)
	}
	return credentials.Credential(store)(ctx, host)
}

// plainError says that a registry would have Penstock go on without TLS.
type plainError struct{ host string }

func (e *plainError) Error() string {
	return fmt.Sprintf("%s would be asked without TLS, which is for registries on loopback only", e.host)
}

// transport makes requests, over TLS but on loopback, wherever registries
// redirect them to and have tokens fetched from, and notes what moves.
type transport struct {
	*http.Transport
	visit *visit
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !loopback(r.URL.Host) {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, &plainError{r.URL.Host}
	}
	if r.Body != nil && r.Body != http.NoBody {
		r = r.Clone(r.Context())
		r.Body = &watched{r.Body, t.visit}
	}
	resp, err := t.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	t.visit.moved(0)
	resp.Body = &watched{resp.Body, t.visit}
	return resp, nil
}

// watched is a body on its way.
type watched struct {
	io.ReadCloser
	visit *visit
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.visit.moved(n)
	}
	return n, err
}

// loopback reports whether a host, with or without a port, is this machine.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}
