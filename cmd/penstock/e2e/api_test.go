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
	"github.com/penstock-db/penstock/engine/wire"
)

// ask sends a request to the running API.
func ask(t *testing.T, method, path, body string, header ...string) *rig.Answer {
	t.Helper()
	if body != "" && !slices.Contains(header, "Content-Type") {
		header = append(header, "Content-Type", "application/json")
	}
	a, err := proxy.API.Raw(method, path, body, header...)
	must(t, err)
	return a
}

// pointers are where the errors of an answer point to.
func pointers(t *testing.T, a *rig.Answer) (list []string) {
	t.Helper()
	var doc struct {
		Errors []struct {
			Detail string
			Source struct{ Pointer, Parameter, Header string }
		}
	}
	if err := json.Unmarshal(a.Body, &doc); err != nil || len(doc.Errors) == 0 {
		t.Fatalf("status %d without an error document (%v): %s", a.Code, err, a.Body)
	}
	for _, e := range doc.Errors {
		if e.Detail == "" {
			t.Errorf("an error without detail: %s", a.Body)
		}
		list = append(list, e.Source.Pointer+e.Source.Parameter+e.Source.Header)
	}
	return list
}

// The attributes of the specification's document, with their JSON types.
const documented = `{"client": {"cipher": "", "connection_attributes": {}, "sescmd_history_len": 1, "sescmd_history_stored_metadata": 0,
	"sescmd_history_stored_responses": 1}, "connected": "", "connections": [{"cipher": "", "connection_id": 129, "server": "server1"}],
	"idle": 5.2, "io_activity": 16, "log": [""], "memory": {"connection_buffers": {"backends": {}, "client": {"misc": 654, "readq": 65536,
	"total": 66190, "writeq": 0}, "total": 66852}, "exec_metadata": 0, "last_queries": 0, "sescmd_history": 485, "total": 67337, "variables": 0,
	"plugins": [{"name": "", "kind": "", "bytes": 0}]},
	"parameters": {"log_debug": false, "log_error": false, "log_info": false, "log_notice": false, "log_warning": false}, "port": 40664,
	"queries": [{"command": "", "statement": "", "received": "", "completed": "", "responses": [{"server": "", "duration": 1}]}],
	"remote": "127.0.0.1", "seconds_alive": 5.2, "state": "Session started", "thread": 2, "user": "maxuser", "database": "",
	"statistics": {"commands": 0, "queries": 0, "errors": 0, "bytes_from_client": 0, "bytes_to_client": 0, "plugin_failures": 0}}`

// lacking lists the members of want that got lacks, or has with another type.
func lacking(want, got any, at string) (list []string) {
	switch want := want.(type) {
	case map[string]any:
		o, ok := got.(map[string]any)
		if !ok {
			return []string{at}
		}
		for name, v := range want {
			list = append(list, lacking(v, o[name], at+"/"+name)...)
		}
	case []any:
		a, ok := got.([]any)
		if !ok || len(a) == 0 {
			return []string{at}
		}
		for _, v := range a {
			list = append(list, lacking(want[0], v, at+"/0")...)
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
			list = append(list, fmt.Sprintf("%s (%v)", at, got))
		}
	}
	return list
}

// The document has every attribute that it is to have, and all its links lead
// somewhere.
func TestSessionDocument(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{Schema: mariadbtest.Schema})
	must(t, c.Exec("SET @documented = 1"))
	must(t, c.Exec("SELECT 1"))
	if id := value(t, c, "SELECT CONNECTION_ID()"); id == "" {
		t.Error("no connection id")
	}
	path := fmt.Sprintf("/v1/sessions/%d", c.ConnectionID)
	var want any
	must(t, json.Unmarshal([]byte(documented), &want))
	var all struct{ Data []map[string]any }
	for _, p := range []string{path, path + "/", "/v1/sessions", "/v1/sessions/"} {
		a := ask(t, http.MethodGet, p, "")
		var one struct{ Data map[string]any }
		if strings.Contains(p, path) {
			must(t, json.Unmarshal(a.Body, &one))
		} else {
			must(t, json.Unmarshal(a.Body, &all))
			one.Data = all.Data[slices.IndexFunc(all.Data, func(r map[string]any) bool { return r["id"] == fmt.Sprint(c.ConnectionID) })]
		}
		if missing := lacking(want, one.Data["attributes"], ""); len(missing) > 0 {
			t.Errorf("%s lacks %s", p, missing)
		}
		if got := one.Data["attributes"].(map[string]any)["pending"]; got != nil {
			t.Errorf("%s: pending %v", p, got)
		}
		if one.Data["id"] != fmt.Sprint(c.ConnectionID) || one.Data["type"] != "sessions" {
			t.Errorf("%s is %v %v", p, one.Data["type"], one.Data["id"])
		}
		for _, name := range []string{"services", "filters"} {
			if _, there := one.Data["relationships"].(map[string]any)[name]; !there {
				t.Errorf("%s has no relationship %s", p, name)
			}
		}
	}
	follow(t, path)
}

