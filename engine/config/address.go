package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// hostPort checks host:port. The empty host and port 0 are allowed only where they
// make sense: for something that listens.
func (t *table) hostPort(key, address string, listens bool) {
	example := "127.0.0.1:3306"
	if listens {
		example = "127.0.0.1:4006"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		suggestion := fmt.Sprintf("write host:port, like %q", example)
		if ip, ipErr := netip.ParseAddr(strings.Trim(address, "[]")); ipErr == nil {
			suggestion = fmt.Sprintf("write %q", net.JoinHostPort(ip.String(), example[len("127.0.0.1:"):]))
		} else if address != "" && !strings.ContainsAny(address, ":/[] ") {
			suggestion = fmt.Sprintf("write %q", address+example[len("127.0.0.1"):])
		} else if strings.HasPrefix(address, "/") {
			suggestion = "write it as socket for a Unix socket"
		}
		t.fail(key, fmt.Sprintf("%q is not host:port", address), suggestion)
		return
	}
	if host == "" && !listens {
		t.fail(key, fmt.Sprintf("%q has no host", address), fmt.Sprintf("write %q", "127.0.0.1:"+port))
	}
	if strings.ContainsAny(host, " /\t") {
		t.fail(key, fmt.Sprintf("%q is not a host", host), fmt.Sprintf("write host:port, like %q", example))
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 && !listens {
		t.fail(key, fmt.Sprintf("%q is not a port", port), "write a number from 1 to 65535")
	}
}

// endpoint reads address or socket, exactly one of them.
func (t *table) endpoint(listens bool) (address, socket string) {
	address = t.str("address", "")
	socket = t.str("socket", "")
	hasAddress, hasSocket := t.has("address"), t.has("socket")
	switch {
	case hasAddress && hasSocket:
		t.fail("socket", "there is an address too", "keep one of them")
	case hasSocket:
		if socket == "" && isString(t.values["socket"]) {
			t.fail("socket", "this is empty", "write the path of a Unix socket, or use address")
		}
		socket = t.r.path(socket)
		if len(socket) > 107 {
			t.fail("socket", "the path is longer than 107 bytes, the most that a Unix socket can have", "choose a shorter one")
		}
		return "", socket
	case !hasAddress:
		t.missing("address", `write address = "host:port", or socket = "path"`)
	case isString(t.values["address"]):
		t.hostPort("address", address, listens)
	}
	return address, ""
}

// bound is something that listens, to find two on one address.
type bound struct {
	table  *table
	key    string
	what   string
	host   string // empty: every address
	port   string
	socket string
}

func bind(t *table, what, address, socket string) bound {
	if socket != "" {
		return bound{table: t, key: "socket", what: what, socket: socket}
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return bound{}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
		if ip.IsUnspecified() {
			host = ""
		}
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return bound{table: t, key: "address", what: what, host: strings.ToLower(host), port: port}
}

func (b bound) clashes(o bound) bool {
	if b.socket != "" || o.socket != "" {
		return b.socket == o.socket
	}
	n, err := strconv.ParseUint(b.port, 10, 16)
	if err != nil || n == 0 { // the kernel chooses
		return false
	}
	return b.port == o.port && (b.host == o.host || b.host == "" || o.host == "")
}

// oneEach reports everything that listens where something else does.
func oneEach(all []bound) {
	for i, b := range all {
		for _, o := range all[:i] {
			if b.table == nil || o.table == nil || !b.clashes(o) {
				continue
			}
			b.table.fail(b.key, fmt.Sprintf("%s listens there too (%s)", o.what, o.table.place(o.key)), "choose another port or path")
			break
		}
	}
}
