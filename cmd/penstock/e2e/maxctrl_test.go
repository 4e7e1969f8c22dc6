package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// maxctrlHeaders are what maxctrl's HTTP client sends.
var maxctrlHeaders = []string{"Accept", "application/json, text/plain, */*", "User-Agent", "axios/1.6.8", "Connection", "close"}

// A reading is what maxctrl asks for at a command, and what it reads of the
// answer. A path goes through members; [] is each element of a list. Behind it
// stand the types that are possible, by their first letters: string, number,
// boolean, object, list, null.
type reading struct {
	command, path string
	reads         []string
}

// The fields of a server, service and so on that list and show commands print.
var (
	serverReads = []string{"id s", "type s", "attributes.parameters o", "attributes.parameters.address sx", "attributes.parameters.port nx",
		"attributes.parameters.socket sx", "attributes.state s", "attributes.state_details sx", "attributes.gtid_current_pos sx", "attributes.version_string sx",
		"attributes.uptime n", "attributes.last_event s", "attributes.triggered_at sx", "attributes.master_id n", "attributes.node_id n", "attributes.slaves[] n",
		"attributes.replication_lag nx", "attributes.statistics.connections n", "attributes.statistics.total_connections n", "attributes.statistics.active_operations n",
		"relationships.services.data[].id s", "relationships.monitors.data[].id s"}
	serviceReads = []string{"id s", "type s", "attributes.router s", "attributes.state s", "attributes.started s", "attributes.connections n", "attributes.total_connections n",
		"attributes.statistics.connections n", "attributes.statistics.total_connections n", "attributes.statistics.max_connections n", "attributes.statistics.active_operations n",
		"attributes.users[].user s", "attributes.users[].host s", "attributes.listeners[].id s", "attributes.listeners[].attributes.state s",
		"attributes.parameters o", "attributes.router_diagnostics o", "relationships.servers.data[].id s", "relationships.filters.data l", "relationships.listeners.data[].id s",
		"relationships.monitors.data[].id s"}
	listenerReads = []string{"id s", "attributes.state s", "attributes.parameters.port nx", "attributes.parameters.address sx", "attributes.parameters.socket sx",
		"attributes.parameters.service s", "relationships.services.data[].id s"}
	filterReads  = []string{"id s", "type s", "attributes.module s", "attributes.parameters o", "attributes.filter_diagnostics o", "relationships.services.data l"}
	monitorReads = []string{"id s", "type s", "attributes.module s", "attributes.state s", "attributes.ticks n", "attributes.parameters o", "attributes.monitor_diagnostics o",
		"attributes.monitor_diagnostics.primary s", "attributes.monitor_diagnostics.server_info[].name s", "attributes.monitor_diagnostics.server_info[].state s",
		"attributes.monitor_diagnostics.server_info[].slave_connections l", "relationships.servers.data[].id s"}
	sessionReads = []string{"id s", "type s", "attributes.state s", "attributes.user s", "attributes.remote s", "attributes.connected s", "attributes.idle n", "attributes.thread n",
		"attributes.io_activity n", "attributes.database s", "attributes.memory.total n", "attributes.client.cipher s", "attributes.client.connection_attributes o",
		"attributes.connections[].server s", "attributes.connections[].connection_id n", "attributes.queries[].statement s", "attributes.log[] s", "attributes.parameters o",
		"relationships.services.data[].id s", "relationships.filters.data l"}
	threadReads = []string{"id s", "attributes.stats.accepts n", "attributes.stats.reads n", "attributes.stats.writes n", "attributes.stats.hangups nx", "attributes.stats.errors nx",
		"attributes.stats.avg_event_queue_length nx", "attributes.stats.max_event_queue_length nx", "attributes.stats.max_exec_time nx", "attributes.stats.max_queue_time n",
		"attributes.stats.current_descriptors n", "attributes.stats.total_descriptors nx", "attributes.stats.load.last_second n", "attributes.stats.load.last_minute n",
		"attributes.stats.load.last_hour n", "attributes.stats.query_classifier_cache.size n", "attributes.stats.query_classifier_cache.inserts n",
		"attributes.stats.query_classifier_cache.hits n", "attributes.stats.query_classifier_cache.misses n", "attributes.stats.query_classifier_cache.evictions n",
		"attributes.stats.sessions n", "attributes.stats.state s"}
	moduleReads = []string{"id s", "type s", "attributes.module_type s", "attributes.version s", "attributes.description s", "attributes.api s", "attributes.maturity s",
		"attributes.parameters[].name s", "attributes.parameters[].type s", "attributes.parameters[].mandatory b", "attributes.commands l"}
	programReads = []string{"id s", "type s", "attributes.version s", "attributes.commit s", "attributes.started_at s", "attributes.activated_at s", "attributes.uptime n",
		"attributes.process_datetime s", "attributes.config_sync x", "attributes.parameters.proxy o", "attributes.parameters.admin o", "attributes.parameters.log o",
		"attributes.parameters.plugins o", "attributes.system.machine.cores_physical n", "attributes.system.machine.cores_available n", "attributes.system.machine.memory_physical n",
		"attributes.system.machine.memory_available n", "attributes.system.os.sysname s", "attributes.system.maxscale.threads n"}
	logReads = []string{"id s", "attributes.log_file sx", "attributes.log_priorities[] s", "attributes.parameters.log_info b", "attributes.parameters.log_notice b"}
)