// follow fetches what links lead to, from path on.
func follow(t *testing.T, path string) {
	t.Helper()
	seen, queue := map[string]bool{path: true}, []string{path}
	for len(queue) > 0 {
		a := ask(t, http.MethodGet, queue[0], "")
		// Sessions of other tests may end meanwhile.
		if other := strings.HasPrefix(queue[0], "/v1/sessions/") && !strings.HasPrefix(queue[0], path); a.Code != http.StatusOK && !other {
			t.Errorf("%s: status %d", queue[0], a.Code)
		}
		queue = queue[1:]
		for _, part := range strings.Split(string(a.Body), `"`+proxy.API.Base())[1:] {
			link, _, _ := strings.Cut(part, `"`)
			if !seen[link] {
				seen[link] = true
				queue = append(queue, link)
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d links were found", len(seen))
	}
}

// Every body that is wrong is refused where it is wrong, and changes nothing.
func TestSessionPatchRefusals(t *testing.T) {
	c := connect(t, proxy.Addr(one), rig.Login{})
	path := fmt.Sprintf("/v1/sessions/%d", c.ConnectionID)
	must(t, proxy.API.PatchFilters(uint64(c.ConnectionID), "hide"))
	rel, doc := "/data/relationships/filters/data", "/data/attributes/relationships/filters/data"
	maxctrl := func(list string) string { return `{"data":{"relationships":{"filters":{"data":` + list + `}}}}` }
	document := func(list string) string {
		return `{"data":{"attributes":{"relationships":{"filters":{"data":` + list + `}}}}}`
	}
	params := func(p string) string { return `{"data":{"attributes":{"parameters":` + p + `}}}` }
	for body, want := range map[string]string{
		"": "", "{": "", "[]": "", "null": "", "nonsense": "", `{"data":{}}x`: "",
		maxctrl(`[{"id":"gone"}]`): rel + "/0/id", document(`[{"id":"hide"},{"id":"gone"}]`): doc + "/1/id",
		maxctrl(`[{}]`): rel + "/0", maxctrl(`[{"id":1}]`): rel + "/0/id", maxctrl(`[{"id":null}]`): rel + "/0/id", maxctrl(`["hide"]`): rel + "/0",
		document(`"hide"`): doc, document(`{}`): doc, document(`[{"id":true}]`): doc + "/0/id",
		params(`{"log_info":"true"}`):             "/data/attributes/parameters/log_info",
		params(`{"log_info":null}`):               "/data/attributes/parameters/log_info",
		params(`{"log_infos":true}`):              "/data/attributes/parameters/log_infos",
		params(`{"log_info":true,"log_debug":1}`): "/data/attributes/parameters/log_debug",
		params(`[]`): "/data/attributes/parameters",
		`{"data":{"attributes":{"idle":1,"idel":2}}}`: "/data/attributes/idel",
		`{"data":{"attributes":{"parameters":{"log_info":true},"relationships":{"filters":{"data":[]}}},"relationships":{"filters":{"data":[]}}}}`: rel,
		`{"data":{"attributes":{"parameters":{"log_info":true}},"relationships":{"filters":{"data":[{"id":"gone"}]}}}}`:                            rel + "/0/id",
	} {
		a := ask(t, http.MethodPatch, path, body)
		if got := pointers(t, a); a.Code != http.StatusBadRequest || !slices.Equal(got, []string{want}) {
			t.Errorf("%s: status %d, pointers %q, want 400 and %q", body, a.Code, got, want)
		}
	}
	for body, want := range map[string]string{"": "", "{}": "", `{"data":{}}`: "/data", `{"data":[{"id":"gone"}]}`: "/data/0/id", `{"data":[{}]}`: "/data/0"} {
		a := ask(t, http.MethodPatch, path+"/relationships/filters", body)
		if got := pointers(t, a); a.Code != http.StatusBadRequest || !slices.Equal(got, []string{want}) {
			t.Errorf("relationship, %s: status %d, pointers %q, want 400 and %q", body, a.Code, got, want)
		}
	}
	s, err := proxy.API.Session(uint64(c.ConnectionID))
	must(t, err)
	if p := s.Attributes.Parameters; p["log_info"] || p["log_debug"] || !p["log_notice"] || chain(s) != "hide" {
		t.Errorf("something changed: %v, filters %s", p, chain(s))
	}
	if v := value(t, c, "SELECT 'marker_before'"); v != "marker_after" {
		t.Errorf("the chain is not what it was: %s", v)
	}
}

func chain(s *rig.Session) string {
	var names []string
	for _, f := range s.Relationships.Filters.Data {
		names = append(names, f.ID)
	}
	return strings.Join(names, ",")
}

// Every spelling of a change works, and GET shows it at once.
func TestSessionPatchSpellings(t *testing.T) {
	c := connect(t, proxy.Addr(one), rig.Login{})
	path := fmt.Sprintf("/v1/sessions/%d", c.ConnectionID)
	for _, step := range []struct{ path, body, want string }{
		{path, `{"data":{"attributes":{"relationships":{"filters":{"data":[{"id":"hide"},{"id":"hide"}]}}}}}`, "hide,hide"},
		{path + "/", `{"data":{"relationships":{"filters":{"data":[{"id":"other","type":"services"}]}}}}`, "other"},
		{path, `{"data":{"attributes":{"relationships":{"filters":{"data":null}}}}}`, ""},
		{path + "/relationships/filters/", `{"data":[{"id":"hide","type":"filters"}]}`, "hide"},
		{path, `{"data":{"relationships":{"filters":{"data":[]}}}}`, ""},
		{path, `{"data":{"relationships":{"filters":{"data":[{"id":"hide"}]}}}}`, "hide"},
		{path + "?sync=false", `{"data":{"relationships":{"filters":{"data":null}}}}`, ""},
		{path, string(ask(t, http.MethodGet, path, "").Body), ""}, // what GET gave
	} {
		if a := ask(t, http.MethodPatch, step.path, step.body); a.Code != http.StatusNoContent || len(a.Body) != 0 {
			t.Errorf("%s: status %d: %s", step.body, a.Code, a.Body)
		}
		s, err := proxy.API.Session(uint64(c.ConnectionID))
		must(t, err)
		if got := chain(s); got != step.want {
			t.Errorf("%s: filters %q, want %q", step.body, got, step.want)
		}
	}
	// A swap that waits shows, and what it waits for.
	must(t, c.Exec("BEGIN"))
	must(t, proxy.API.PatchFilters(uint64(c.ConnectionID), "hide"))
	s, err := proxy.API.Session(uint64(c.ConnectionID))
	must(t, err)
	if p := s.Attributes.Pending; p == nil || p.Restart || p.WaitingFor != "open transaction" || chain(s) != "hide" {
		t.Errorf("pending %+v, filters %s", p, chain(s))
	}
	must(t, c.Exec("COMMIT"))
	must(t, rig.Await("the swap", func() error {
		s, err := proxy.API.Session(uint64(c.ConnectionID))
		if err == nil && s.Attributes.Pending != nil {
			err = fmt.Errorf("pending %+v", s.Attributes.Pending)
		}
		return err
	}))
	// Its plugins are asked; regexfilter has nothing to tell.
	var doc struct{ Data rig.Session }
	must(t, json.Unmarshal(ask(t, http.MethodGet, path+"?diagnostics=true", "").Body, &doc))
	if d := doc.Data.Attributes.Diagnostics; d == nil || d.Error != nil || len(d.Plugins) != 2 || d.Plugins[0].Name != "hide" || d.Plugins[1].Kind != "router" {
		t.Errorf("diagnostics %+v", d)
	}
	if a := ask(t, http.MethodGet, path+"?diagnostics=perhaps", ""); a.Code != http.StatusBadRequest || pointers(t, a)[0] != "diagnostics" {
		t.Errorf("diagnostics=perhaps: status %d", a.Code)
	}
}

// Log flags decide, whatever log.level says: the rig's is notice.
func TestSessionLogFlags(t *testing.T) {
	c := connect(t, proxy.Addr(one), rig.Login{})
	path := fmt.Sprintf("/v1/sessions/%d", c.ConnectionID)
	set := func(flags string) {
		t.Helper()
		if a := ask(t, http.MethodPatch, path, `{"data":{"attributes":{"parameters":`+flags+`}}}`); a.Code != http.StatusNoContent {
			t.Fatalf("%s: status %d: %s", flags, a.Code, a.Body)
		}
	}
	refused := func(n string) { // logs a line at info, with n in it
		if err := c.Exec("KILL " + n); err == nil {
			t.Errorf("KILL %s worked", n)
		}
	}
	refused("4000000001")
	set(`{"log_info":true}`)
	refused("4000000002")
	set(`{"log_info":false,"log_debug":true,"log_error":false,"log_warning":false,"log_notice":false}`)
	refused("4000000003")
	s, err := proxy.API.Session(uint64(c.ConnectionID))
	must(t, err)
	want := map[string]bool{"log_debug": true, "log_info": false, "log_error": false, "log_warning": false, "log_notice": false}
	for name, on := range want {
		if s.Attributes.Parameters[name] != on {
			t.Errorf("%s is %v, want %v", name, s.Attributes.Parameters[name], on)
		}
	}
	log, ring := proxy.Log(), strings.Join(s.Attributes.Log, "\n")
	for n, on := range map[string]bool{"4000000001": false, "4000000002": true, "4000000003": false} {
		if strings.Contains(log, n) != on {
			t.Errorf("a line about %s is in the log: %v, want %v", n, !on, on)
		}
		if !strings.Contains(ring, n) {
			t.Errorf("the session's own log lacks the line about %s:\n%s", n, ring)
		}
	}
}

// What every path can and cannot do.
func TestSessionAPIConventions(t *testing.T) {
	c := connect(t, proxy.Addr(one), rig.Login{})
	path := fmt.Sprintf("/v1/sessions/%d", c.ConnectionID)
	for _, r := range []struct {
		method, path, body string
		header             []string
		want               int
		allow              string
	}{
		{method: "HEAD", path: path, want: 200},
		{method: "OPTIONS", path: path, want: 204, allow: "DELETE, GET, HEAD, OPTIONS, PATCH"},
		{method: "OPTIONS", path: "/v1/sessions/restart/", want: 204, allow: "OPTIONS, POST"},
		{method: "PUT", path: path, want: 405, allow: "DELETE, GET, HEAD, OPTIONS, PATCH"},
		{method: "POST", path: "/v1/sessions", want: 405, allow: "GET, HEAD, OPTIONS"},
		{method: "GET", path: "/v1/sessions/restart", want: 405, allow: "OPTIONS, POST"},
		{method: "GET", path: path + "/restart", want: 405, allow: "OPTIONS, POST"},
		{method: "GET", path: "/v1/sessions/4000000000", want: 404},
		{method: "GET", path: "/v1/sessions/abc", want: 404},
		{method: "GET", path: "/v1/sessions/-1", want: 404},
		{method: "GET", path: path + "/relationships/servers", want: 404},
		{method: "PATCH", path: "/v1/sessions/4000000000", body: "{}", want: 404},
		{method: "POST", path: "/v1/sessions/4000000000/restart", want: 404},
		{method: "DELETE", path: "/v1/sessions/4000000000", want: 404},
		{method: "PATCH", path: path, body: `{"data":{}}`, header: []string{"Content-Type", "text/plain"}, want: 415},
		{method: "PATCH", path: path, body: strings.Repeat(" ", 1<<20) + `{"data":{}}`, want: 413},
		{method: "GET", path: path, header: []string{"Host", "evil.example"}, want: 403},
		{method: "GET", path: path, header: []string{"Authorization", "Basic bm9ib2R5Om5vYm9keQ=="}, want: 401},
		{method: "GET", path: path, header: []string{"Accept", "text/html"}, want: 406},
		{method: "GET", path: path, header: []string{"Accept", "application/json, text/plain, */*"}, want: 200},
		{method: "DELETE", path: path + "?ttl=soon", want: 400},
		{method: "DELETE", path: path + "?ttl=-1", want: 400},
		{method: "DELETE", path: path + "?ttl=1.5", want: 400},
		{method: "DELETE", path: path + "?ttl=", want: 400},
		{method: "DELETE", path: path + "/?ttl=600", want: 204},
		{method: "DELETE", path: path + "?ttl=5m", want: 204},
		{method: "DELETE", path: path + "?ttl=900000ms", want: 204},
		{method: "POST", path: path + "/restart/", body: "a=b", header: []string{"Content-Type", "application/x-www-form-urlencoded"}, want: 204},
		{method: "POST", path: "/v1/sessions/restart", body: "{", want: 204},
	} {
		a := ask(t, r.method, r.path, r.body, r.header...)
		if a.Code != r.want {
			t.Errorf("%s %s %v: status %d, want %d: %s", r.method, r.path, r.header, a.Code, r.want, a.Body)
			continue
		}
		if a.Code >= 400 {
			pointers(t, a)
		}
		allow := strings.Split(a.Header.Get("Allow"), ", ")
		slices.Sort(allow)
		if got := strings.Join(allow, ", "); r.allow != "" && got != r.allow {
			t.Errorf("%s %s: Allow %q, want %q", r.method, r.path, got, r.allow)
		}
	}
	must(t, c.Exec("SELECT 'after two restarts, and with minutes to live'"))
	if a := ask(t, "DELETE", path, ""); a.Code != http.StatusNoContent {
		t.Errorf("DELETE replaces an earlier one's ttl: status %d", a.Code)
	}
	payload, _, err := c.Conn.ReadMessage(1 << 20)
	var told wire.ERR
	if err != nil || told.Decode(payload) != nil || told.Errno != 1927 || told.SQLState != "70100" {
		t.Errorf("the client was told %q (%v), want error 1927", payload, err)
	}
}
