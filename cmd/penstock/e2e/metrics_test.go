package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// scrape reads /metrics as Prometheus does, as sums over what has all the labels.
func scrape(t *testing.T, p *rig.Proxy) func(name string, labels ...string) float64 {
	t.Helper()
	res, err := p.API.Raw(http.MethodGet, "/metrics", "", "Accept",
		"application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1")
	must(t, err)
	if res.Code != http.StatusOK {
		t.Fatalf("status %d: %s", res.Code, res.Body)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(res.Body))
	must(t, err)
	return func(name string, labels ...string) (sum float64) {
		t.Helper()
		f := families[name]
		if f == nil {
			t.Fatalf("there is no metric %s", name)
		}
		for _, m := range f.Metric {
			has := map[string]bool{}
			for _, l := range m.Label {
				has[l.GetName()+"="+l.GetValue()] = true
			}
			fits := true
			for _, l := range labels {
				fits = fits && has[l]
			}
			if fits {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		return sum
	}
}

func TestMetrics(t *testing.T) {
	set := setup(primary, replica)
	set.Services = []rig.Service{{Name: "counted", Router: "readconnroute", Servers: []string{"primary"}, Filters: []string{"hide"}}}
	p := rig.Start(t, set)
	before := scrape(t, p)
	must(t, rig.Await("the session that looked whether Penstock serves to be gone", func() error {
		before = scrape(t, p)
		if n := before("penstock_service_sessions", "service=counted") + before("penstock_server_connections", "server=primary"); n != 0 {
			return fmt.Errorf("%g sessions and connections", n)
		}
		return nil
	}))
	c, err := open(t, p.DSN("counted")).Conn(t.Context())
	must(t, err)
	defer c.Close()
	for range 10 {
		var n int
		must(t, c.QueryRowContext(t.Context(), "SELECT 1").Scan(&n))
	}
	after := scrape(t, p)
	for _, c := range []struct {
		name   string
		labels []string
		grew   float64
	}{
		{"penstock_service_sessions", []string{"service=counted"}, 1},
		{"penstock_service_sessions_total", []string{"service=counted"}, 1},
		{"penstock_server_connections", []string{"server=primary"}, 1},
		{"penstock_plugin_instances", []string{"kind=filter", "name=hide"}, 1},
		{"penstock_plugin_instances", []string{"kind=router", "name=counted"}, 1},
		{"penstock_build_info", nil, 0},
	} {
		if got := after(c.name, c.labels...) - before(c.name, c.labels...); got != c.grew {
			t.Errorf("%s%v grew by %g, not %g", c.name, c.labels, got, c.grew)
		}
	}
	if n := after("penstock_service_queries_total", "service=counted"); n < 10 {
		t.Errorf("%g queries", n)
	}
	if n := after("penstock_plugin_private_bytes", "kind=filter", "name=hide"); n <= 0 {
		t.Errorf("the filter holds %g bytes", n)
	}
	if n := after("process_cpu_seconds_total"); n <= 0 {
		t.Errorf("%g seconds of CPU", n)
	}
	res, err := p.API.Raw(http.MethodGet, "/metrics", "", "Authorization", "Basic bm86bm8=")
	must(t, err)
	if res.Code != http.StatusUnauthorized {
		t.Errorf("without the right password: status %d", res.Code)
	}
}

// Everything that can be read is found from /v1 by following links.
func TestEveryLinkOfALiveProxy(t *testing.T) {
	c, err := open(t, proxy.DSN(split)).Conn(t.Context())
	must(t, err)
	defer c.Close()
	seen := map[string]bool{}
	queue := []string{proxy.API.Base() + "/v1/"}
	for len(queue) > 0 {
		link := queue[0]
		queue = queue[1:]
		path, ok := strings.CutPrefix(link, proxy.API.Base())
		if !ok {
			t.Fatalf("the link %s leads elsewhere", link)
		}
		res, err := proxy.API.Raw(http.MethodGet, path, "", maxctrlHeaders...)
		must(t, err)
		if res.Code == http.StatusNotFound && strings.HasPrefix(path, "/v1/sessions/") {
			continue // it has ended meanwhile
		}
		if res.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", link, res.Code, res.Body)
			continue
		}
		var doc any
		must(t, json.Unmarshal(res.Body, &doc))
		eachLink(doc, func(next string) {
			// Log pages go on and on, for each request is a line.
			if !seen[next] && !strings.Contains(next, "?") {
				seen[next] = true
				queue = append(queue, next)
			}
		})
	}
	for _, want := range []string{"services/split/", "servers/replica/", "filters/hide/relationships/services/", "monitors/main/", "listeners/",
		"maxscale/modules/readwritesplit/", "maxscale/threads/0/", "penstock/", "maxscale/logs/data/"} {
		if !seen[proxy.API.Base()+"/v1/"+want] {
			t.Errorf("no link leads to %s", want)
		}
	}
}

// eachLink calls f for the value of every member of a links object.
func eachLink(v any, f func(link string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if members, ok := value.(map[string]any); ok && name == "links" {
				for _, link := range members {
					if link, ok := link.(string); ok && strings.HasPrefix(link, "http") { // the OpenAPI document describes links
						f(link)
					}
				}
			} else {
				eachLink(value, f)
			}
		}
	case []any:
		for _, value := range v {
			eachLink(value, f)
		}
	}
}

// A log file that was moved away is gone on with in a new one.
func TestFlushOfTheLog(t *testing.T) {
	set := setup(primary, replica)
	set.Services = []rig.Service{{Name: "logged", Router: "readconnroute", Servers: []string{"primary"}}}
	set.LogFile = "penstock.log"
	p := rig.Start(t, set)
	path := filepath.Join(p.Dir, "penstock.log")
	if got := fmt.Sprint(maxctrlGets(t, p, "/v1/maxscale/logs")); !strings.Contains(got, path) {
		t.Errorf("the log's file is not told: %s", got)
	}
	must(t, os.Rename(path, path+".1"))
	must(t, p.API.Do(http.MethodPost, "/v1/maxscale/logs/flush", nil, nil))
	must(t, rig.Await("the request's own line, which is written after the answer", func() error {
		text, err := os.ReadFile(path)
		if err == nil && !strings.Contains(string(text), "/v1/maxscale/logs/flush") {
			err = fmt.Errorf("the new file has %q", text)
		}
		return err
	}))
	doc := maxctrlGets(t, p, "/v1/maxscale/logs/data?priority=notice")
	if got := fmt.Sprint(doc["data"]); !strings.Contains(got, "penstock is ready") || strings.Contains(got, "priority:info") {
		t.Errorf("the log's data: %s", got)
	}
}
