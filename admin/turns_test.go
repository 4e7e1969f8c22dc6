package admin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// slowBody tells when somebody begins to read it, and then waits.
type slowBody struct {
	begun, goOn chan struct{}
	text        io.Reader
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.begun != nil {
		close(b.begun)
		<-b.goOn
		b.begun = nil
	}
	return b.text.Read(p)
}

// TestTurnsOfTheConfiguration has changes come while another one has looked at
// its conditions and has not been made yet: what could change the same resource
// by way of another one waits.
func TestTurnsOfTheConfiguration(t *testing.T) {
	d := newDesk(t, busySession())
	api := newTestAPI(t, d, func(o *Options) { o.Editor, o.RequestTimeout = d, 50*time.Millisecond })
	body := &slowBody{make(chan struct{}), make(chan struct{}), strings.NewReader(`{"data":{"relationships":{"servers":{"data":[{"id":"primary"},{"id":"spare"}]}}}}`)}
	begun, first := body.begun, make(chan int)
	r := httptest.NewRequest("PATCH", "http://localhost/v1/services/app", body)
	r.SetBasicAuth("admin", "penstock")
	r.Header.Set("If-Match", "*")
	go func() {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		first <- w.Code
	}()
	<-begun
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
	close(body.goOn)
	if status := <-first; status != http.StatusNoContent {
		t.Errorf("the first change: status %d", status)
	}
	if len(api.turns.byPath) != 0 {
		t.Errorf("%d turns are left", len(api.turns.byPath))
	}
}
