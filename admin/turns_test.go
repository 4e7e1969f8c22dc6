package admin

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/config"
)

// slowly has something read only when goOn is closed, and tells of it.
type slowly struct {
	begun, goOn chan struct{}
	text        io.Reader
}

func newSlowly(text string) *slowly {
	return &slowly{make(chan struct{}, 1), make(chan struct{}), strings.NewReader(text)}
}

func (b *slowly) Read(p []byte) (int, error) {
	select {
	case b.begun <- struct{}{}:
	default:
	}
	<-b.goOn
	return b.text.Read(p)
}

// slowDesk is an editor that takes its time with the first change.
type slowDesk struct {
	*desk
	begun, goOn chan struct{}
	once        sync.Once
}

func (d *slowDesk) Edit(ctx context.Context, change func(*config.Config, *config.Overlay) error) error {
	d.once.Do(func() { close(d.begun); <-d.goOn })
	return d.desk.Edit(ctx, change)
}

const serversBody = `{"data":{"relationships":{"servers":{"data":[{"id":"primary"},{"id":"spare"}]}}}}`

// begin sends a conditional change of the configuration. done has its status.
func begin(api *API, body io.Reader) (done chan int) {
	r := httptest.NewRequest("PATCH", "http://localhost/v1/services/app", body)
	r.SetBasicAuth("admin", "penstock")
	r.Header.Set("If-Match", "*")
	done = make(chan int, 1)
	go func() {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		done <- w.Code
	}()
	return done
}

// TestSlowBodyHoldsUpNobody has a change whose client is slow, and another one
// meanwhile.
func TestSlowBodyHoldsUpNobody(t *testing.T) {
	d := newDesk(t)
	api := newTestAPI(t, d, func(o *Options) { o.Editor = d })
	body := newSlowly(serversBody)
	first := begin(api, body)
	<-body.begun
	if w := call(t, api, "PUT", "/v1/services/app/stop", ""); w.Code != http.StatusNoContent {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	close(body.goOn)
	if status := <-first; status != http.StatusNoContent {
		t.Errorf("the first change: status %d", status)
	}
}

// TestTurnsOfTheConfiguration has changes come while another one has looked at
// its conditions and has not been made yet: what could change the same resource
// by way of another one waits.
func TestTurnsOfTheConfiguration(t *testing.T) {
	d := &slowDesk{desk: newDesk(t, busySession()), begun: make(chan struct{}), goOn: make(chan struct{})}
	api := newTestAPI(t, d, func(o *Options) { o.Editor, o.RequestTimeout = d, 50*time.Millisecond })
	first := begin(api, strings.NewReader(serversBody))
	<-d.begun
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"PATCH", "/v1/servers/replica/relationships/services", `{"data":[]}`, http.StatusGatewayTimeout},
		{"DELETE", "/v1/servers/replica?force=yes", "", http.StatusGatewayTimeout},
		{"PUT", "/v1/services/app/stop", "", http.StatusGatewayTimeout},
		{"PATCH", "/v1/sessions/1", `{"data":{"attributes":{"parameters":{"log_info":true}}}}`, http.StatusNoContent},
		{"DELETE", "/v1/sessions/1", "", http.StatusNoContent},
	} {
		if w := call(t, api, c.method, c.path, c.body); w.Code != c.want {
			t.Errorf("%s %s: status %d: %s", c.method, c.path, w.Code, w.Body)
		}
	}
	close(d.goOn)
	if status := <-first; status != http.StatusNoContent {
		t.Errorf("the first change: status %d", status)
	}
	if len(api.turns.byPath) != 0 {
		t.Errorf("%d turns are left", len(api.turns.byPath))
	}
}
