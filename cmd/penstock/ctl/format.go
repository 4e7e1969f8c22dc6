package ctl

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/client"
	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// scalar writes a value of a document for people; null is nothing.
func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func id(r *client.Resource) string { return r.ID }

func attr(path string) func(*client.Resource) string {
	return func(r *client.Resource) string { return scalar(r.Value(path)) }
}

func related(name string) func(*client.Resource) string {
	return func(r *client.Resource) string { return strings.Join(r.Related[name], ", ") }
}

// seconds is a number of seconds as a duration, nothing if it is not known.
func seconds(path string) func(*client.Resource) string {
	return func(r *client.Resource) string {
		n, ok := r.Value(path).(json.Number)
		if !ok {
			return ""
		}
		s, _ := n.Float64()
		return table.Duration(time.Duration(s * float64(time.Second)))
	}
}

// address is that of a server or listener.
func address(r *client.Resource) string {
	if socket := r.Text("parameters.socket"); socket != "" {
		return socket
	}
	host, port := r.Text("parameters.address"), scalar(r.Value("parameters.port"))
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// inDiagnostics is a member of a filter's diagnostics, which its parameters hold.
func inDiagnostics(name string) func(*client.Resource) string {
	return func(r *client.Resource) string {
		if v := r.Value("filter_diagnostics." + name); v != nil {
			return scalar(v)
		}
		return scalar(r.Value("parameters.filter_diagnostics." + name))
	}
}

func clientAddress(r *client.Resource) string {
	remote, port := r.Text("remote"), scalar(r.Value("port"))
	if port == "" || port == "0" {
		return remote
	}
	return net.JoinHostPort(remote, port)
}

// sessionState is short: all of them say that it is a session's.
func sessionState(r *client.Resource) string {
	state := strings.TrimSpace(strings.TrimPrefix(r.Text("state"), "Session "))
	return strings.ToLower(strings.TrimSuffix(state, " session"))
}

func sessionServers(r *client.Resource) string {
	var names []string
	list, _ := r.Value("connections").([]any)
	for _, c := range list {
		m, _ := c.(map[string]any)
		names = append(names, scalar(m["server"]))
	}
	return strings.Join(names, ", ")
}

// sessionFilters is the chain; a mark says that it is not yet at work.
func sessionFilters(r *client.Resource) string {
	chain := strings.Join(r.Related["filters"], ", ")
	if why := r.Text("pending.waiting_for"); why != "" {
		chain = strings.TrimSpace(chain + " (waits: " + why + ")")
	}
	return chain
}

// flat lists the values of a document by their dotted names, ordered.
func flat(name string, v any, add func(name, value string)) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 && name != "" {
			add(name, "")
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			flat(strings.TrimPrefix(name+"."+key, "."), v[key], add)
		}
	case []any:
		flatList(name, v, add)
	default:
		add(name, scalar(v))
	}
}

// flatList puts plain values on one line, and each object on one of its own.
func flatList(name string, list []any, add func(name, value string)) {
	var words []string
	for i, item := range list {
		if m, ok := item.(map[string]any); ok {
			add(name+"["+strconv.Itoa(i)+"]", object(m))
			continue
		}
		words = append(words, scalar(item))
	}
	if len(words) > 0 || len(list) == 0 {
		add(name, strings.Join(words, ", "))
	}
}

// object writes an object in a list on one line.
func object(m map[string]any) string {
	if id, ok := m["id"].(string); ok && m["attributes"] != nil {
		return id // a resource, which has a command of its own
	}
	var words []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		words = append(words, key+"="+scalar(m[key]))
	}
	return strings.Join(words, " ")
}