var readings = []reading{
	{"ping", "/v1/", nil},
	{"list servers", "/v1/servers", serverReads},
	{"show servers", "/v1/servers/", serverReads},
	{"show server", "/v1/servers/replica", serverReads},
	{"list services", "/v1/services", serviceReads},
	{"show services", "/v1/services/", serviceReads},
	{"show service", "/v1/services/split", serviceReads},
	{"list listeners", "/v1/listeners", listenerReads},
	{"show listeners", "/v1/listeners/", listenerReads},
	{"list filters", "/v1/filters", filterReads},
	{"show filters", "/v1/filters/", filterReads},
	{"show filter", "/v1/filters/hide", filterReads},
	{"list monitors", "/v1/monitors", monitorReads},
	{"show monitors", "/v1/monitors/", monitorReads},
	{"list sessions", "/v1/sessions", sessionReads},
	{"list sessions --rdns", "/v1/sessions?rdns=true", sessionReads},
	{"show sessions", "/v1/sessions/", sessionReads},
	{"list threads", "/v1/maxscale/threads", threadReads},
	{"show threads", "/v1/maxscale/threads", threadReads},
	{"show thread", "/v1/maxscale/threads/0", threadReads},
	{"list modules", "/v1/maxscale/modules", moduleReads},
	{"show modules", "/v1/maxscale/modules/", moduleReads},
	{"show module", "/v1/maxscale/modules/readwritesplit", moduleReads},
	{"list commands", "/v1/maxscale/modules", []string{"id s", "attributes.commands l"}},
	{"show maxscale", "/v1/maxscale", programReads},
	{"(our own)", "/v1/penstock", programReads},
	{"show logging", "/v1/maxscale/logs", logReads},
	{"(log)", "/v1/maxscale/logs/data?page[size]=5", []string{"id s", "attributes.log_source s", "attributes.log[].id s", "attributes.log[].message s",
		"attributes.log[].priority s", "attributes.log[].timestamp s"}},
	{"(log)", "/v1/maxscale/logs/entries?page[size]=5", []string{"id s", "type s", "attributes.message s", "attributes.priority s", "attributes.timestamp s"}},
}

// TestWhatMaxctrlReads asks as maxctrl does, and looks for everything that it
// reads, whether it would print a blank for it or fail.
func TestWhatMaxctrlReads(t *testing.T) {
	db := open(t, proxy.DSN(split))
	c, err := db.Conn(t.Context())
	must(t, err)
	defer c.Close()
	_, err = c.ExecContext(t.Context(), "SELECT 'for maxctrl to read'")
	must(t, err)
	for _, r := range readings {
		for _, path := range []string{r.path, withSync(r.path)} {
			doc := maxctrlGets(t, proxy, path)
			data, isList := doc["data"].([]any)
			if !isList {
				data = []any{doc["data"]}
			}
			if len(data) == 0 {
				t.Errorf("%s: %s is empty", r.command, path)
			}
			for _, resource := range data {
				for _, read := range r.reads {
					at, types, _ := strings.Cut(read, " ")
					checkRead(t, r.command+": "+path, at, types, resource)
				}
			}
		}
	}
}

