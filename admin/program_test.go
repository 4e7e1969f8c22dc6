package admin

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/penstock-db/penstock/engine/config"
)

// TestGoldenProgram shows what the program tells of itself, as maxscale's
// clients ask for it and under its own name.
func TestGoldenProgram(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	for _, path := range []string{
		"", "maxscale/threads", "maxscale/threads/0", "maxscale/modules", "maxscale/modules/regexfilter", "maxscale/modules/my.wasm:log",
		"maxscale/modules/regexfilter/relationships/filters",
		"modules/mariadb", "maxscale/logs", "maxscale/logs/data?page[size]=2", "maxscale/logs/entries?page[size]=2&page[cursor]=42", "penstock/threads/0", "penstock/logs",
	} {
		name, query, _ := strings.Cut(path, "?")
		w := call(t, api, "GET", "/v1/"+name+"?pretty=true&"+query, "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", path, w.Code, w.Body)
			continue
		}
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s shows a password", path)
		}
		golden(t, cmp.Or(strings.NewReplacer("/", "_", ":", "_").Replace(name), "index")+".json", w.Body.Bytes())
	}
}

// shown is a resource as a client sees it.
type shown struct {
	Data struct {
		ID, Type   string
		Attributes map[string]any
		Links      map[string]string
	}
	Links map[string]string
}

func getObject(t *testing.T, api *API, path string) (o shown) {
	t.Helper()
	w := call(t, api, "GET", path, "")
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", path, w.Code, err, w.Body)
	}
	return o
}

func TestProgram(t *testing.T) {
	api := newTestAPI(t, newFake())
	for _, name := range []string{"maxscale", "penstock"} {
		o := getObject(t, api, "/v1/"+name)
		a := o.Data.Attributes
		if o.Data.ID != name || o.Data.Type != name || o.Links["self"] != "http://localhost:8989/v1/"+name+"/" {
			t.Errorf("%+v", o)
		}
		if a["version"] != "1.2.3" || a["commit"] != "0123abcd" || a["started_at"] != "Fri, 05 Jan 2024 07:24:06 GMT" || a["activated_at"] != a["started_at"] ||
			a["config_file"] != "/etc/penstock/penstock.toml" || a["config_sync"] != nil {
			t.Errorf("attributes %v", a)
		}
		if up := a["uptime"].(float64); up < time.Since(fakeStart).Seconds()-2 || up != float64(int64(up)) {
			t.Errorf("uptime %v", up)
		}
		if now, err := http.ParseTime(a["process_datetime"].(string)); err != nil || time.Since(now) > time.Minute {
			t.Errorf("process_datetime %v, %v", a["process_datetime"], err)
		}
		want := map[string]any{
			"admin":   map[string]any{"address": "127.0.0.1:8989", "dns_timeout": "1s", "enabled": true, "ssl": false},
			"log":     map[string]any{"file": "/var/log/penstock.log", "format": "text", "level": "notice"},
			"plugins": map[string]any{"cache_dir": nil, "park_after": "10s", "watch": true},
			"proxy":   map[string]any{"drain_timeout": "10s"},
		}
		if got, want := asJSON(t, a["parameters"]), asJSON(t, want); got != want {
			t.Errorf("parameters %s, want %s", got, want)
		}
		system := a["system"].(map[string]any)
		if m := system["machine"].(map[string]any); m["cores_physical"].(float64) < 1 || m["memory_physical"].(float64) < 1<<20 {
			t.Errorf("machine %v", m)
		}
		if m := system["maxscale"].(map[string]any); m["threads"] != 8. || m["goroutines"] != 120. || m["query_classifier_cache_size"] != float64(16<<20) {
			t.Errorf("maxscale %v", m)
		}
		if system["os"].(map[string]any)["sysname"] != "Linux" {
			t.Errorf("os %v", system["os"])
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A program that tells nothing of itself is shown as not known.
func TestUnknownProgram(t *testing.T) {
	api := newTestAPI(t, newFake(), func(o *Options) { o.Program = Program{} })
	a := getObject(t, api, "/v1/maxscale").Data.Attributes
	if a["version"] != "" || a["started_at"] != nil || a["uptime"] != 0. || a["config_file"] != nil {
		t.Errorf("maxscale %v", a)
	}
	stats := getObject(t, api, "/v1/maxscale/threads/0").Data.Attributes["stats"].(map[string]any)
	if stats["reads"] != nil || stats["current_descriptors"] != nil || stats["load"].(map[string]any)["last_second"] != nil || stats["sessions"] != 2. {
		t.Errorf("stats %v", stats)
	}
	for _, path := range []string{"/v1/maxscale/logs", "/v1/maxscale/logs/data", "/v1/maxscale/logs/entries", "/v1/maxscale/modules", "/metrics"} {
		if w := call(t, api, "GET", path, ""); w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", path, w.Code, w.Body)
		}
	}
	if w := call(t, api, "POST", "/v1/maxscale/logs/flush", ""); w.Code != http.StatusNoContent {
		t.Errorf("flush: status %d", w.Code)
	}
}

func TestSessionsThreadExists(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	printed := getObject(t, api, "/v1/sessions/1").Data.Attributes["thread"]
	if w := call(t, api, "GET", "/v1/maxscale/threads/"+asJSON(t, printed), ""); w.Code != http.StatusOK {
		t.Errorf("there is no thread %v: status %d", printed, w.Code)
	}
}

// logPath walks the log by its links and returns the numbers of its lines.
func logPages(t *testing.T, api *API, path, link string) (numbers []string) {
	t.Helper()
	for range 10 {
		o := getObject(t, api, path)
		var page []string
		for _, l := range o.Data.Attributes["log"].([]any) {
			page = append(page, l.(map[string]any)["id"].(string))
		}
		if link == "prev" {
			numbers = append(page, numbers...)
		} else {
			numbers = append(numbers, page...)
		}
		next := o.Links[link]
		if next == "" {
			return numbers
		}
		path = strings.TrimPrefix(next, "http://localhost:8989")
	}
	t.Fatal("the log has no end")
	return nil
}

func TestLogPages(t *testing.T) {
	api := newTestAPI(t, newFake())
	for _, c := range []struct{ query, link, want string }{
		{"", "prev", "41 42 43 44 45"},
		{"page[size]=2", "prev", "41 42 43 44 45"},
		{"page[size]=1", "prev", "41 42 43 44 45"},
		{"page[size]=2&page[cursor]=41", "next", "41 42 43 44 45"},
		{"page[size]=2&page[cursor]=1", "next", "41 42 43 44 45"}, // forgotten lines
		{"page[size]=2&page[cursor]=44", "next", "44 45"},
		{"page[size]=2&page[cursor]=99", "next", ""},
		{"page[size]=2147483647", "prev", "41 42 43 44 45"},
		{"priority=notice,alert", "prev", "41 45"},
		{"priority=error,warning&page[size]=1", "prev", "43 44"},
	} {
		got := strings.Join(logPages(t, api, "/v1/maxscale/logs/data?"+c.query, c.link), " ")
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.query, got, c.want)
		}
	}
	for _, query := range []string{"page[size]=0", "page[size]=x", "page[size]=-1", "page[cursor]=a", "priority=loud", "priority="} {
		w := call(t, api, "GET", "/v1/maxscale/logs/data?"+query, "")
		name, _, _ := strings.Cut(query, "=")
		if e := errorsOf(t, w); w.Code != http.StatusBadRequest || e[0].Source == nil || e[0].Source.Parameter != name {
			t.Errorf("%s: status %d, %+v", query, w.Code, e)
		}
	}
}

