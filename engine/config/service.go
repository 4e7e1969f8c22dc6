package config

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"
)

func readService(t *table, servers, filters []string) *Service {
	s := &Service{Name: t.name}
	s.Router = t.router()
	s.Filters = t.references("filters", "filters", filters, false, true)
	s.Servers = t.references("servers", "servers", servers, true, false)

	s.User = t.str("user", "")
	s.Password = t.password(s.User != "")
	if t.has("password") && s.User == "" {
		t.missing("user", "write the service account that the password belongs to")
	}
	s.LoadUsers = t.boolean("load_users", s.User != "")
	if s.LoadUsers && s.User == "" {
		t.fail("load_users", "there is no user that could read the servers' user tables", "write user and password of a service account")
	}
	s.Users = t.users()
	if len(s.Users) == 0 && !s.LoadUsers && t.exists && !t.has("users") {
		t.missing("user", "nobody could log in: write user and password of a service account that reads the servers' user tables, or [[services."+t.name+".users]]")
	}

	s.MaxConnections = t.integer("max_connections", 0, 0, math.MaxInt32)
	s.ConnectionTimeout = t.duration("connection_timeout", 0, 0)
	s.NetTimeout = t.duration("net_timeout", time.Minute, time.Millisecond)
	s.MaxHistory = t.integer("max_history", 50, 0, 1<<20)
	s.RetainLastStatements = t.integer("retain_last_statements", 20, 0, 10000)
	s.SessionTrace = t.integer("session_trace", 100, 0, 10000)
	s.LogFlags = LogFlags{
		Error:   t.boolean("log_error", true),
		Warning: t.boolean("log_warning", true),
		Notice:  t.boolean("log_notice", true),
		Info:    t.boolean("log_info", false),
		Debug:   t.boolean("log_debug", false),
	}
	s.LocalInfile = t.boolean("local_infile", false)
	s.AllowReplication = t.boolean("allow_replication", false)
	s.VersionString = t.str("version_string", "")
	s.Stopped = t.boolean("stopped", false)
	t.hint = func(key string) string {
		if key == "options" || strings.HasPrefix(key, "router_") {
			return fmt.Sprintf("write [%s.router] with module, and [%[1]s.router.options] below it", t.path)
		}
		return ""
	}
	t.finish()
	return s
}

// router reads router = "NAME", or the table [services.NAME.router] that has
// the keys of a filter.
func (t *table) router() Plugin {
	const example = `write router = "readwritesplit", or [services.NAME.router] with its module`
	if t.r.record == nil {
		switch v := t.values["router"].(type) {
		case string:
			t.has("router")
			if v == "" {
				t.fail("router", "this is empty", example)
			}
			p := Plugin{Module: v, Timeout: DefaultCallTimeout, Memory: DefaultMemory, Options: []byte("{}")}
			t.module("router", &p)
			return p
		case map[string]any:
		case nil:
			t.has("router")
			t.missing("router", example)
			return Plugin{}
		default:
			t.has("router")
			t.fail("router", "this is "+kindOf(v)+", neither a string nor a table", example)
			return Plugin{}
		}
	}
	t.note("router", "string or table", noDefault)
	return readPlugin(t.sub("router"))
}

// users reads [[services.NAME.users]].
func (t *table) users() []User {
	var users []User
	for _, u := range t.list("users") {
		user := User{
			Name: u.required("name", "write the user's name"),
			Host: u.str("host", "%"),
		}
		user.Password = u.password(true)
		user.Schemas, _ = u.strings("schemas")
		user.BackendUser = u.str("backend_user", "")
		var given bool
		user.BackendPassword, given = u.secret("backend_password")
		switch {
		case given && user.BackendUser == "":
			u.missing("backend_user", "write the account that backend_password belongs to")
		case !given && user.BackendUser != "":
			u.missing("backend_password", `write it too; backend_password = "" if the account has none`)
		}
		for _, o := range users {
			if user.Name != "" && o.Name == user.Name && o.Host == user.Host {
				u.fail("name", fmt.Sprintf("%q from host %q is there twice", user.Name, user.Host), "leave one of them out, or give it another host")
			}
		}
		u.finish()
		users = append(users, user)
	}
	return users
}

func readListener(t *table, services []string) *Listener {
	l := &Listener{Name: t.name}
	l.Service = t.required("service", "write the name of a service")
	if l.Service != "" && t.exists {
		found := false
		for _, s := range services {
			found = found || s == l.Service
		}
		if !found {
			t.unresolved(t.place("service"), "service", "services", l.Service, services)
		}
	}
	l.Address, l.Socket = t.endpoint(true)
	l.HandshakeTimeout = t.duration("handshake_timeout", 10*time.Second, time.Millisecond)
	networks, places := t.strings("proxy_networks")
	for i, n := range networks {
		prefix, err := netip.ParsePrefix(n)
		if err == nil {
			l.ProxyNetworks = append(l.ProxyNetworks, prefix.Masked())
			continue
		}
		suggestion := `write address/bits, like "10.0.0.0/8"`
		if ip, err := netip.ParseAddr(n); err == nil {
			suggestion = fmt.Sprintf("write %q", netip.PrefixFrom(ip, ip.BitLen()).String())
		}
		t.r.fail(places[i], t.full("proxy_networks"), fmt.Sprintf("%q is not a network", n), suggestion)
	}
	l.Stopped = t.boolean("stopped", false)
	l.TLS = readTLS(t.sub("tls"), clients)
	t.finish()
	return l
}
