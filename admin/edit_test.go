package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

func params(text string) string {
	return `{"data":{"attributes":{"parameters":` + text + `}}}`
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		want                     string // of a refusal: pointer and words; else of the overlay
	}{
		{"an option more", "PATCH", "filters/hide", params(`{"options":{"exclude":"b"}}`), 204, `exclude = "b"`},
		{"an option, flat", "PATCH", "filters/hide", params(`{"match":"iban"}`), 204, `match = "iban"`},
		{"a text that maxctrl took for a number", "PATCH", "filters/hide", params(`{"match":4711}`), 204, `match = "4711"`},
		{"an option less", "PATCH", "filters/hide", params(`{"options":{"replace":null}}`), 204, `"replace"]`},
		{"the plugin refuses", "PATCH", "filters/hide", params(`{"match":"refused"}`), 400, "/data/attributes/parameters|the plugin's own words"},
		{"stars", "PATCH", "filters/log", params(`{"options":{"password":"*****"}}`), 400, "/data/attributes/parameters/options/password|in the place of a secret"},
		{"null inside", "PATCH", "filters/log", params(`{"options":{"a":{"b":[null]}}}`), 400, "/data/attributes/parameters/options/a/b/0|null"},
		{"options of the wrong type", "PATCH", "filters/log", params(`{"options":[]}`), 400, "/data/attributes/parameters/options|object"},
		{"a module", "PATCH", "filters/log", params(`{"module":"maxrows"}`), 204, `module = "maxrows"`},
		{"a module of the wrong type", "PATCH", "filters/log", params(`{"module":[]}`), 400, "/data/attributes/parameters/module|string"},
		{"a time budget", "PATCH", "filters/log", params(`{"timeout":1,"memory":"64MiB"}`), 204, `timeout = "1s"`},
		{"another id", "PATCH", "filters/log", `{"data":{"id":"hide"}}`, 409, "/data/id|"},
		{"no such filter", "PATCH", "filters/lok", `{"data":{}}`, 404, `|no "lok" among the filters`},
		{"no data", "PATCH", "filters/log", `{}`, 400, `|member "data" is missing`},
		{"no JSON", "PATCH", "filters/log", `{`, 400, "|no JSON"},
		{"a file", "PATCH", "filters/log", params(`{"files":{"script":"penstock.toml"}}`), 204, `script = "penstock.toml"`},
		{"no file any more", "PATCH", "filters/log", params(`{"files":{"script":null}}`), 204, ""},
		{"no such file", "PATCH", "filters/log", params(`{"files":{"script":"nowhere.lua"}}`), 400, "/data/attributes/parameters/files/script|no such file"},
		{"a file for an option that is there", "PATCH", "filters/hide", params(`{"files":{"match":"penstock.toml"}}`), 400, "/data/attributes/parameters/files/match|there is an option"},
		{"files of the wrong type", "PATCH", "filters/log", params(`{"files":"penstock.toml"}`), 400, "/data/attributes/parameters/files|object"},
		{"a router's file", "PATCH", "services/app", params(`{"router":{"files":{"script":"penstock.toml"}}}`), 204, `script = "penstock.toml"`},
		{"a new filter", "POST", "filters", `{"data":{"id":"new","attributes":{"module":"regexfilter","parameters":{"match":"a","replace":"b"}}}}`, 204, "[filters.new.options]"},
		{"a filter that is there", "POST", "filters", `{"data":{"id":"hide","attributes":{"module":"regexfilter"}}}`, 409, "/data/id|already"},
		{"a filter without a module", "POST", "filters", `{"data":{"id":"new"}}`, 400, "/data/id|module"},
		{"a bad name", "POST", "filters", `{"data":{"id":"a b","attributes":{"module":"maxrows"}}}`, 400, "/data/id|not usable"},
		{"a filter in use", "DELETE", "filters/hide", "", 409, "|services app"},
		{"a filter in use, by force", "DELETE", "filters/hide?force=yes", "", 204, `removed = [["filters", "hide"]]`},
		{"a filter", "DELETE", "filters/log", "", 204, `["filters", "log"]`},

		{"a service's parameters", "PATCH", "services/app", params(`{"max_connections":5,"connection_timeout":300,"log_info":"true","net_timeout":"5s"}`), 204, `connection_timeout = "300s"`},
		{"a router's option", "PATCH", "services/app", params(`{"max_replication_lag":"5s"}`), 204, `max_replication_lag = "5s"`},
		{"another router", "PATCH", "services/app", params(`{"router":"readconnroute"}`), 204, `module = "readconnroute"`},
		{"a password", "PATCH", "services/app", params(`{"password":"new"}`), 204, `["services", "app", "password_env"]`},
		{"a number that is none", "PATCH", "services/app", params(`{"max_connections":"many"}`), 400, "/data/attributes/parameters/max_connections|whole number"},
		{"out of range", "PATCH", "services/app", params(`{"max_connections":-1}`), 400, "/data/attributes/parameters/max_connections|out of range"},
		{"a service's filters", "PATCH", "services/app", `{"data":{"id":"app","type":"services","relationships":{"filters":{"data":[{"id":"log","type":"filters"},{"id":"hide"}]}}}}`, 204, `filters = ["log", "hide"]`},
		{"no filters", "PATCH", "services/app", `{"data":{"relationships":{"filters":{"data":null}}}}`, 204, `filters = []`},
		{"filters by themselves", "PATCH", "services/app/relationships/filters", `{"data":[{"id":"log"}]}`, 204, `filters = ["log"]`},
		{"unknown filter", "PATCH", "services/app/relationships/filters", `{"data":[{"id":"lok"}]}`, 400, "/data|no [filters.lok]"},
		{"unknown filter in the document", "PATCH", "services/app", `{"data":{"relationships":{"filters":{"data":[{"id":"lok"}]}}}}`, 400, "/data/relationships/filters/data|no [filters.lok]"},
		{"no servers", "PATCH", "services/app/relationships/servers", `{"data":[]}`, 400, "/data|empty"},
		{"a new service", "POST", "services", `{"data":{"id":"new","attributes":{"router":"readconnroute","parameters":{"user":"u","password":"p","router_options":"master"}},"relationships":{"servers":{"data":[{"id":"primary","type":"servers"}]}}}}`, 204, `router_options = "master"`},
		{"a service without servers", "POST", "services", `{"data":{"id":"new","attributes":{"router":"readconnroute","parameters":{"user":"u","password":"p"}}}}`, 400, "/data/id|servers"},
		{"stop", "PUT", "services/app/stop", "", 204, "stopped = true"},
		{"a service with listeners", "DELETE", "services/app", "", 409, "|listeners app"},
		{"a service by force", "DELETE", "services/app?force=yes", "", 204, `["listeners", "app"]`},

		{"a port", "PATCH", "servers/primary", params(`{"port":3307}`), 204, `address = "10.0.0.1:3307"`},
		{"an address", "PATCH", "servers/primary", params(`{"address":"::1"}`), 204, `address = "[::1]:3306"`},
		{"a socket for an address", "PATCH", "servers/primary", params(`{"socket":"/tmp/s"}`), 204, `["servers", "primary", "address"]`},
		{"an address for a socket", "PATCH", "servers/replica", params(`{"address":"h","port":1}`), 204, `address = "h:1"`},
		{"TLS", "PATCH", "servers/primary", params(`{"ssl":true,"ssl_verify_peer_certificate":false}`), 204, "verify_peer = false"},
		{"no TLS", "PATCH", "servers/spare", params(`{"ssl":false}`), 204, `["servers", "spare", "tls"]`},
		{"a new server", "POST", "servers", `{"data":{"id":"new","type":"servers","attributes":{"parameters":{"address":"h"}},"relationships":{"services":{"data":[{"id":"app","type":"services"}]},"monitors":{"data":[{"id":"watch","type":"monitors"}]}}}}`, 204, `address = "h:3306"`},
		{"a server without an address", "POST", "servers", `{"data":{"id":"new","type":"servers"}}`, 400, "/data/id|address"},
		{"unknown parameter", "PATCH", "servers/primary", params(`{"wieght":3}`), 400, "/data/attributes/parameters/wieght|no parameter"},
		{"unknown service", "PATCH", "servers/spare", `{"data":{"relationships":{"services":{"data":[{"id":"ap"}]}}}}`, 400, "/data/relationships/services/data/0/id|no \"ap\""},
		{"services of a server", "PATCH", "servers/spare/relationships/services", `{"data":[{"id":"other"}]}`, 204, `servers = ["primary", "spare"]`},
		{"maintenance", "PUT", "servers/primary/set?state=maintenance&force=yes", "", 204, "maintenance = true"},
		{"drain", "PUT", "servers/primary/set?state=drain", "", 204, "draining = true"},
		{"another state", "PUT", "servers/primary/set?state=master", "", 400, "state|maintenance and drain"},
		{"clear", "PUT", "servers/primary/clear?state=maintenance", "", 204, "What the REST API"},
		{"a server in use", "DELETE", "servers/primary", "", 409, "|monitors watch"},
		{"the last server by force", "DELETE", "servers/primary?force=yes", "", 409, "|empty"},
		{"a server", "DELETE", "servers/spare", "", 204, `["servers", "spare"]`},

		{"a new listener", "POST", "listeners", `{"data":{"id":"new","type":"listeners","attributes":{"parameters":{"port":4007}},"relationships":{"services":{"data":[{"id":"app","type":"services"}]}}}}`, 204, `address = ":4007"`},
		{"a listener where one is", "POST", "listeners", `{"data":{"id":"new","attributes":{"parameters":{"address":"127.0.0.1","port":4006}},"relationships":{"services":{"data":[{"id":"app"}]}}}}`, 400, "/data/attributes/parameters/port|listens there too"},
		{"a listener of nothing", "POST", "listeners", `{"data":{"id":"new","attributes":{"parameters":{"port":4007}}}}`, 400, "/data/id|service"},
		{"a listener's port", "PATCH", "listeners/app", params(`{"port":4010}`), 204, `address = "127.0.0.1:4010"`},
		{"a listener stops", "PUT", "listeners/app/stop?force=yes", "", 204, "stopped = true"},
		{"a listener goes", "DELETE", "listeners/app", "", 204, `["listeners", "app"]`},

		{"a monitor's interval", "PATCH", "monitors/watch", params(`{"monitor_interval":"3s","failcount":5}`), 204, "fail_count = 5"},
		{"a monitor's servers", "PATCH", "monitors/watch/relationships/servers", `{"data":[{"id":"spare","type":"servers"}]}`, 204, `servers = ["spare"]`},
		{"a new monitor", "POST", "monitors", `{"data":{"id":"new","attributes":{"module":"mariadbmon","parameters":{"user":"u","password":"p"}},"relationships":{"servers":{"data":[{"id":"spare"}]}}}}`, 204, `module = "mariadb"`},
		{"watched twice", "POST", "monitors", `{"data":{"id":"new","attributes":{"module":"mariadbmon","parameters":{"user":"u","password":"p"}},"relationships":{"servers":{"data":[{"id":"primary"}]}}}}`, 400, "watched by"},
		{"a monitor stops", "PUT", "monitors/watch/stop", "", 204, "stopped = true"},
		{"a monitor that watches", "DELETE", "monitors/watch", "", 409, "|servers primary"},
		{"a monitor by force", "DELETE", "monitors/watch?force=yes", "", 204, `["monitors", "watch"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			before := d.config()
			w := call(t, deskAPI(t, d), c.method, "/v1/"+c.path, c.body)
			if w.Code != c.status {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if c.status == http.StatusNoContent {
				text, _ := os.ReadFile(config.OverlayPath(d.file))
				if !strings.Contains(string(text), c.want) {
					t.Errorf("%q is not in the overlay:\n%s", c.want, text)
				}
				return
			}
			pointer, words, _ := strings.Cut(c.want, "|")
			if words == "" {
				pointer, words = "", pointer
			}
			found := false
			for _, e := range errorsOf(t, w) {
				at := ""
				if e.Source != nil && e.Source.Pointer != nil {
					at = *e.Source.Pointer
				} else if e.Source != nil {
					at = e.Source.Parameter
				}
				found = found || strings.Contains(e.Detail+at, words) && (pointer == "" || at == pointer)
				if !found {
					t.Logf("%s: %s", at, e.Detail)
				}
			}
			if !found {
				t.Errorf("want %q", c.want)
			}
			if _, err := os.Stat(config.OverlayPath(d.file)); err == nil || d.config() != before {
				t.Error("a refused change left traces")
			}
		})
	}
}

// What GET printed changes nothing when it is sent back, stars included.
func TestDocumentsSentBack(t *testing.T) {
	d := newDesk(t)
	api := deskAPI(t, d)
	for _, path := range []string{"services/app", "services/other", "servers/primary", "servers/replica", "servers/spare", "filters/hide", "filters/log",
		"listeners/app", "listeners/other", "monitors/watch"} {
		got := call(t, api, "GET", "/v1/"+path, "")
		if w := call(t, api, "PATCH", "/v1/"+path, got.Body.String()); w.Code != http.StatusNoContent {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		again := call(t, api, "GET", "/v1/"+path, "")
		var a, b any
		_ = json.Unmarshal(got.Body.Bytes(), &a)
		_ = json.Unmarshal(again.Body.Bytes(), &b)
		if !alike(a, b) {
			t.Errorf("%s was\n%s\nand is\n%s", path, got.Body, again.Body)
		}
	}
	if c := d.config(); c.Services["app"].Password != "hunter2" || c.Monitors["watch"].Password != "hunter2" || !strings.Contains(string(c.Filters["hide"].Options), "hunter2") {
		t.Error("stars have taken the place of a secret")
	}
}

// A registry that is away is not the body's fault, even if what it is away with is a timeout.
func TestRegistryIsAway(t *testing.T) {
	away := fmt.Errorf("filter %q: %w", "hide", &engine.UnavailableError{Registry: "registry.example.com", Err: context.DeadlineExceeded})
	for what, d := range map[string]*desk{`{"data":{}}`: newDesk(t), params(`{"match":"other"}`): newDesk(t)} {
		d.refuse, d.unupgraded = away, away
		if what == `{"data":{}}` {
			d.refuse = nil
		}
		w := call(t, deskAPI(t, d), "PATCH", "/v1/filters/hide", what)
		if e := errorsOf(t, w); w.Code != http.StatusServiceUnavailable || len(e) != 1 || !strings.Contains(e[0].Detail, `filter "hide": the registry registry.example.com cannot be asked`) {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
}

func TestUnchangedFilterIsTriedAgain(t *testing.T) {
	d := newDesk(t)
	for _, body := range []string{`{"data":{}}`, params(`{"match":"card"}`)} {
		if w := call(t, deskAPI(t, d), "PATCH", "/v1/filters/hide", body); w.Code != http.StatusNoContent {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if len(d.upgraded) != 2 {
		t.Errorf("it was made anew %d times", len(d.upgraded))
	}
}
