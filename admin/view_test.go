package admin

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// idsOf are the ids in a reply's data, in their order.
func idsOf(t testing.TB, api http.Handler, target string) (ids []string, meta *documentMeta, l links) {
	t.Helper()
	w := call(t, api, "GET", target, "")
	var doc struct {
		Data  []struct{ ID string }
		Meta  *documentMeta
		Links links
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", target, w.Code, err, w.Body)
	}
	ids = []string{}
	for _, r := range doc.Data {
		ids = append(ids, r.ID)
	}
	return ids, doc.Meta, doc.Links
}

func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}

func TestFilters(t *testing.T) {
	rare := quietSession()
	rare.ID, rare.User, rare.Service, rare.Idle = 101, `o"neil`, "other", 90*time.Second
	api := newTestAPI(t, newFake(busySession(), quietSession(), rare))
	for _, c := range []struct {
		name, value string
		want        string
	}{
		{"filter", `/attributes/user="maxuser"`, "1"},
		{"filter", `attributes/user="maxuser"`, "1"},
		{"filter", `/attributes/user="o\"neil"`, "101"},
		{"filter", `/attributes/user=""`, "22"},
		{"filter", `/attributes/user="nobody"`, ""},
		{"filter", `/relationships/services/data/0/id="app"`, "1 22"},
		{"filter", `/relationships/services/links/self="x"`, ""},
		{"filter", `/relationships/filters/data/2/id="hide"`, "1"},
		{"filter", `/type="sessions"`, "1 22 101"},
		{"filter", `/links/self="http://localhost:8989/v1/sessions/22/"`, "22"},
		{"filter", `/attributes/pending=null`, "22 101"},
		{"filter", `/attributes/pending/restart=false`, "1"},
		{"filter", `/attributes/parameters/log_notice=true`, "1"},
		{"filter", `/attributes/log=[]`, "22 101"},
		{"filter", `/attributes/client/connection_attributes={"_client_name":"libmariadb","_pid":"502300"}`, "1"},
		{"filter", `/attributes/memory/total=gt(1)`, "1"},
		{"filter", `/attributes/connections/1/server=eq("replica")`, "1"},
		{"filter", `/attributes/connections/9/server=ne("replica")`, ""},
		{"filter", `/attributes/nothing=ne(1)`, ""},
		{"filter", `/attributes/nothing=not(eq(1))`, ""},
		{"filter", `id=and(ge(22),le(100))`, "22"},
		{"filter", `id=or(eq(1),eq(101))`, "1 101"},
		{"filter", `id=not(eq(1),eq(101))`, "22"},
		{"filter", `id="22"`, "22"},
		{"filter", `id=22`, "22"},
		{"filter", `id=lt("2")`, "1 101"}, // texts are compared as texts
		{"filter[/attributes/idle]", `ge(90)`, "101"},
		{"filter[/attributes/idle]", `90`, "101"},
		{"filter[/attributes/idle]", `lt("90")`, ""},
		{"filter[/attributes/idle]", `ne("90")`, "1 22 101"},
		{"filter[attributes.user]", `ne("maxuser")`, "22 101"},
		{"filter[$.attributes.connections[*].server]", `eq("replica")`, "1"},
		{"filter[$.attributes.connections[*].*]", `eq(7)`, "1"},
		{"filter[$['attributes']['user']]", `eq("maxuser")`, "1"},
		{"filter[$.*.user]", `eq("maxuser")`, "1"},
		{"filter[$.attributes.queries[0].responses[*].server]", `eq("replica")`, ""},
	} {
		got, _, _ := idsOf(t, api, "/v1/sessions"+query(c.name, c.value))
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s=%s: %v, want %s", c.name, c.value, got, c.want)
		}
	}
	// All have to be fulfilled, and a page is one of what is left.
	got, meta, _ := idsOf(t, api, "/v1/sessions"+query("filter", `id=gt(1)`, "filter", `id=lt(101)`, "filter[id]", `ne(5)`, "page[size]", "1"))
	if strings.Join(got, " ") != "22" || meta == nil || meta.Total != 1 {
		t.Errorf("several filters: %v, %+v", got, meta)
	}
	// A single resource is not filtered.
	if w := call(t, api, "GET", "/v1/sessions/1"+query("filter", `id="2"`, "page[size]", "1"), ""); w.Code != http.StatusOK {
		t.Errorf("one session: status %d", w.Code)
	}
	// Other collections, too.
	for target, want := range map[string]string{
		`/v1/servers?filter=/attributes/state="Down"`:                              "spare",
		`/v1/servers?filter[attributes.statistics.commands]=gt(0)`:                 "primary",
		`/v1/filters?filter=/attributes/module="regexfilter"`:                      "hide",
		`/v1/services?filter[$.attributes.statistics.queries]=50`:                  "app",
		`/v1/services?filter[$.attributes.listeners[*].id]=eq("app-unix")`:         "app",
		`/v1/listeners?filter=/attributes/parameters/address=null`:                 "app-unix",
		`/v1/monitors?filter[attributes.parameters.fail_count]=and(gt(2),lt(4))`:   "watch",
		`/v1/filters?filter[attributes.filter_diagnostics.metrics.*.sum]=ge(31)`:   "hide",
		`/v1/filters?filter[attributes.filter_diagnostics.metrics.*.value]=eq(-1)`: "hide",
	} {
		if got, _, _ := idsOf(t, api, strings.ReplaceAll(target, `"`, "%22")); strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", target, got, want)
		}
	}
}

