package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// maxctrl sends what maxctrl's axios sends.
func maxctrl(t *testing.T, p *rig.Proxy, method, path, body string) *rig.Answer {
	t.Helper()
	header := []string{"Accept", "application/json, text/plain, */*", "User-Agent", "axios/1.6.0", "Accept-Encoding", "gzip, compress, deflate, br"}
	if body != "" {
		header = append(header, "Content-Type", "application/json")
	} else if method != http.MethodGet {
		header = append(header, "Content-Type", "application/x-www-form-urlencoded")
	}
	a, err := p.API.Raw(method, "/v1/"+path, body, header...)
	must(t, err)
	return a
}

// attribute returns what GET says at a path of members.
func attribute(t *testing.T, p *rig.Proxy, resource, path string) any {
	t.Helper()
	a := maxctrl(t, p, http.MethodGet, resource, "")
	var v any
	must(t, json.Unmarshal(a.Body, &v))
	for _, member := range strings.Split("data."+path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[member]
		case []any:
			i, err := strconv.Atoi(member)
			if err != nil || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// Everything that maxctrl can change, in its own words; then the same after a
// restart of the proxy.
func TestMaxctrlWrites(t *testing.T) {
	p := rig.Start(t, rig.Setup{Primary: primary.Addr, Replica: replica.Addr, Filters: filterDefinitions,
		Services: []rig.Service{{Name: split, Router: "readwritesplit"}, {Name: one, Router: "readconnroute", Servers: []string{"primary"}}}})
	host, port, err := net.SplitHostPort(replica.Addr)
	must(t, err)
	free, err := mariadbtest.FreePort()
	must(t, err)
	listen := strconv.Itoa(free)
	account := `"user":"` + mariadbtest.ServiceUser + `","password":"` + mariadbtest.ServicePassword + `"`
	type check struct {
		resource, path string
		want           any
	}
	var lasting []check
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		check
		passing bool // a later step changes it
	}{
		{"create server", "POST", "servers", `{"data":{"id":"third","type":"servers","attributes":{"parameters":{"address":"` + host + `","port":` + port + `}}}}`, 204,
			check{"servers/third", "attributes.parameters.address", host}, false},
		{"alter server", "PATCH", "servers/third", `{"data":{"attributes":{"parameters":{"rank":2}}}}`, 204, check{"servers/third", "attributes.parameters.rank", 2.0}, false},
		{"link monitor", "PATCH", "monitors/main", `{"data":{"id":"main","type":"monitors","relationships":{"servers":{"data":[{"id":"primary","type":"servers"},{"id":"replica","type":"servers"},{"id":"third","type":"servers"}]}}},"links":{"self":"x"}}`, 204,
			check{"monitors/main", "relationships.servers.data.2.id", "third"}, false},
		{"link service", "PATCH", "services/split", `{"data":{"id":"split","type":"services","relationships":{"servers":{"data":[{"id":"primary","type":"servers"},{"id":"replica","type":"servers"},{"id":"third","type":"servers"}]},"listeners":{"data":[{"id":"split","type":"listeners"}]}}}}`, 204,
			check{"services/split", "relationships.servers.data.2.id", "third"}, true},
		{"unlink service", "PATCH", "services/split", `{"data":{"id":"split","type":"services","relationships":{"servers":{"data":[{"id":"primary","type":"servers"},{"id":"replica","type":"servers"}]}}}}`, 204,
			check{"services/split", "relationships.servers.data.2", nil}, false},
		{"set server maintenance", "PUT", "servers/third/set?state=maintenance", "", 204, check{"servers/third", "attributes.state", "Maintenance, Running"}, false},
		{"set server drain", "PUT", "servers/replica/set?state=drain", "", 204, check{"servers/replica", "attributes.state", "Maintenance, Drained, Running"}, true},
		{"clear server drain", "PUT", "servers/replica/clear?state=drain", "", 204, check{"servers/replica", "attributes.state", "Replica, Running"}, true},
		{"create filter", "POST", "filters", `{"data":{"id":"mine","attributes":{"module":"regexfilter","parameters":{"match":"marker_mine","replace":"marker_done"}}}}`, 204,
			check{"filters/mine", "attributes.parameters.options.match", "marker_mine"}, true},
		{"alter filter", "PATCH", "filters/mine", `{"data":{"attributes":{"parameters":{"match":"marker_other"}}}}`, 204,
			check{"filters/mine", "attributes.parameters.options.match", "marker_other"}, false},
		{"create filter that cannot be", "POST", "filters", `{"data":{"id":"bad","attributes":{"module":"regexfilter","parameters":{"match":"("}}}}`, 400, check{"filters/bad", "", nil}, false},
		{"alter service-filters", "PATCH", "services/one", `{"data":{"id":"one","type":"services","relationships":{"filters":{"data":[{"id":"mine","type":"filters"}]}}}}`, 204,
			check{"services/one", "relationships.filters.data.0.id", "mine"}, false},
		{"alter service", "PATCH", "services/one", `{"data":{"attributes":{"parameters":{"max_connections":77,"log_info":true}}}}`, 204, check{"services/one", "attributes.parameters.max_connections", 77.0}, false},
		{"create service", "POST", "services", `{"data":{"id":"new","attributes":{"router":"readconnroute","parameters":{` + account + `,"router_options":"master"}},"relationships":{"servers":{"data":[{"id":"primary","type":"servers"}]},"filters":{"data":[{"id":"mine","type":"filters"}]}}}}`, 204,
			check{"services/new", "attributes.router", "readconnroute"}, false},
		{"create listener", "POST", "listeners", `{"data":{"id":"new","type":"listeners","attributes":{"parameters":{"port":` + listen + `,"address":"127.0.0.1"}},"relationships":{"services":{"data":[{"id":"new","type":"services"}]}}}}`, 204,
			check{"listeners/new", "attributes.state", "Running"}, false},
		{"stop service", "PUT", "services/split/stop", "", 204, check{"services/split", "attributes.state", "Stopped"}, true},
		{"start service", "PUT", "services/split/start", "", 204, check{"services/split", "attributes.state", "Started"}, false},
		{"stop listener", "PUT", "listeners/one/stop", "", 204, check{"listeners/one", "attributes.state", "Stopped"}, false},
		{"alter monitor", "PATCH", "monitors/main", `{"data":{"attributes":{"parameters":{"failcount":7}}}}`, 204, check{"monitors/main", "attributes.parameters.fail_count", 7.0}, false},
		{"stop monitor", "PUT", "monitors/main/stop", "", 204, check{"monitors/main", "attributes.state", "Stopped"}, true},
		{"start monitor", "PUT", "monitors/main/start", "", 204, check{"monitors/main", "attributes.state", "Running"}, false},
		{"create user", "POST", "users/inet", `{"data":{"id":"bob","type":"inet","attributes":{"password":"long enough","account":"admin"}}}`, 204,
			check{"users/inet/bob", "attributes.account", "admin"}, false},
		{"destroy filter in use", "DELETE", "filters/mine", "", 409, check{"filters/mine", "id", "mine"}, false},
		{"destroy filter", "DELETE", "filters/other", "", 204, check{"filters/other", "id", nil}, false},
		{"destroy server in use", "DELETE", "servers/primary", "", 409, check{"servers/primary", "id", "primary"}, false},
	} {
		a := maxctrl(t, p, c.method, c.path, c.body)
		if a.Code != c.status {
			t.Fatalf("%s: %d %s", c.name, a.Code, a.Body)
		}
		if got := attribute(t, p, c.resource, c.check.path); got != c.want {
			t.Errorf("%s: %s of %s is %v, want %v", c.name, c.check.path, c.resource, got, c.want)
		}
		if !c.passing {
			lasting = append(lasting, c.check)
		}
	}
	if got := value(t, connect(t, "127.0.0.1:"+listen, rig.Login{}), "SELECT 'marker_other'"); got != "marker_done" {
		t.Errorf("the new service's new filter did nothing: %s", got)
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		p.Restart(t, sig)
		for _, c := range lasting {
			err := rig.Await("the state of before", func() error { // the API answers while the proxy starts
				if got := attribute(t, p, c.resource, c.path); got != c.want {
					return fmt.Errorf("after %v: %s of %s is %v, want %v", sig, c.path, c.resource, got, c.want)
				}
				return nil
			})
			must(t, err)
		}
	}
	bob := "Basic " + base64.StdEncoding.EncodeToString([]byte("bob:long enough"))
	if a, err := p.API.Raw("PUT", "/v1/listeners/one/start", "", "Authorization", bob); err != nil || a.Code != 204 {
		t.Errorf("an account that was created: %v, %v", a, err)
	}
	for _, path := range []string{"listeners/new", "services/new"} {
		if a := maxctrl(t, p, "DELETE", path, ""); a.Code != 204 {
			t.Errorf("destroy %s: %d %s", path, a.Code, a.Body)
		}
	}
}
