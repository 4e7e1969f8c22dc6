package admin

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
)

// FuzzEdit sends any body to everything that changes the configuration. It never
// is the API's own fault; what is refused leaves no trace and says where it is
// wrong; what is accepted can be read again by the next start, and is the same.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"data":{}}`, `{"data":{"id":"new","attributes":{"module":"maxrows","parameters":{"max_resultset_rows":5}}}}`,
		params(`{"match":"a","options":{"b":[1,2.5,true,"x",{"c":"d"}]}}`), params(`{"port":1,"address":"::1","socket":null,"ssl":true}`),
		params(`{"weight":1e3,"rank":"7","maintenance":"on"}`), params(`{"router":{"module":"readconnroute","options":{"a":1}},"net_timeout":5}`),
		params(`{"timeout":1.5,"memory":1048576,"sinks":"a, b","module":"maxrows"}`), params(`{"options":{"a":{"b":null}}}`),
		`{"data":{"relationships":{"servers":{"data":[{"id":"spare","type":"servers"}]},"filters":{"data":null},"monitors":{"data":[]}}}}`,
		`{"data":[{"id":"spare"}]}`, `{"data":null}`, params(`{"password":"*****"}`), params(`{"tls":{"verify_peer":false}}`), params(`{"options":{"":1,"a.b":[[]],"\u0000":"\u0000"}}`),
		params(`{"options":{"a":9223372036854775808,"b":1e400,"c":[1,"x"],"d":[[1],["x"]]}}`),
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(5))
	}
	targets := []struct{ method, path string }{
		{"POST", "filters"}, {"PATCH", "filters/hide"}, {"POST", "services"}, {"PATCH", "services/app"}, {"PATCH", "services/app/relationships/filters"},
		{"PATCH", "servers/primary"}, {"POST", "servers"}, {"PATCH", "servers/spare/relationships/services"}, {"POST", "listeners"}, {"PATCH", "listeners/app"},
		{"POST", "monitors"}, {"PATCH", "monitors/watch"}, {"PATCH", "monitors/watch/relationships/servers"},
	}
	f.Fuzz(func(t *testing.T, body []byte, n uint8) {
		d := newDesk(t)
		before := d.config()
		target := targets[int(n)%len(targets)]
		w := call(t, deskAPI(t, d), target.method, "/v1/"+target.path, string(body), "Content-Type", "application/json")
		switch {
		case w.Code == http.StatusNoContent:
			c, err := config.Load(d.file)
			if err != nil {
				t.Fatalf("penstock would not start: %v", err)
			}
			if !alike(c, d.config()) {
				t.Fatal("what is kept is not what is in force")
			}
		case w.Code != http.StatusBadRequest && w.Code != http.StatusConflict:
			t.Fatalf("status %d: %s", w.Code, w.Body)
		default:
			for _, e := range errorsOf(t, w) {
				if e.Source == nil || e.Source.Pointer == nil || *e.Source.Pointer != "" && !strings.HasPrefix(*e.Source.Pointer, "/") {
					t.Fatalf("it points nowhere: %+v", e)
				}
			}
			if _, err := os.Stat(config.OverlayPath(d.file)); !errors.Is(err, fs.ErrNotExist) || d.config() != before {
				t.Fatal("a refused change left traces")
			}
		}
	})
}
