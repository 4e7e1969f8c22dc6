package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// unchanged fails the test if a session is not what it was.
func unchanged(t *testing.T, f *fakeProxy, before engine.Snapshot) {
	t.Helper()
	if after, _ := f.Snapshot(before.ID); !reflect.DeepEqual(after, before) || f.updates != 0 {
		t.Errorf("a refused change left traces: %+v", after)
	}
}

func TestPatch(t *testing.T) {
	const session, filters = "/v1/sessions/1", "/v1/sessions/1/relationships/filters"
	was := busySession()
	for _, c := range []struct {
		name, target, body string
		filters            []string // nil: as before
		flags              *config.LogFlags
	}{
		{"one flag", session, `{"data":{"attributes":{"parameters":{"log_info":true}}}}`, nil,
			&config.LogFlags{Error: true, Notice: true, Info: true}},
		{"all flags", session, `{"data":{"attributes":{"parameters":{"log_error":false,"log_warning":true,"log_notice":false,"log_info":true,"log_debug":true}}}}`, nil,
			&config.LogFlags{Warning: true, Info: true, Debug: true}},
		{"the document's body", session, `{"data":{"attributes":{"relationships":{"filters":{"data":[{"id":"log"},{"id":"hide"}]}}}}}`, []string{"log", "hide"}, nil},
		{"maxctrl's body", session, `{"data":{"type":"services","relationships":{}}}`, nil, nil},
		{"maxctrl's filters", session, `{"data":{"relationships":{"filters":{"data":[{"id":"log","type":"services"}]}}}}`, []string{"log"}, nil},
		{"twice the same", session, `{"data":{"relationships":{"filters":{"data":[{"id":"log","type":"filters"},{"id":"log"}]}}}}`, []string{"log", "log"}, nil},
		{"empty list", session, `{"data":{"relationships":{"filters":{"data":[]}}}}`, []string{}, nil},
		{"null", session, `{"data":{"relationships":{"filters":{"data":null}}}}`, []string{}, nil},
		{"the document's null", session, `{"data":{"attributes":{"relationships":{"filters":{"data":null}}}}}`, []string{}, nil},
		{"both kinds of change", session, `{"data":{"id":"1","type":"sessions","attributes":{"parameters":{"log_error":false}},"relationships":{"filters":{"data":[{"id":"log"}]}}}}`,
			[]string{"log"}, &config.LogFlags{Notice: true}},
		{"nothing", session, `{"data":{}}`, nil, nil},
		{"relationship", filters, `{"data":[{"id":"log"}]}`, []string{"log"}, nil},
		{"relationship, slash", filters + "/", `{"data":[{"id":"log","type":"filters"}]}`, []string{"log"}, nil},
		{"relationship, empty", filters, `{"data":[]}`, []string{}, nil},
		{"relationship, null", filters, `{"data":null}`, []string{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(busySession(), quietSession())
			w := call(t, newTestAPI(t, f), "PATCH", c.target, c.body)
			if w.Code != http.StatusNoContent || w.Body.Len() != 0 {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			wantFilters, wantFlags := was.Filters, was.LogFlags
			if c.filters != nil {
				wantFilters = c.filters
			}
			if c.flags != nil {
				wantFlags = *c.flags
			}
			got, _ := f.Snapshot(1)
			if !slices.Equal(got.Filters, wantFilters) || got.LogFlags != wantFlags {
				t.Errorf("filters %q, flags %+v; want %q, %+v", got.Filters, got.LogFlags, wantFilters, wantFlags)
			}
			if other, _ := f.Snapshot(22); !reflect.DeepEqual(other, quietSession()) {
				t.Error("another session changed")
			}
		})
	}
}

// TestPatchTakesBackWhatGetGave sends a session's own document: it changes nothing.
func TestPatchTakesBackWhatGetGave(t *testing.T) {
	f := newFake(busySession())
	api := newTestAPI(t, f)
	doc := call(t, api, "GET", "/v1/sessions/1", "").Body.String()
	if w := call(t, api, "PATCH", "/v1/sessions/1", doc); w.Code != http.StatusNoContent {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if got, _ := f.Snapshot(1); !reflect.DeepEqual(got, busySession()) {
		t.Errorf("it changed: %+v", got)
	}
}

func TestPatchRefuses(t *testing.T) {
	const session, filters = "/v1/sessions/1", "/v1/sessions/1/relationships/filters"
	params := func(p string) string { return `{"data":{"attributes":{"parameters":` + p + `}}}` }
	rel := func(r string) string { return `{"data":{"relationships":{"filters":` + r + `}}}` }
	const paramsAt, relAt = "/data/attributes/parameters", "/data/relationships/filters"
	for _, c := range []struct {
		target, body string
		status       int
		pointers     []string // of each problem; "-" for none
	}{
		{session, ``, 400, []string{""}},
		{session, `  `, 400, []string{""}},
		{session, `{`, 400, []string{""}},
		{session, `{"data":{}} {}`, 400, []string{""}},
		{session, `{"data":{},}`, 400, []string{""}},
		{session, `nonsense`, 400, []string{""}},
		{session, `[]`, 400, []string{""}},
		{session, `null`, 400, []string{""}},
		{session, `"x"`, 400, []string{""}},
		{session, "{\"data\":{\"\xff\":1}}", 400, []string{""}},
		{session, strings.Repeat(`{"data":`, 40) + `1` + strings.Repeat(`}`, 40), 400, []string{strings.Repeat("/data", maxDepth)}},
		{session, `{}`, 400, []string{""}},
		{session, `{"date":{}}`, 400, []string{"/date", ""}},
		{session, `{"data":[]}`, 400, []string{"/data"}},
		{session, `{"data":null}`, 400, []string{"/data"}},
		{session, `{"data":{},"data":{}}`, 400, []string{"/data"}},
		{session, `{"data":{"a/b~c":1}}`, 400, []string{"/data/a~1b~0c"}},
		{session, `{"data":{"attributes":7}}`, 400, []string{"/data/attributes"}},
		{session, `{"data":{"attributes":{"parameter":{}}}}`, 400, []string{"/data/attributes/parameter"}},
		{session, `{"data":{"relationships":"x"}}`, 400, []string{"/data/relationships"}},
		{session, `{"data":{"relationships":{"servers":{"data":[]}}}}`, 400, []string{"/data/relationships/servers"}},
		{session, `{"data":{"relationships":{"services":{"data":[{"id":"other"}]}}}}`, 400, []string{"/data/relationships/services"}},
		{session, `{"data":{"relationships":{"services":null}}}`, 400, []string{"/data/relationships/services"}},
		{session, `{"data":{"attributes":{"relationships":{"services":{"data":[{"id":"app"}]}}}}}`, 400, []string{"/data/attributes/relationships/services"}},
		{session, `{"data":{"id":"2"}}`, 409, []string{"/data/id"}},
		{session, `{"data":{"id":1}}`, 400, []string{"/data/id"}},
		{session, `{"data":{"type":"servers"}}`, 409, []string{"/data/type"}},

		{session, params(`null`), 400, []string{paramsAt}},
		{session, params(`{"log_info":"true"}`), 400, []string{paramsAt + "/log_info"}},
		{session, params(`{"log_info":1}`), 400, []string{paramsAt + "/log_info"}},
		{session, params(`{"log_info":null}`), 400, []string{paramsAt + "/log_info"}},
		{session, params(`{"log_info":[true]}`), 400, []string{paramsAt + "/log_info"}},
		{session, params(`{"log_trace":true}`), 400, []string{paramsAt + "/log_trace"}},
		{session, params(`{"log_info":true,"log_info":false}`), 400, []string{paramsAt + "/log_info"}},
		{session, params(`{"log_debug":0,"log_info":true,"log_verbose":true}`), 400, []string{paramsAt + "/log_debug", paramsAt + "/log_verbose"}},

		{session, rel(`[]`), 400, []string{relAt}},
		{session, rel(`null`), 400, []string{relAt}},
		{session, rel(`{}`), 400, []string{relAt}},
		{session, rel(`{"data":{"id":"log"}}`), 400, []string{relAt + "/data"}},
		{session, rel(`{"data":"log"}`), 400, []string{relAt + "/data"}},
		{session, rel(`{"data":["log"]}`), 400, []string{relAt + "/data/0"}},
		{session, rel(`{"data":[null]}`), 400, []string{relAt + "/data/0"}},
		{session, rel(`{"data":[{"id":"log"},{}]}`), 400, []string{relAt + "/data/1"}},
		{session, rel(`{"data":[{"id":5}]}`), 400, []string{relAt + "/data/0/id"}},
		{session, rel(`{"data":[{"id":""}]}`), 400, []string{relAt + "/data/0/id"}},
		{session, rel(`{"data":[{"id":null}]}`), 400, []string{relAt + "/data/0/id"}},
		{session, rel(`{"data":[{"id":"log","type":"servers"}]}`), 400, []string{relAt + "/data/0/type"}},
		{session, rel(`{"data":[{"id":"log","type":3}]}`), 400, []string{relAt + "/data/0/type"}},
		{session, rel(`{"data":[{"id":"log","name":"log"}]}`), 400, []string{relAt + "/data/0/name"}},
		{session, rel(`{"data":[],"date":1}`), 400, []string{relAt + "/date"}},
		{session, `{"data":{"attributes":{"relationships":{"filters":{"data":[]}}},"relationships":{"filters":{"data":[]}}}}`, 400, []string{relAt + "/data"}},
		{session, `{"data":{"attributes":{"parameters":{"log_info":true}},"relationships":{"filters":{"data":[{"id":"gone"}]}}}}`, 400, []string{relAt + "/data/0/id"}},
		{session, `{"data":{"attributes":{"parameters":{"log_info":true},"relationships":{"filters":{"data":[{"id":"log"},{"id":"gone"}]}}}}}`, 400,
			[]string{"/data/attributes/relationships/filters/data/1/id"}},
		{session, rel(`{"data":[{"id":"log"},{"id":"hide"}]}`), 400, []string{relAt + "/data/1"}}, // hide cannot open

		{filters, ``, 400, []string{""}},
		{filters, `{}`, 400, []string{""}},
		{filters, `{"data":{}}`, 400, []string{"/data"}},
		{filters, `{"data":[{"id":"gone"}]}`, 400, []string{"/data/0/id"}},
		{filters, `{"data":[{"id":"hide"}]}`, 400, []string{"/data/0"}},
		{filters, `{"data":[7]}`, 400, []string{"/data/0"}},
	} {
		t.Run(c.body, func(t *testing.T) {
			f := newFake(busySession())
			f.open["hide"] = errors.New("match: missing )")
			w := call(t, newTestAPI(t, f), "PATCH", c.target, c.body)
			if w.Code != c.status {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			var got []string
			for _, e := range errorsOf(t, w) {
				if e.Source == nil || e.Source.Pointer == nil {
					got = append(got, "-")
					continue
				}
				got = append(got, *e.Source.Pointer)
			}
			if !slices.Equal(got, c.pointers) {
				t.Errorf("pointers %q, want %q", got, c.pointers)
			}
			unchanged(t, f, busySession())
		})
	}
}

func TestFilterThatCannotOpenTellsWhy(t *testing.T) {
	f := newFake(busySession())
	f.open["hide"] = errors.New("option match: missing )")
	w := call(t, newTestAPI(t, f), "PATCH", "/v1/sessions/1", `{"data":{"relationships":{"filters":{"data":[{"id":"hide"}]}}}}`)
	if e := errorsOf(t, w); !strings.Contains(e[0].Detail, "option match: missing )") || !strings.Contains(e[0].Detail, `"hide"`) {
		t.Errorf("detail %q", e[0].Detail)
	}
}

func TestRestart(t *testing.T) {
	f := newFake(busySession(), quietSession())
	api := newTestAPI(t, f)
	form := []string{"Content-Type", "application/x-www-form-urlencoded"} // as maxctrl
	if w := call(t, api, "POST", "/v1/sessions/22/restart", "", form...); w.Code != http.StatusNoContent {
		t.Errorf("one: status %d: %s", w.Code, w.Body)
	}
	if w := call(t, api, "POST", "/v1/sessions/restart/", "a=b", form...); w.Code != http.StatusNoContent {
		t.Errorf("all: status %d: %s", w.Code, w.Body)
	}
	if !slices.Equal(f.restarts, []uint64{22, 1, 22}) {
		t.Errorf("restarted %v", f.restarts)
	}
}

func TestRestartThatFails(t *testing.T) {
	f := newFake(busySession(), quietSession(), from(23, "192.0.2.1"))
	f.restart = func(_ context.Context, id uint64) error {
		if id == 22 {
			return nil
		}
		return &engine.RestartError{ID: id, Err: fmt.Errorf("server primary: connection refused")}
	}
	api := newTestAPI(t, f)
	w := call(t, api, "POST", "/v1/sessions/1/restart", "")
	if e := errorsOf(t, w); w.Code != http.StatusServiceUnavailable || len(e) != 1 || !strings.Contains(e[0].Detail, "connection refused") {
		t.Errorf("one: status %d, %+v", w.Code, e)
	}
	w = call(t, api, "POST", "/v1/sessions/restart", "")
	entries := errorsOf(t, w)
	if w.Code != http.StatusServiceUnavailable || len(entries) != 2 || entries[0].Meta["session"] != "1" || entries[1].Meta["session"] != "23" {
		t.Errorf("all: status %d, %+v", w.Code, entries)
	}
	if !slices.Equal(f.restarts, []uint64{22}) {
		t.Errorf("restarted %v: restart-all has to try all", f.restarts)
	}
}

func TestTimeLimitOfRequests(t *testing.T) {
	f := newFake(busySession())
	f.restart = func(ctx context.Context, _ uint64) error { <-ctx.Done(); return ctx.Err() }
	api := newTestAPI(t, f, func(o *Options) { o.RequestTimeout = time.Millisecond })
	if w := call(t, api, "POST", "/v1/sessions/1/restart", ""); w.Code != http.StatusGatewayTimeout {
		t.Errorf("status %d", w.Code)
	}
}

func TestPanicAndUnforeseenErrors(t *testing.T) {
	f := newFake(busySession())
	api := newTestAPI(t, f)
	for name, restart := range map[string]func(context.Context, uint64) error{
		"panic": func(context.Context, uint64) error { panic("out of luck") },
		"error": func(context.Context, uint64) error { return errors.New("secret inner detail") },
	} {
		f.restart = restart
		w := call(t, api, "POST", "/v1/sessions/1/restart", "")
		if e := errorsOf(t, w); w.Code != http.StatusInternalServerError || strings.Contains(e[0].Detail, "inner") || strings.Contains(e[0].Detail, "luck") {
			t.Errorf("%s: status %d, %+v", name, w.Code, e)
		}
	}
}

func TestKill(t *testing.T) {
	for query, want := range map[string]time.Duration{
		"": 0, "?ttl=0": 0, "?ttl=30": 30 * time.Second, "?ttl=5s": 5 * time.Second, "?ttl=500ms": 500 * time.Millisecond,
		"?ttl=2m": 2 * time.Minute, "?ttl=1h": time.Hour, "?ttl=0005": 5 * time.Second, "?ttl=31536000": maxTTL,
	} {
		f := newFake(busySession())
		w := call(t, newTestAPI(t, f), "DELETE", "/v1/sessions/1"+query, "")
		got, killed := f.kills[1]
		if w.Code != http.StatusNoContent || !killed || got != want {
			t.Errorf("%q: status %d, killed %v after %v, want %v", query, w.Code, killed, got, want)
		}
	}
	for _, ttl := range []string{"", "-1", "%2B1", "1.5", "1.5s", "s", "ms", "5 s", "5S", "5min", "5d", "1m30s", "0x5", "1e3", "NaN",
		"31536001", "8761h", "9223372036854775807", "99999999999999999999999", "٣", "1&ttl=2"} {
		f := newFake(busySession())
		w := call(t, newTestAPI(t, f), "DELETE", "/v1/sessions/1?ttl="+strings.ReplaceAll(ttl, " ", "%20"), "")
		if e := errorsOf(t, w); w.Code != http.StatusBadRequest || e[0].Source == nil || e[0].Source.Parameter != "ttl" || len(f.kills) != 0 {
			t.Errorf("%q: status %d, %+v, kills %v", ttl, w.Code, e, f.kills)
		}
	}
}

func TestUnknownSessions(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	for _, id := range []string{"2", "abc", "-1", "+1", "01", "1.0", "0x1", "18446744073709551616", "0", "%31%20", "restart"} {
		for _, c := range [][2]string{
			{"GET", ""}, {"HEAD", ""}, {"GET", "/relationships/filters"}, {"PATCH", ""}, {"PATCH", "/relationships/filters"}, {"DELETE", ""}, {"POST", "/restart"},
		} {
			if id == "restart" && c[1] == "" {
				continue
			}
			w := call(t, api, c[0], "/v1/sessions/"+id+c[1], "")
			if w.Code != http.StatusNotFound {
				t.Errorf("%s %s%s: status %d", c[0], id, c[1], w.Code)
			}
			if c[0] != "HEAD" {
				errorsOf(t, w)
			}
		}
	}
}
