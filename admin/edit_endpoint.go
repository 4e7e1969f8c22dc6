package admin

import (
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"strings"
)

// endpoint reads address, port and socket, which MaxScale has apart: the
// configuration has address = "host:port", or socket. host and port are those of
// a new one that does not say its own.
func (p *settings) endpoint(members object, host, port string) {
	was := func(name string) string {
		switch v := p.shown[name].(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		}
		return ""
	}
	if h := was("address"); h != "" {
		host, port = h, was("port")
	}
	changed, at := false, p.at
	p.special["address"] = func(pointer string, value any) {
		text, ok := value.(string)
		switch h, n, err := net.SplitHostPort(text); {
		case value == nil:
		case !ok:
			p.bad(pointer, "this has to be a string, not "+kindOf(value))
		case err == nil && members["port"] == nil:
			host, port, changed, at = h, n, true, pointer
		default:
			host, changed, at = text, true, pointer
		}
	}
	p.special["port"] = func(pointer string, value any) {
		n, problem := convert("integer", value)
		switch {
		case value == nil:
		case problem != "":
			p.bad(pointer, problem)
		default:
			port, changed, at = strconv.FormatInt(n.(int64), 10), true, pointer
		}
	}
	p.special["socket"] = func(pointer string, value any) {
		if text, isText := value.(string); isText && text == "" || value == nil {
			return
		}
		changed = false
		p.drop(pointer, p.key("address")...)
		p.set(pointer, "socket", value)
	}
	p.after = append(p.after, func() {
		if changed {
			p.drop(at, p.key("socket")...)
			p.put(at, net.JoinHostPort(host, port), p.key("address")...)
		}
	})
}

// MaxScale's names of the keys of a tls table.
var tlsNames = map[string]string{"ssl_cert": "cert", "ssl_key": "key", "ssl_ca": "ca", "ssl_ca_cert": "ca",
	"ssl_verify_peer_certificate": "verify_peer", "ssl_version": "min_version"}

// tls reads the table tls, and MaxScale's parameters for what is in it.
func (p *settings) tls(section string) {
	t := p.newParameters(p.at, section+".tls", nil, p.key("tls")...)
	p.special["tls"] = func(pointer string, value any) {
		keys, ok := value.(object)
		switch {
		case value == nil:
			p.drop(pointer, t.path...)
		case !ok:
			p.bad(pointer, "this has to be an object, or null for no TLS, not "+kindOf(value))
		default:
			p.put(pointer, map[string]any{}, t.path...)
			t.at = pointer
			t.read(keys)
		}
	}
	p.special["ssl"] = func(pointer string, value any) {
		on, problem := convert("boolean", value)
		switch {
		case value == nil:
		case problem != "":
			p.bad(pointer, problem)
		case on == true:
			p.put(pointer, map[string]any{}, t.path...)
		default:
			p.drop(pointer, t.path...)
		}
	}
	for theirs, ours := range tlsNames {
		p.special[theirs] = func(pointer string, value any) {
			if version, ok := value.(string); ok && ours == "min_version" {
				value = strings.NewReplacer("TLSv12", "1.2", "TLSv13", "1.3").Replace(version)
			}
			if value != nil && value != "MAX" {
				t.set(pointer, ours, value)
			}
		}
	}
}

// ignore lists members that say what is so anyway.
func (p *settings) ignore(name string, values ...any) {
	p.special[name] = func(pointer string, value any) {
		if value != nil && !slices.ContainsFunc(values, func(v any) bool { return alike(v, value) }) {
			p.bad(pointer, "this cannot be changed")
		}
	}
}
