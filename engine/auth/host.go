package auth

import (
	"bytes"
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Peer is where a client comes from, as host patterns see it.
type Peer struct {
	Addr  netip.Addr // unmapped; zero for a Unix socket
	Local bool       // a Unix socket: the host "localhost"
	// Names are verified host names of Addr. Loopback addresses have
	// "localhost" without asking anybody.
	Names []string

	resolved bool
}

// PeerOf tells where a connection comes from. Anything but TCP is local.
func PeerOf(a net.Addr) Peer {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return Peer{Local: true, Names: []string{"localhost"}}
	}
	ap := t.AddrPort()
	p := Peer{Addr: ap.Addr().Unmap().WithZone("")}
	if p.Addr.IsLoopback() {
		p.Names = []string{"localhost"}
	}
	return p
}

// String is the host part of 'user'@'host' in error messages.
func (p Peer) String() string {
	if len(p.Names) > 0 {
		return p.Names[0]
	}
	return p.Addr.String()
}

// Host is a compiled host pattern of an account: a name or address in which %
// and _ are wildcards, or address/netmask (MariaDB, "CREATE USER", account
// names).
type Host struct {
	pattern string
	network netip.Addr // address/netmask: the network…
	mask    [4]byte    // …and its mask; IPv4 only, as in MariaDB
}

// ParseHost compiles a host pattern. The empty pattern means %.
func ParseHost(pattern string) Host {
	if pattern == "" {
		pattern = "%"
	}
	h := Host{pattern: pattern}
	addr, mask, ok := strings.Cut(pattern, "/")
	if !ok {
		return h
	}
	a, err := netip.ParseAddr(addr)
	m, err2 := netip.ParseAddr(mask)
	if err == nil && err2 == nil && a.Is4() && m.Is4() {
		h.network, h.mask = a, m.As4()
	}
	return h
}

// String is the pattern as it was written.
func (h Host) String() string { return h.pattern }

// Matches reports whether the pattern covers a peer.
func (h Host) Matches(p Peer) bool {
	if h.network.IsValid() {
		if !p.Addr.Is4() {
			return false
		}
		a, n := p.Addr.As4(), h.network.As4()
		for i, m := range h.mask {
			if a[i]&m != n[i] {
				return false
			}
		}
		return true
	}
	if h.pattern == "%" {
		return true
	}
	if p.Addr.IsValid() && wildcard(h.pattern, p.Addr.String(), true) {
		return true
	}
	for _, name := range p.Names {
		if wildcard(h.pattern, name, true) {
			return true
		}
	}
	return false
}

// NeedsName reports whether only a host name could match the pattern, so that
// a reverse lookup may be worth its time.
func (h Host) NeedsName() bool {
	return !h.network.IsValid() && h.pattern != "localhost" && strings.ContainsFunc(h.pattern, func(r rune) bool {
		return r >= 'g' && r <= 'z' || r >= 'G' && r <= 'Z'
	})
}

// compareHosts orders patterns from the most specific to the least, as MariaDB
// does when it looks for the account of a client (get_magic_sort): by how many
// strings a pattern can match.
func compareHosts(a, b Host) int {
	x, y := generality(a.pattern), generality(b.pattern)
	return slices.Compare(x[:], y[:])
}

// compareTies orders what compareHosts calls equal, where MariaDB's order is
// nobody's promise: names before netmasks, long masks before short ones.
func compareTies(a, b Host) int {
	return cmp.Or(cmp.Compare(b2i(a.network.IsValid()), b2i(b.network.IsValid())),
		slices.Compare(b.mask[:], a.mask[:]), strings.Compare(a.pattern, b.pattern))
}

// generality grows with the number of hosts that a pattern can match; for a
// pattern without wildcards it is zero. What decides is the longest run that a
// % could match, or the number of _, whichever is more. The length of the
// literal beginning breaks ties, and not in the direction that one would
// expect: 127._.0.2 comes before 127.0.0._ on the server, too.
func generality(pattern string) [4]int {
	const longest = 255 // of a host name
	literal, one, many, prefix := 0, 0, 0, 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '%' || c == '_':
			if one+many == 0 {
				prefix = literal
			}
			if c == '_' {
				one++
			} else if i == 0 || pattern[i-1] != '%' {
				many++
			}
			continue
		case c == '\\' && i+1 < len(pattern):
			i++
		}
		literal++
	}
	one, many = min(one, 31), min(many, 31)
	run := 0
	if many > 0 {
		run = longest - literal - one
	}
	if run > one {
		return [4]int{2*run + 1, many, one, prefix}
	}
	return [4]int{2 * one, run, many, prefix}
}

// wildcard matches s against an SQL pattern: % is any run, _ any one byte, a
// backslash takes the next byte literally. It runs in O(len(pattern)·len(s))
// at worst and never recurses.
func wildcard(pattern, s string, fold bool) bool {
	p, i := 0, 0
	star, mark := -1, 0 // the last %, and where in s it may grow from
	for i < len(s) {
		if p < len(pattern) {
			c, n, any := patternByte(pattern[p:])
			switch {
			case any && c == '%':
				star, mark = p, i
				p += n
				continue
			case any || equalByte(c, s[i], fold):
				p += n
				i++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		p, i = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '%' {
		p++
	}
	return p == len(pattern)
}

// patternByte is the pattern's next element: its byte, how long it is written,
// and whether it is a wildcard.
func patternByte(p string) (c byte, n int, any bool) {
	switch c = p[0]; {
	case c == '%' || c == '_':
		return c, 1, true
	case c == '\\' && len(p) > 1:
		return p[1], 2, false
	}
	return c, 1, false
}

func equalByte(a, b byte, fold bool) bool {
	return a == b || fold && bytes.EqualFold([]byte{a}, []byte{b})
}
