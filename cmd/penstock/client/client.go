package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"
)

// Options say where the API is and how to get in.
type Options struct {
	// URL is the API's address: https://host:port. Without a scheme it is http
	// on this machine, and https elsewhere.
	URL string
	// User and Password are HTTP basic authentication. Token, if it is not empty,
	// is sent as a bearer token in their place.
	User, Password, Token string
	// CA is a PEM file with the authorities that the API's certificate may come
	// from; empty: those of the system.
	CA string
	// Pinned is a PEM file that begins with the API's own certificate: that one and
	// no other is trusted, whatever its name. CA is not used then.
	Pinned string
	// Cert and Key are PEM files of the client's own certificate; empty: none.
	Cert, Key string
	// Timeout bounds each request, the answer included; 0: a minute.
	Timeout time.Duration
}

const defaultTimeout = time.Minute // the API's own limit is 30 seconds

// Client sends requests. It may be used by many goroutines at once.
type Client struct {
	base *url.URL // without a path
	opts Options
	http *http.Client
}

// New returns a client; nothing is sent yet. The error says which option makes
// no sense.
func New(o Options) (*Client, error) {
	base, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	secure, err := o.tls(base.Hostname())
	if err != nil {
		return nil, err
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	return &Client{
		base: base,
		opts: o,
		http: &http.Client{
			Timeout:       timeout,
			Transport:     &http.Transport{TLSClientConfig: secure, ForceAttemptHTTP2: true, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// URL is the address of the API, without credentials.
func (c *Client) URL() string { return c.base.String() }

// User is the name that requests are made with; empty with a token.
func (c *Client) User() string {
	if c.opts.Token != "" {
		return ""
	}
	return c.opts.User
}

// Close gives unused connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// parseURL reads the API's address. What it complains of does not repeat the
// address: there could be a password in it.
func parseURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, errors.New("the URL of the API is empty: write one like https://proxy.example:8989")
	}
	if !strings.Contains(text, "://") {
		u, err := url.Parse("https://" + text)
		if err == nil && isLocal(u.Hostname()) {
			u.Scheme = "http"
		}
		if err != nil {
			return nil, errors.New("the URL of the API makes no sense: write one like https://proxy.example:8989")
		}
		return checkURL(u)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("the URL of the API makes no sense: write one like https://proxy.example:8989")
	}
	return checkURL(u)
}

func checkURL(u *url.URL) (*url.URL, error) {
	path := strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/v1")
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the URL of the API begins with %q: write http:// or https://", u.Scheme+"://")
	case u.User != nil:
		return nil, errors.New("the URL of the API has a user or password in it, where others can see it: use --user and --password-file, or PENSTOCK_USER and PENSTOCK_PASSWORD")
	case u.Hostname() == "":
		return nil, errors.New("the URL of the API has no host: write one like https://proxy.example:8989")
	case path != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the URL of the API has more than a host and a port: leave the rest out")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// tls makes what https needs.
func (o *Options) tls(host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if net.ParseIP(host) == nil {
		c.ServerName = host
	}
	if o.Cert != "" || o.Key != "" {
		if o.Cert == "" || o.Key == "" {
			return nil, errors.New("a certificate of your own needs both: give --cert and --key")
		}
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, fmt.Errorf("your certificate %s with key %s: %w", o.Cert, o.Key, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if o.Pinned != "" {
		return c, pin(c, o.Pinned)
	}
	if o.CA != "" {
		text, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, fmt.Errorf("the certificate authorities: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no PEM certificate: --ca needs a file with those of the authorities", o.CA)
		}
	}
	return c, nil
}
