package config

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/penstock-db/penstock/wasm/spelling"
)

func readServer(t *table) *Server {
	s := &Server{Name: t.name}
	s.Address, s.Socket = t.endpoint(false)
	s.ProxyProtocol = t.boolean("proxy_protocol", false)
	s.Weight = t.integer("weight", 1, 1, math.MaxInt32)
	s.Rank = t.integer("rank", 0, 0, math.MaxInt32)
	s.MaxConnections = t.integer("max_connections", 0, 0, math.MaxInt32)
	s.ConnectTimeout = t.duration("connect_timeout", 5*time.Second, time.Millisecond)
	s.Maintenance = t.boolean("maintenance", false)
	s.Draining = t.boolean("draining", false)
	s.TLS = readTLS(t.sub("tls"), connecting)
	if s.TLS != nil && s.TLS.VerifyPeer && s.Socket != "" && s.TLS.ServerName == "" {
		t.sub("tls").missing("server_name", "a Unix socket has no host name to check the certificate against")
	}
	t.finish()
	return s
}

func readMonitor(t *table, servers []string) *Monitor {
	m := &Monitor{
		Name:   t.name,
		Module: t.oneOf("module", MonitorMariaDB, MonitorMariaDB, MonitorGalera),
		User:   t.required("user", "write the account that watches the servers"),
	}
	m.Password = t.password(m.User != "")
	m.Interval = t.duration("interval", 2*time.Second, 10*time.Millisecond)
	m.Timeout = t.duration("timeout", time.Second, 10*time.Millisecond)
	m.FailCount = t.integer("fail_count", 3, 1, 1000)
	m.Servers = t.references("servers", "servers", servers, true, false)
	m.Stopped = t.boolean("stopped", false)
	t.finish()
	return m
}

// password reads the password of an account that has to say whether it has one.
func (t *table) password(needed bool) Secret {
	p, given := t.secret("password")
	if needed && !given {
		t.missing("password", `write password, password_file or password_env; password = "" if the account has none`)
	}
	return p
}

// references reads a list of names that are defined in [section.NAME].
func (t *table) references(key, section string, defined []string, needed, repeats bool) []string {
	byDefault := "[]"
	if needed {
		byDefault = noDefault
	}
	t.note(key, "list of strings", byDefault)
	names, places := t.texts(key)
	if !t.has(key) && needed {
		t.missing(key, fmt.Sprintf("list the names of %s, like %s = [\"NAME\"]", section, key))
	} else if list, ok := t.values[key].([]any); ok && needed && len(list) == 0 {
		t.fail(key, "this is empty", fmt.Sprintf("list the names of %s", section))
	}
	var good []string
	for i, name := range names {
		switch {
		case !slices.Contains(defined, name):
			t.unresolved(places[i], key, section, name, defined)
		case !repeats && slices.Contains(good, name):
			t.r.fail(places[i], t.full(key), fmt.Sprintf("%q is listed twice", name), "leave one of them out")
		default:
			good = append(good, name)
		}
	}
	return good
}

func (t *table) unresolved(at place, key, section, name string, defined []string) {
	suggestion := fmt.Sprintf("define [%s.%s]", section, name)
	if near := spelling.Nearest(name, defined); near != "" {
		suggestion = fmt.Sprintf("write %q, or define [%s.%s]", near, section, name)
	}
	t.r.fail(at, t.full(key), fmt.Sprintf("there is no [%s.%s]", section, name), suggestion)
}

// watchedOnce reports servers that two monitors watch: they would contradict
// each other.
func watchedOnce(tables []*table, monitors []*Monitor) {
	by := make(map[string]string)
	for i, m := range monitors {
		for _, s := range m.Servers {
			if other, ok := by[s]; ok {
				tables[i].fail("servers", fmt.Sprintf("%q is watched by [monitors.%s] too", s, other), "leave it to one of them")
			}
			by[s] = m.Name
		}
	}
}
