package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

const (
	body1  = `{"data":{"attributes":{"parameters":{"log_info":true}}}}`
	body2  = `{"data":{"attributes":{"parameters":{"log_info":false}}}}`
	future = "Fri, 01 Jan 2100 00:00:00 GMT"
	past   = "Mon, 01 Jan 2001 00:00:00 GMT"
)

// work has a session do what sessions do.
func (f *fakeProxy) work(id uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[id]
	s.Idle, s.Alive, s.Statistics.Queries, s.Database, s.User = s.Idle+time.Second, s.Alive+time.Second, s.Statistics.Queries+1, "elsewhere", "other"
	s.Connections, s.Log, s.Queries, s.State, s.Pending, s.Memory = nil, nil, nil, engine.StateStopping, nil, engine.Memory{}
	f.sessions[id] = s
}

// TestIfMatch: work does not change what If-Match compares, a change does.
func TestIfMatch(t *testing.T) {
	f := newFake(busySession())
	api := newTestAPI(t, f)
	const path = "/v1/sessions/1"
	get := func() string { return call(t, api, "GET", path, "").Header().Get("ETag") }
	first := get()
	if !strings.HasPrefix(first, `"`) || strings.Count(first, "-") != 1 || first != get() {
		t.Fatalf("entity tags %s and %s", first, get())
	}
	// Neither the spelling nor what is shown matters.
	for _, other := range []string{"?fields[sessions]=user", "?pretty=true"} {
		tag := call(t, api, "GET", path+other, "").Header().Get("ETag")
		if tag == first || tag[:strings.IndexByte(tag, '-')] != first[:strings.IndexByte(first, '-')] {
			t.Errorf("%s: entity tags %s and %s", other, tag, first)
		}
	}
	f.work(1)
	if get() == first {
		t.Error("the content changed, and the entity tag did not")
	}
	patch := func(body string, header ...string) int { return call(t, api, "PATCH", path+"/", body, header...).Code }
	if code := patch(body1, "If-Match", first); code != http.StatusNoContent {
		t.Errorf("If-Match after work: status %d", code)
	}
	w := call(t, api, "PATCH", path, body2, "If-Match", first)
	if e := errorsOf(t, w); w.Code != http.StatusPreconditionFailed || e[0].Source == nil || e[0].Source.Header != "If-Match" {
		t.Errorf("If-Match after a change: status %d, %+v", w.Code, e)
	}
	if f.updates != 1 {
		t.Fatalf("%d changes were made, want 1", f.updates)
	}
	now := get()
	for header, want := range map[[2]string]int{
		{"If-Match", now}:                    204,
		{"If-Match", `"x", ` + now + `,"y"`}: 204,
		{"If-Match", "*"}:                    204,
		{"If-Match", "W/" + now}:             412, // weak ones match nothing
		{"If-Match", first}:                  412,
		{"If-Match", `""`}:                   412,
		{"If-Match", `"-"`}:                  412,
		{"If-Match", "unquoted"}:             400,
		{"If-Match", `"open`}:                400,
		{"If-Match", `"a" "b"`}:              400,
		{"If-None-Match", "*"}:               412,
		{"If-None-Match", now}:               412,
		{"If-None-Match", "W/" + now}:        412,
		{"If-None-Match", first}:             204,
		{"If-None-Match", "nonsense"}:        400,
		{"If-Unmodified-Since", future}:      204,
		{"If-Unmodified-Since", past}:        412,
		{"If-Unmodified-Since", "yesterday"}: 400,
	} {
		before := f.updates
		if code := patch(`{"data":{}}`, header[0], header[1]); code != want {
			t.Errorf("%s %s: status %d, want %d", header[0], header[1], code, want)
		}
		if changed := f.updates != before; changed != (want == 204) {
			t.Errorf("%s %s: changed: %v", header[0], header[1], changed)
		}
	}
	// If-Match comes first.
	if code := patch(`{"data":{}}`, "If-Match", now, "If-Unmodified-Since", past); code != http.StatusNoContent {
		t.Errorf("If-Match and a date: status %d", code)
	}
	if code := patch(`{"data":{}}`, "If-Match", now, "If-None-Match", "*"); code != http.StatusPreconditionFailed {
		t.Errorf("If-Match and If-None-Match: status %d", code)
	}
}