// What is printed as stars cannot be guessed with a filter either, nor chosen.
func TestFiltersDoNotSeeSecrets(t *testing.T) {
	api := newTestAPI(t, newFake())
	for _, where := range []string{"/v1/services?filter[attributes.parameters.password]=", "/v1/services?filter[attributes.parameters.*]=",
		"/v1/monitors?filter[attributes.parameters.password]=", "/v1/services?filter[attributes.parameters.router.options.monitor_password]="} {
		if got, _, _ := idsOf(t, api, where+"eq(%22hunter2%22)"); len(got) > 0 {
			t.Errorf("%s shows a password", where)
		}
		if got, _, _ := idsOf(t, api, where+"eq(%22*****%22)"); len(got) == 0 {
			t.Errorf("%s looks at something else: the test is none", where)
		}
	}
	w := call(t, api, "GET", "/v1/services?fields[services]=parameters/password,parameters/router/options", "")
	if body := w.Body.String(); strings.Contains(body, "hunter2") || !strings.Contains(body, `"password":"*****"`) {
		t.Errorf("%s", body)
	}
}

func TestSparseFields(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	for fields, want := range map[string]string{
		"user":                               `{"user":"maxuser"}`,
		"user,statistics/queries":            `{"statistics":{"queries":9},"user":"maxuser"}`,
		"/user,/statistics/queries":          `{"statistics":{"queries":9},"user":"maxuser"}`,
		"parameters,parameters/log_info":     `{"parameters":{"log_debug":false,"log_error":true,"log_info":false,"log_notice":true,"log_warning":false}}`,
		"connections/server":                 `{"connections":[{"cipher":"","connection_id":129,"server":"primary"},{"cipher":"TLS_AES_128_GCM_SHA256","connection_id":7,"server":"replica"}]}`,
		"client/connection_attributes/_pid":  `{"client":{"connection_attributes":{"_pid":"502300"}}}`,
		"pending/waiting_for,restart_error":  `{"pending":{"waiting_for":"open transaction"},"restart_error":"server primary: connection refused"}`,
		"nothing,user/name,services,filters": `{}`,
		"":                                   `{}`,
		"connected,thread":                   `{"connected":"Fri, 05 Jan 2024 07:24:06 GMT","thread":0}`,
	} {
		for _, path := range []string{"/v1/sessions", "/v1/sessions/1", "/v1/sessions?page[size]=5"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			w := call(t, api, "GET", path+sep+"fields[sessions]="+url.QueryEscape(fields), "")
			var doc struct{ Data json.RawMessage }
			var one map[string]json.RawMessage
			if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(strings.Trim(string(doc.Data), "[]")), &one); err != nil {
				var list []map[string]json.RawMessage
				if err := json.Unmarshal(doc.Data, &list); err != nil {
					t.Fatal(err)
				}
				one = list[0]
			}
			if got := string(one["attributes"]); got != want {
				t.Errorf("%s, fields %q: %s, want %s", path, fields, got, want)
			}
			if string(one["id"]) != `"1"` || string(one["type"]) != `"sessions"` || string(one["links"]) != `{"self":"http://localhost:8989/v1/sessions/1/"}` {
				t.Errorf("%s, fields %q: %s %s %s", path, fields, one["id"], one["type"], one["links"])
			}
			if _, has := one["relationships"]; has != strings.Contains(fields, "services") {
				t.Errorf("%s, fields %q: relationships %s", path, fields, one["relationships"])
			}
		}
	}
	// Those of another type change nothing.
	plain := call(t, api, "GET", "/v1/sessions/1", "").Body.String()
	if got := call(t, api, "GET", "/v1/sessions/1?fields[servers]=state", "").Body.String(); got != plain {
		t.Errorf("fields of servers change a session: %s", got)
	}
}

