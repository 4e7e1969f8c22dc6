package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/penstock-db/penstock/engine"
)

func serve(api http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w
}

// TestStreamIsTheSameText holds what is written bit by bit against the
// document that is encoded at once.
func TestStreamIsTheSameText(t *testing.T) {
	for n := range 4 {
		f := herd(n)
		api := newTestAPI(t, f)
		doc := document{Data: []resource{}, Links: links{Self: "http://localhost:8989/v1/sessions/"}}
		list := []resource{}
		for _, id := range f.SessionIDs() {
			list = append(list, sessionResource("http://localhost:8989/v1", new(f.sessions[id]), nil))
		}
		doc.Data = list
		for _, query := range []string{"", "?pretty=true"} {
			want, err := encode(&doc, query != "")
			if err != nil {
				t.Fatal(err)
			}
			w := serve(api, listRequest(query))
			if !bytes.Equal(w.Body.Bytes(), want) {
				t.Errorf("%d sessions, %q:\n%s\nwant\n%s", n, query, w.Body, want)
			}
			if w.Header().Get("ETag")+w.Header().Get("Last-Modified") != "" {
				t.Error("a stream has validators")
			}
			r := listRequest(query)
			r.Header.Set("If-None-Match", (tag{}).String())
			if w := serve(api, r); w.Code != http.StatusOK {
				t.Errorf("the tag of what has none: status %d", w.Code)
			}
		}
	}
}

// vanishing is a proxy whose sessions end as they are looked at, or that has
// the request end.
type vanishing struct {
	*fakeProxy
	after  int
	cancel context.CancelFunc
}

func (v *vanishing) Snapshot(id uint64) (engine.Snapshot, error) {
	if v.after--; v.after < 0 {
		if v.cancel == nil {
			return engine.Snapshot{}, engine.ErrNoSession
		}
		v.cancel()
	}
	return v.fakeProxy.Snapshot(id)
}

func TestSessionsThatEndMeanwhile(t *testing.T) {
	for _, query := range []string{"", "?page[size]=50", "?filter=id=gt(0)", "?rdns=true"} {
		w := serve(newTestAPI(t, &vanishing{fakeProxy: herd(20), after: 7}), listRequest(query))
		var doc struct{ Data []struct{ ID string } }
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || len(doc.Data) > 7 {
			t.Errorf("%q: %v, %d sessions", query, err, len(doc.Data))
		}
	}
}

// TestStreamThatIsCutOff has the client give up early, and when part is sent.
func TestStreamThatIsCutOff(t *testing.T) {
	for after, want := range map[int]int{2: http.StatusRequestTimeout, 500: 0} {
		ctx, cancel := context.WithCancel(t.Context())
		v := &vanishing{fakeProxy: herd(1000), after: after, cancel: cancel}
		api := newTestAPI(t, v)
		status := func() (status int) {
			defer func() {
				if p := recover(); p != nil {
					if p != http.ErrAbortHandler {
						panic(p)
					}
					status = 0
				}
			}()
			return serve(api, listRequest("").WithContext(ctx)).Code
		}()
		if status != want {
			t.Errorf("cut off after %d sessions: status %d, want %d", after, status, want)
		}
		cancel()
	}
}
