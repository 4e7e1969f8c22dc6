// Package clients reads the options user and source, with which a filter is
// limited to some clients.
package clients

import (
	"net/netip"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
)

// Clients are those that a filter is for.
type Clients struct {
	users   []string
	sources []netip.Prefix
}

// Options reads user (names) and source: addresses, networks (10.0.0.0/8), and
// addresses with % for trailing bytes (10.0.%.%). Without an option all
// clients are meant.
func Options(o *sdk.Options) (c Clients) {
	c.users = o.Strings("user")
	for _, text := range o.Strings("source") {
		p, ok := parse(text)
		if !ok {
			o.Fail("source", `must be addresses such as 10.1.2.3, 10.1.%.% or 10.0.0.0/8, not "`+text+`"`)
			return c
		}
		c.sources = append(c.sources, p)
	}
	return c
}

// Mine reports whether the session's client is one of them. Call it from Open.
func (c *Clients) Mine() bool {
	return c.hasUser() && (len(c.sources) == 0 || c.hasSource(sdk.Info(sdk.InfoHost)))
}

func (c *Clients) hasUser() bool {
	if len(c.users) == 0 {
		return true
	}
	user := sdk.Info(sdk.InfoUser)
	for _, u := range c.users {
		if u == user {
			return true
		}
	}
	return false
}

func parse(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), true
	}
	bits := 32
	for strings.HasSuffix(text, ".%") || text == "%" {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "%"), ".")
		bits -= 8
	}
	for i := bits; i < 32; i += 8 {
		if text == "" {
			text = "0"
		} else {
			text += ".0"
		}
	}
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() || bits < 0 {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, bits).Masked(), true
}

func (c *Clients) hasSource(host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false // a Unix socket has no address
	}
	for _, p := range c.sources {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