// TestSparseIsPartOfTheWhole asks for every path there is, one by one.
func TestSparseIsPartOfTheWhole(t *testing.T) {
	whole := sessionResource("http://x/v1", new(busySession()), nil)
	var all any
	text, _ := json.Marshal(whole.Attributes)
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	var visit func(at string, v any)
	visit = func(at string, v any) {
		members, is := v.(map[string]any)
		for name, value := range members {
			visit(at+"/"+escapePointer(name), value)
		}
		if at == "" || is && len(members) == 0 {
			return
		}
		tree := fieldTree{}
		if err := tree.parseFields(at); err != nil {
			t.Fatal(err)
		}
		sparse := (&view{fields: map[string]fieldTree{typeSessions: tree}}).sparse(whole)
		p, _ := parsePointer(at)
		if !find(reflect.ValueOf(sparse.Attributes), p, func(got any) bool { return reflect.DeepEqual(got, v) }) {
			t.Errorf("%s is lost or another", at)
		}
	}
	visit("", all)
}

func TestBadParameters(t *testing.T) {
	f := newFake(busySession())
	api := newTestAPI(t, f)
	for _, c := range []struct{ name, value string }{
		{"pretty", "perhaps"}, {"fields", "user"}, {"fields[]", "user"}, {"fields[sessions", "user"}, {"fields[sessions]", "a,,b"}, {"fields[sessions]", "a//b"},
		{"fields[sessions]", "a~2"}, {"fields[sessions]", "a/"}, {"fields[sessions]", strings.Repeat("a/", 40) + "a"},
		{"filter", ""}, {"filter", "user"}, {"filter", "=1"}, {"filter", "/attributes/user=maxuser"}, {"filter", "/attributes/user="}, {"filter", "id=eq("}, {"filter", "id=eq()"},
		{"filter", "id=eq(1"}, {"filter", "id=eq(1))"}, {"filter", "id=and()"}, {"filter", "id=and(1)"}, {"filter", "id=like(1)"}, {"filter", "id=eq(1,2)"}, {"filter", "id=1e999"},
		{"filter", "id=1 2"}, {"filter", "id=" + strings.Repeat("not(", 50) + "eq(1)" + strings.Repeat(")", 50)}, {"filter", "id=and(eq(1),)"}, {"filter", "a~=1"},
		{"filter[", "1"}, {"filter[/a", "1"}, {"filter[]", "1"}, {"filter[/]", "1"}, {"filter[$]", "1"}, {"filter[a[]", "1"}, {"filter[a[x]]", "1"}, {"filter[a..b]", "1"},
		{"filter[a['b]]", "1"}, {"filter[/id]", "maxuser"}, {"filter[" + strings.Repeat("a.", 40) + "a]", "1"},
		{"page[size]", "0"}, {"page[size]", "-1"}, {"page[size]", "many"}, {"page[size]", ""}, {"page[size]", "99999999999"}, {"page[size]", "1.5"}, {"page[number]", "-1"},
		{"page[number]", "1"},
	} {
		for _, r := range []struct{ method, path, body string }{
			{"GET", "/v1/sessions", ""}, {"GET", "/v1/sessions/1", ""}, {"GET", "/v1/servers", ""}, {"PATCH", "/v1/sessions/1", `{"data":{}}`},
			{"DELETE", "/v1/sessions/1", ""}, {"POST", "/v1/sessions/restart", ""},
		} {
			w := call(t, api, r.method, r.path+query(c.name, c.value), r.body)
			if w.Code != http.StatusBadRequest {
				t.Errorf("%s %s %s=%s: status %d", r.method, r.path, c.name, c.value, w.Code)
				continue
			}
			if e := errorsOf(t, w); e[0].Source == nil || e[0].Source.Parameter != c.name {
				t.Errorf("%s=%s: %+v", c.name, c.value, e[0].Source)
			}
		}
	}
	if w := call(t, api, "DELETE", "/v1/sessions/1?page[size]=x&filter=y&fields=z", ""); len(errorsOf(t, w)) != 3 {
		t.Error("not every problem is told")
	}
	for _, raw := range []string{"?filter=%zz", "?a;b", "?filter=id=\"a\";b"} {
		r := listRequest("")
		r.URL.RawQuery = raw[1:]
		if w := serve(api, r); w.Code != http.StatusBadRequest {
			t.Errorf("%s: status %d", raw, w.Code)
		}
	}
	if len(f.kills)+len(f.restarts)+f.updates > 0 {
		t.Error("something was done")
	}
	for _, fine := range []string{"?unknown=1", "?pages[size]=0", "?page[cursor]=x", "?sync=false", "?filters=x", "?page[number]=0"} {
		if w := call(t, api, "GET", "/v1/sessions"+fine, ""); w.Code != http.StatusOK {
			t.Errorf("%s: status %d", fine, w.Code)
		}
	}
}

