package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// What maxctrl sends with every request, beside its account.
var maxctrlHeaders = []string{"Accept", "application/json, text/plain, */*", "User-Agent", "axios/1.6.8", "Accept-Encoding", "gzip, compress, deflate, br", "Connection", "close"}

// maxctrl sends a request as maxctrl does: JSON if there is a body, an empty
// form if a POST or PUT has none.
func maxctrl(t *testing.T, p *rig.Proxy, method, path, body string) *rig.Answer {
	t.Helper()
	headers := maxctrlHeaders
	switch {
	case body != "":
		headers = append(headers[:len(headers):len(headers)], "Content-Type", "application/json")
	case method != http.MethodGet && method != http.MethodDelete:
		headers = append(headers[:len(headers):len(headers)], "Content-Type", "application/x-www-form-urlencoded")
	}
	a, err := p.API.Raw(method, "/v1/"+path, body, headers...)
	must(t, err)
	return a
}

// maxctrlReads are the members that maxctrl prints of each resource. Those
// after a bar may be null; a member of a list is one of its first item.
var maxctrlReads = map[string]string{
	"sessions": "id type attributes/user attributes/remote attributes/connected attributes/idle attributes/memory/total attributes/io_activity " +
		"attributes/state attributes/port attributes/database attributes/seconds_alive attributes/thread attributes/parameters attributes/connections/server " +
		"attributes/connections/connection_id attributes/connections/cipher attributes/client/cipher attributes/client/connection_attributes " +
		"attributes/client/sescmd_history_len attributes/queries/statement attributes/queries/command attributes/queries/received " +
		"attributes/queries/responses attributes/log relationships/services/data/id relationships/filters/data | attributes/queries/completed",
	"services": "id type attributes/router attributes/state attributes/started attributes/statistics/connections attributes/statistics/total_connections " +
		"attributes/statistics/max_connections attributes/parameters attributes/router_diagnostics attributes/users attributes/listeners/id " +
		"attributes/listeners/attributes/parameters/port relationships/servers/data/id relationships/filters/data relationships/listeners/data/id",
	"servers": "id type attributes/parameters/address attributes/parameters/port attributes/state attributes/statistics/connections " +
		"attributes/version_string attributes/uptime attributes/master_id attributes/node_id attributes/slaves attributes/last_event " +
		"attributes/triggered_at relationships/services/data/id relationships/monitors/data/id | attributes/parameters/socket attributes/state_details attributes/gtid_current_pos",
	"listeners": "id type attributes/parameters/port attributes/parameters/address attributes/parameters/service attributes/state relationships/services/data/id | " +
		"attributes/parameters/socket",
	"filters":          "id type attributes/module attributes/parameters attributes/filter_diagnostics relationships/services/data",
	"monitors":         "id type attributes/module attributes/state attributes/parameters attributes/monitor_diagnostics relationships/servers/data/id",
	"maxscale/modules": "id type attributes/module_type attributes/version attributes/description attributes/parameters attributes/commands",
	"maxscale/threads": "id type attributes/stats/reads attributes/stats/writes attributes/stats/accepts attributes/stats/hangups attributes/stats/errors " +
		"attributes/stats/current_descriptors attributes/stats/total_descriptors attributes/stats/sessions attributes/stats/memory attributes/stats/query_classifier_cache/size | " +
		"attributes/stats/load/last_second attributes/stats/load/last_minute attributes/stats/load/last_hour attributes/stats/avg_event_queue_length " +
		"attributes/stats/max_event_queue_length attributes/stats/max_exec_time attributes/stats/max_queue_time attributes/stats/zombies",
	"maxscale":      "id type attributes/version attributes/started_at attributes/activated_at attributes/uptime attributes/parameters attributes/system | attributes/commit",
	"maxscale/logs": "id type attributes/log_file attributes/log_priorities attributes/parameters",
	"users/inet":    "id type attributes/account | attributes/created attributes/last_login",
	"users":         "id type attributes/account",
}

func TestMaxctrlReads(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{Schema: mariadbtest.Schema})
	must(t, c.Exec("SELECT 'read by maxctrl'"))
	for path, members := range maxctrlReads {
		for _, spelling := range []string{path, path + "/"} {
			a := maxctrl(t, proxy, http.MethodGet, spelling, "")
			var doc struct{ Data any }
			if err := json.Unmarshal(a.Body, &doc); a.Code != http.StatusOK || err != nil {
				t.Errorf("%s: status %d, %v: %.300s", spelling, a.Code, err, a.Body)
				continue
			}
			list, isList := doc.Data.([]any)
			if !isList {
				list = []any{doc.Data}
			}
			if len(list) == 0 {
				t.Errorf("%s is an empty list", path)
			}
			must, may, _ := strings.Cut(members, "|")
			for _, item := range list {
				holds(t, path, item, strings.Fields(must), false)
				holds(t, path, item, strings.Fields(may), true)
				if isList {
					id := item.(map[string]any)["id"]
					member := path
					if path == "users" {
						member = "users/inet"
					}
					if a := maxctrl(t, proxy, http.MethodGet, fmt.Sprintf("%s/%v", member, id), ""); a.Code != http.StatusOK && path != "sessions" {
						t.Errorf("%s/%v: status %d", member, id, a.Code)
					}
				}
			}
		}
	}
}

// holds checks that a document has members, by their paths.
func holds(t *testing.T, where string, doc any, members []string, nullable bool) {
	t.Helper()
	id := doc.(map[string]any)["id"]
	for _, path := range members {
		v, there := doc, true
		for name := range strings.SplitSeq(path, "/") {
			if list, ok := v.([]any); ok {
				if len(list) == 0 {
					break // there is nothing that could lack it
				}
				v = list[0]
			}
			object, _ := v.(map[string]any)
			if v, there = object[name]; !there {
				break
			}
		}
		if !there || v == nil && !nullable {
			t.Errorf("%s %v lacks %s (%v)", where, id, path, v)
		}
	}
}