// TestEveryChangeHeedsPreconditions goes through the table of routes.
func TestEveryChangeHeedsPreconditions(t *testing.T) {
	f := newDesk(t, busySession())
	api, before := deskAPI(t, f), f.config()
	ids := map[string]string{typeSessions: "1", typeServices: "app", typeServers: "primary", typeFilters: "log", typeListeners: "app", typeMonitors: "watch", typeUsers: "reader"}
	links := map[string]string{typeSessions: typeFilters, typeServices: typeFilters, typeServers: typeServices, typeMonitors: typeServers}
	for _, rt := range api.table() {
		if reads(rt.method) {
			continue
		}
		kind := strings.Split(rt.path, "/")[2]
		path := strings.NewReplacer(":id", ids[kind], ":name", links[kind]).Replace(rt.path)
		for _, header := range [][2]string{{"If-Match", `"0000000000000000-0000000000000000"`}, {"If-None-Match", "*"}, {"If-Unmodified-Since", past}} {
			w := call(t, api, rt.method, path, `{"data":{}}`, header[0], header[1])
			if w.Code != http.StatusPreconditionFailed {
				t.Errorf("%s %s, %s %s: status %d: %s", rt.method, path, header[0], header[1], w.Code, w.Body)
			}
		}
	}
	if f.updates+len(f.kills)+len(f.restarts)+len(f.closed)+len(f.upgraded) != 0 || f.config() != before {
		t.Error("something was changed")
	}
	if w := call(t, api, "DELETE", "/v1/sessions/2", "", "If-Match", "*"); w.Code != http.StatusNotFound {
		t.Errorf("If-Match for what is not there: status %d", w.Code)
	}
	if w := call(t, api, "PATCH", "/v1/filters/log?pretty=true", `{"data":{}}`, "If-Match", call(t, api, "GET", "/v1/filters/log", "").Header().Get("ETag")); w.Code != http.StatusNoContent {
		t.Errorf("a filter: status %d: %s", w.Code, w.Body)
	}
}

func TestConditionalReads(t *testing.T) {
	f := newFake(busySession())
	api := newTestAPI(t, f)
	for _, path := range []string{"/v1/sessions/1", "/v1/sessions?page[size]=3", "/v1/servers", "/v1/servers/primary", "/v1/sessions/1/relationships/filters", "/v1/filters?fields[filters]=module"} {
		first := call(t, api, "GET", path, "")
		tag, modified := first.Header().Get("ETag"), first.Header().Get("Last-Modified")
		if tag == "" {
			t.Errorf("%s has no entity tag", path)
		}
		for _, method := range []string{"GET", "HEAD"} {
			for _, value := range []string{tag, "W/" + tag, `"x",` + tag, "*"} {
				w := call(t, api, method, path, "", "If-None-Match", value)
				if w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("ETag") != tag {
					t.Errorf("%s %s, If-None-Match %s: status %d, %v", method, path, value, w.Code, w.Header())
				}
			}
		}
		if w := call(t, api, "GET", path, "", "If-Match", `"x"`); w.Code != http.StatusPreconditionFailed {
			t.Errorf("%s, If-Match: status %d", path, w.Code)
		}
		if w := call(t, api, "GET", path, "", "If-None-Match", `"x"`, "If-Modified-Since", future); w.Code != http.StatusOK {
			t.Errorf("%s: the date is heeded in spite of the tag: status %d", path, w.Code)
		}
		single := !strings.Contains(path, "?") && path != "/v1/servers"
		if single != (modified != "") {
			t.Errorf("%s: Last-Modified %q", path, modified)
		}
		for since, want := range map[string]int{modified: 304, future: 304, past: 200, "yesterday": 200, "": 200} {
			if !single || since == "" {
				want = 200
			}
			if w := call(t, api, "GET", path, "", "If-Modified-Since", since); w.Code != want {
				t.Errorf("%s, If-Modified-Since %q: status %d, want %d", path, since, w.Code, want)
			}
		}
	}
	tag := call(t, api, "GET", "/v1/sessions/1", "").Header().Get("ETag")
	f.work(1)
	if w := call(t, api, "GET", "/v1/sessions/1", "", "If-None-Match", tag); w.Code != http.StatusOK {
		t.Errorf("what has changed is not shown: status %d", w.Code)
	}
	if w := call(t, api, "GET", "/v1/sessions/1", "", "If-None-Match", tag, "Accept", typeJSONAPI); w.Header().Get("ETag") == tag {
		t.Error("two media types have the same entity tag")
	}
}

