package admin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine"
)

func from(id uint64, remote string) engine.Snapshot {
	return engine.Snapshot{ID: id, Service: "app", Remote: remote, Connected: fakeStart}
}

func TestReverseLookup(t *testing.T) {
	var lookups atomic.Int32
	names := map[string][]string{"192.0.2.1": {"one.example.", "also.example."}, "2001:db8::2": {"two.example"}, "192.0.2.4": {}}
	api := newTestAPI(t, newFake(from(1, "192.0.2.1"), from(2, "2001:db8::2"), from(3, "192.0.2.3"), from(4, "192.0.2.4"),
		from(5, "localhost"), from(6, "192.0.2.1")), func(o *Options) {
		o.Lookup = func(_ context.Context, address string) ([]string, error) {
			lookups.Add(1)
			if n, ok := names[address]; ok {
				return n, nil
			}
			return nil, errors.New("no such host")
		}
	})
	body := call(t, api, "GET", "/v1/sessions?rdns=true", "").Body.String()
	for want, times := range map[string]int{"one.example": 2, "two.example": 1, "192.0.2.3": 1, "192.0.2.4": 1, "localhost": 1} {
		if got := strings.Count(body, `"remote":"`+want+`"`); got != times {
			t.Errorf("%s occurs %d times, want %d", want, got, times)
		}
	}
	if n := lookups.Load(); n != 4 {
		t.Errorf("%d lookups for 4 addresses", n)
	}
	if body := call(t, api, "GET", "/v1/sessions/1?rdns=false", "").Body.String(); !strings.Contains(body, `"192.0.2.1"`) {
		t.Error("rdns=false looked up")
	}
	w := call(t, api, "GET", "/v1/sessions/1?rdns=maybe", "")
	if e := errorsOf(t, w); w.Code != http.StatusBadRequest || e[0].Source.Parameter != "rdns" {
		t.Errorf("rdns=maybe: status %d, %+v", w.Code, e)
	}
}

// TestDeadNameServer has lookups that heed nothing, in more requests than may
// look up at one time: each request is done in its time, with the address.
func TestDeadNameServer(t *testing.T) {
	release := make(chan struct{})
	var running gauge
	api := newTestAPI(t, newFake(from(1, "192.0.2.1"), from(2, "192.0.2.2")), func(o *Options) {
		o.DNSTimeout = 20 * time.Millisecond
		o.Lookup = func(context.Context, string) ([]string, error) {
			running.enter()
			defer running.leave()
			<-release
			return []string{"late.example."}, nil
		}
	})
	for range maxLookups {
		w := call(t, api, "GET", "/v1/sessions?rdns=true", "")
		if !strings.Contains(w.Body.String(), `"remote":"192.0.2.1"`) {
			t.Fatalf("no fallback to the address: %s", w.Body)
		}
	}
	if running.most.Load() > maxLookups {
		t.Errorf("%d lookups at one time", running.most.Load())
	}
	if w := call(t, api, "GET", "/v1/sessions", ""); w.Code != http.StatusOK {
		t.Errorf("other requests: status %d", w.Code)
	}
	close(release)
}

// gauge counts how many are inside, and the most that ever were.
type gauge struct{ now, most atomic.Int64 }

func (s *gauge) enter() {
	n := s.now.Add(1)
	for m := s.most.Load(); n > m && !s.most.CompareAndSwap(m, n); m = s.most.Load() {
	}
}

func (s *gauge) leave() { s.now.Add(-1) }