// withSync adds what newer versions of maxctrl send.
func withSync(path string) string {
	if strings.Contains(path, "?") {
		return path + "&sync=false"
	}
	return path + "?sync=false"
}

func maxctrlGets(t *testing.T, p *rig.Proxy, path string) (doc map[string]any) {
	t.Helper()
	res, err := p.API.Raw(http.MethodGet, path, "", maxctrlHeaders...)
	must(t, err)
	if res.Code != http.StatusOK {
		t.Fatalf("GET %s: status %d: %s", path, res.Code, res.Body)
	}
	must(t, json.Unmarshal(res.Body, &doc))
	return doc
}

// checkRead goes down a path and checks the types of what is there.
func checkRead(t *testing.T, what, path, types string, v any) {
	t.Helper()
	name, rest, more := strings.Cut(path, ".")
	list := strings.HasSuffix(name, "[]")
	name = strings.TrimSuffix(name, "[]")
	members, ok := v.(map[string]any)
	if !ok {
		t.Errorf("%s: %s is looked for in a %T", what, path, v)
		return
	}
	value, there := members[name]
	if !there {
		t.Errorf("%s: there is no %s in %v", what, name, members)
		return
	}
	values := []any{value}
	if list {
		if values, ok = value.([]any); !ok {
			t.Errorf("%s: %s is no list: %v", what, name, value)
		}
	}
	for _, value := range values {
		if more {
			checkRead(t, what, rest, types, value)
		} else if kind := kindOf(value); !strings.Contains(types, kind) {
			t.Errorf("%s: %s is %v, which is none of %s", what, path, value, types)
		}
	}
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "s"
	case float64:
		return "n"
	case bool:
		return "b"
	case map[string]any:
		return "o"
	case []any:
		return "l"
	}
	return "x"
}

// TestValuesThatMaxctrlReads holds some of what is read against the truth.
func TestValuesThatMaxctrlReads(t *testing.T) {
	at := func(path string, members ...string) any {
		t.Helper()
		var v any = maxctrlGets(t, proxy, path)
		for _, m := range members {
			v = v.(map[string]any)[m]
		}
		return v
	}
	for name, server := range map[string]*mariadbtest.Server{"primary": primary, "replica": replica} {
		var id int
		must(t, open(t, server.DSN(mariadbtest.AppUser, mariadbtest.AppPassword, "")).QueryRow("SELECT @@server_id").Scan(&id))
		if got := at("/v1/servers/"+name, "data", "attributes", "node_id"); got != float64(id) {
			t.Errorf("%s: node_id %v, want %d", name, got, id)
		}
	}
	primaryID := at("/v1/servers/primary", "data", "attributes", "node_id")
	if got := at("/v1/servers/replica", "data", "attributes", "master_id"); got != primaryID {
		t.Errorf("the replica's master_id is %v, the primary's node_id %v", got, primaryID)
	}
	diagnostics := at("/v1/monitors/main", "data", "attributes", "monitor_diagnostics").(map[string]any)
	if diagnostics["primary"] != "primary" {
		t.Errorf("diagnostics %v", diagnostics)
	}
	followed := slices.IndexFunc(diagnostics["server_info"].([]any), func(v any) bool {
		info := v.(map[string]any)
		connections := info["slave_connections"].([]any)
		return info["name"] == "replica" && len(connections) == 1 && connections[0].(map[string]any)["slave_sql_running"] == "Yes" && info["read_only"] == true
	})
	if followed < 0 {
		t.Errorf("no server follows the primary: %v", diagnostics)
	}
	users := fmt.Sprint(at("/v1/services/split", "data", "attributes", "users"))
	if !strings.Contains(users, "user:"+mariadbtest.AppUser) || strings.Contains(users, mariadbtest.AppPassword+" ") {
		t.Errorf("users %s", users)
	}
	if kind := at("/v1/maxscale/modules/regexfilter", "data", "attributes", "module_type"); kind != "Filter" {
		t.Errorf("regexfilter is a %v", kind)
	}
}
