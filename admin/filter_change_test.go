package admin

import (
	"net/http"
	"strings"
	"testing"
)

func TestPatchFilter(t *testing.T) {
	for _, c := range []struct {
		name, target, body string
		status             int
		want               string // in the answer, or the options afterwards
	}{
		{"an option more", "log", `{"data":{"attributes":{"parameters":{"options":{"exclude":"b"}}}}}`, 204, `{"exclude":"b","match":"a","user":"u"}`},
		{"another value", "log", `{"data":{"id":"log","type":"filters","attributes":{"parameters":{"options":{"match":"c"}}}}}`, 204, `{"match":"c","user":"u"}`},
		{"an option less", "log", `{"data":{"attributes":{"parameters":{"options":{"user":null}}}}}`, 204, `{"match":"a"}`},
		{"read again", "log", `{"data":{}}`, 204, `{"match":"a","user":"u"}`},
		{"the plugin refuses", "log", `{"data":{"attributes":{"parameters":{"options":{"match":"refused"}}}}}`, 400, "the plugin's own words"},
		{"no such filter", "lok", `{"data":{}}`, 404, `no \"lok\" among the filters`},
		{"no data", "log", `{}`, 400, `member \"data\" is missing`},
		{"no JSON", "log", `{`, 400, "pointer"},
		{"a typo", "log", `{"data":{"attributes":{"parameters":{"option":{}}}}}`, 400, "/data/attributes/parameters/option"},
		{"options of the wrong type", "log", `{"data":{"attributes":{"parameters":{"options":[]}}}}`, 400, "/data/attributes/parameters/options"},
		{"a module of the wrong type", "log", `{"data":{"attributes":{"parameters":{"module":5}}}}`, 400, "/data/attributes/parameters/module"},
		{"another id", "log", `{"data":{"id":"hide"}}`, 409, "/data/id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			w := call(t, newTestAPI(t, f), "PATCH", "/v1/filters/"+c.target, c.body)
			if w.Code != c.status {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if c.status != http.StatusNoContent {
				if !strings.Contains(w.Body.String(), c.want) {
					t.Errorf("%q is not in %s", c.want, w.Body)
				}
				if f.filter.Module != "" {
					t.Error("a refused change left traces")
				}
				return
			}
			if string(f.filter.Options) != c.want || f.filter.Module != "qlafilter" {
				t.Errorf("now %s %s", f.filter.Module, f.filter.Options)
			}
		})
	}
}