// TestPagesMakeTheWhole holds pages of any size, with and without a filter,
// against the collection: they are its parts, in order, and each links to the
// next.
func TestPagesMakeTheWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		api := newTestAPI(t, herd(random.IntN(40)))
		params := []string{"rdns", "false", "unknown", "a b&c"}
		if random.IntN(2) == 0 {
			params = append(params, "filter", fmt.Sprintf(`id=le(%d)`, random.IntN(50)))
		}
		want, meta, _ := idsOf(t, api, "/v1/sessions"+query(params...))
		if meta != nil {
			t.Fatal("the whole says how many there are in all")
		}
		size := 1 + random.IntN(12)
		target := "/v1/sessions" + query(append(params, "page[size]", fmt.Sprint(size))...)
		var got []string
		var back []string
		for pages := 0; ; pages++ {
			ids, meta, l := idsOf(t, api, target)
			if meta == nil || meta.Total != len(want) || len(ids) > size {
				t.Fatalf("%s: %d resources, %+v, want a total of %d", target, len(ids), meta, len(want))
			}
			if len(ids) == 0 && len(want) > 0 {
				t.Fatalf("%s: a link led to a page of nothing", target)
			}
			got, back = append(got, ids...), append(back, l.Prev)
			if self, err := url.Parse(l.Self); err != nil || self.Query().Get("unknown") != "a b&c" || self.Query().Get("page[number]") != fmt.Sprint(pages) {
				t.Fatalf("self of page %d is %s", pages, l.Self)
			}
			if l.Next == "" {
				if l.Last != l.Self {
					t.Fatalf("the last page is %s, and has %s as the last", l.Self, l.Last)
				}
				break
			}
			target = strings.TrimPrefix(l.Next, "http://localhost:8989")
		}
		if !slices.Equal(got, want) {
			t.Fatalf("pages of %d are %v together, the whole is %v", size, got, want)
		}
		if back[0] != "" || slices.Contains(back[1:], "") {
			t.Fatalf("previous pages: %q", back)
		}
	}
	api := newTestAPI(t, herd(5))
	ids, meta, l := idsOf(t, api, "/v1/sessions?page[size]=2000000000&page[number]=2000000000")
	if len(ids) != 0 || meta.Total != 5 || l.Next != "" || !strings.Contains(l.Prev, "page%5Bnumber%5D=0") {
		t.Errorf("a page far behind: %v, %+v, %+v", ids, meta, l)
	}
}