func TestLogFlush(t *testing.T) {
	log := &fakeLog{}
	api := newTestAPI(t, newFake(), func(o *Options) { o.Program.Log = log })
	if w := call(t, api, "POST", "/v1/maxscale/logs/flush", "ignored"); w.Code != http.StatusNoContent || log.reopened.Load() != 1 {
		t.Errorf("status %d, reopened %d times", w.Code, log.reopened.Load())
	}
	if w := call(t, api, "POST", "/v1/maxscale/logs/flush/", ""); w.Code != http.StatusInternalServerError {
		t.Errorf("a file that cannot be opened: status %d", w.Code)
	}
	if w := call(t, api, "GET", "/v1/maxscale/logs/flush", ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", w.Code)
	}
}

// Modules that have the same file name or the same content are told apart.
func TestModuleNames(t *testing.T) {
	file := func(path, plugin string, hash byte) *module {
		p := &config.Plugin{Module: path, Plugin: plugin}
		sum := strings.Repeat(string("0123456789abcdef"[hash]), 64)
		return &module{id: fileModule(p), attributes: moduleAttributes{File: &path, SHA256: &sum}}
	}
	list := []*module{file("/a/one.wasm", "", 1), file("/b/one.wasm", "", 2), file("/c/one.wasm", "", 2), file("/a/two.wasm", "x", 3), file("/a/two.wasm", "y", 3),
		file("oci://localhost:5000/team/mask:1.2", "", 4), file("oci-layout:/d/artifacts@sha256:"+strings.Repeat("ab", 32), "z", 5)}
	distinguish(list)
	var got []string
	for _, m := range list {
		got = append(got, m.id)
	}
	if want := []string{"one.wasm@11111111", "one.wasm@22222222", "one.wasm@22222222~2", "two.wasm:x", "two.wasm:y", "mask", "artifacts:z"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestMetrics(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	for _, accept := range []string{"", "*/*", "text/plain", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"} {
		w := call(t, api, "GET", "/metrics", "", "Accept", accept)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
			t.Errorf("Accept %q: status %d, %s", accept, w.Code, w.Header().Get("Content-Type"))
		}
	}
	text := call(t, api, "GET", "/metrics", "").Body.String()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if strings.Contains(text, "hunter2") {
		t.Error("a password is shown")
	}
	var own strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "penstock_") {
			own.WriteString(line)
		}
	}
	golden(t, "metrics.txt", []byte(own.String()))
	for _, want := range []string{"go_goroutines ", "process_resident_memory_bytes ", "process_open_fds "} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("there is no %s", want)
		}
	}
	if w := call(t, api, "GET", "/metrics", "", "Authorization", "Basic bm86bm8="); w.Code != http.StatusUnauthorized {
		t.Errorf("without credentials: status %d", w.Code)
	}
}