// TestDatesOfDefinitions: two definitions never share a date, and a date that
// is still to come is not told.
func TestDatesOfDefinitions(t *testing.T) {
	var s sightings
	at := time.Unix(1000, 5e8)
	for i, c := range []struct {
		definition string
		after      time.Duration
		want       int64
	}{{"a", 0, 1000}, {"a", time.Hour, 1000}, {"b", time.Hour, 4600}, {"c", time.Hour, 4601}, {"b", time.Hour, 4602}, {"b", 2 * time.Hour, 4602}, {"a", 2 * time.Hour, 8200}} {
		if got := s.since("x", c.definition, at.Add(c.after)).Unix(); got != c.want {
			t.Errorf("step %d: %d, want %d", i, got, c.want)
		}
	}
	for i := range 3 * maxSightings {
		s.since(fmt.Sprint(i), "a", at)
	}
	if len(s.last) > maxSightings {
		t.Errorf("%d definitions are remembered", len(s.last))
	}
	f := newFake(busySession())
	api := newTestAPI(t, f)
	date := call(t, api, "GET", "/v1/sessions/1", "").Header().Get("Last-Modified")
	call(t, api, "PATCH", "/v1/sessions/1", body1)
	call(t, api, "PATCH", "/v1/sessions/1", body2)
	call(t, api, "PATCH", "/v1/sessions/1", body1)
	if w := call(t, api, "PATCH", "/v1/sessions/1", body2, "If-Unmodified-Since", date); w.Code != http.StatusPreconditionFailed {
		t.Errorf("changed within a second: status %d", w.Code)
	}
	if later := call(t, api, "GET", "/v1/sessions/1", "").Header().Get("Last-Modified"); later == date {
		t.Errorf("two definitions have the date %s", date)
	}
}

// slow is a proxy whose changes of a session wait until they are let go.
type slow struct {
	*fakeProxy
	at   chan uint64
	wait chan struct{}
}

func (s *slow) UpdateSession(ctx context.Context, id uint64, u engine.Update) error {
	s.at <- id
	select {
	case <-s.wait:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.fakeProxy.UpdateSession(ctx, id, u)
}

// TestNothingComesBetween: while a change with a precondition is made, others
// of the same session wait, whether they have one or not; others go on, and
// nobody waits for ever.
func TestNothingComesBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := busySession(), busySession()
		two.ID, one.LogFlags, two.LogFlags = 2, config.LogFlags{}, config.LogFlags{}
		s := &slow{newFake(one, two), make(chan uint64, 10), make(chan struct{})}
		api := newTestAPI(t, s)
		tag := call(t, api, "GET", "/v1/sessions/1", "").Header().Get("ETag")
		codes := map[string]int{}
		answers := make(chan [2]any, 10)
		send := func(name, method, path, body string, header ...string) {
			go func() { answers <- [2]any{name, call(t, api, method, path, body, header...).Code} }()
			synctest.Wait()
		}
		collect := func(n int) {
			for range n {
				a := <-answers
				codes[a[0].(string)] = a[1].(int)
			}
		}
		send("first", "PATCH", "/v1/sessions/1", body1, "If-Match", tag)
		send("same tag", "PATCH", "/v1/sessions/1", body2, "If-Match", tag)
		send("without", "PATCH", "/v1/sessions/1/relationships/filters", `{"data":[]}`)
		send("other session", "PATCH", "/v1/sessions/2", body1, "If-Match", "*")
		if len(s.at) != 2 || <-s.at != 1 || <-s.at != 2 {
			t.Fatal("changes of one session are made side by side, or those of another one wait")
		}
		send("kill", "DELETE", "/v1/sessions/1", "")
		send("read", "GET", "/v1/sessions/1", "")
		collect(2)
		close(s.wait)
		collect(4)
		want := map[string]int{"first": 204, "same tag": 412, "without": 204, "other session": 204, "kill": 204, "read": 200}
		if fmt.Sprint(codes) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", codes, want)
		}
		if len(api.turns.byPath) != 0 {
			t.Errorf("%d turns are left", len(api.turns.byPath))
		}
		// A change that never ends costs others their own time only.
		s.wait = make(chan struct{})
		begun := time.Now()
		send("stuck", "PATCH", "/v1/sessions/1", body1, "If-Match", "*")
		send("late", "PATCH", "/v1/sessions/1", body1)
		collect(2)
		if codes["stuck"] != 504 || time.Since(begun) != 30*time.Second {
			t.Errorf("got %v after %v", codes, time.Since(begun))
		}
	})
}
