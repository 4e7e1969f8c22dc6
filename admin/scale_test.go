package admin

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
)

// herd is a proxy with many sessions, every hundredth of which is rare's.
func herd(n int) *fakeProxy {
	f := newFake()
	for i := range uint64(n) {
		s := busySession()
		s.ID = i + 1
		if i%100 == 0 {
			s.User, s.Service = "rare", "other"
		}
		f.sessions[s.ID] = s
	}
	return f
}

// discard is a client that reads everything and keeps nothing. It watches how
// much memory is in use meanwhile.
type discard struct {
	header  http.Header
	written int
	most    uint64
	blocks  int
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	d.written += len(p)
	if d.blocks++; d.blocks%100 == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		d.most = max(d.most, m.HeapAlloc)
	}
	return len(p), nil
}

func listRequest(query string) *http.Request {
	r := httptest.NewRequest("GET", "http://localhost:8989/v1/sessions"+query, nil)
	r.SetBasicAuth("admin", "penstock")
	return r
}

// TestStreamHoldsLittle reads a list that is longer than what it may take.
func TestStreamHoldsLittle(t *testing.T) {
	api := newTestAPI(t, herd(3000))
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, query := range []string{"", "?pretty=true", "?filter=/attributes/user=\"maxuser\""} {
		d := &discard{header: http.Header{}}
		api.ServeHTTP(d, listRequest(query))
		grown := int64(d.most) - int64(before.HeapAlloc)
		t.Logf("%q: %d bytes in %d blocks, the heap grew by %d", query, d.written, d.blocks, grown)
		if d.written < 5<<20 || d.blocks < 300 {
			t.Errorf("%q: only %d bytes in %d blocks", query, d.written, d.blocks)
		}
		if grown > 1<<20 {
			t.Errorf("%q: %d bytes more were in use", query, grown)
		}
	}
}

func BenchmarkSessions(b *testing.B) {
	api := newTestAPI(b, herd(10_000))
	for _, c := range []struct{ name, query string }{
		{"first-page", "?page[size]=100"}, {"last-page", "?page[size]=100&page[number]=99"},
		{"filter", `?filter=/attributes/user="rare"`}, {"filter-relationship", `?filter=/relationships/services/data/0/id="other"&page[size]=100`},
		{"filter-deep", "?filter[attributes.memory.total]=gt(1000000)"}, {"fields", "?fields[sessions]=user,idle"}, {"whole", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				w.Body = nil
				api.ServeHTTP(w, listRequest(c.query))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

// BenchmarkFilterOfManySessions is what a filter of 10,000 sessions costs, a
// page of 100 of those that fulfil it included.
func BenchmarkFilterOfManySessions(b *testing.B) {
	api := newTestAPI(b, herd(10_000))
	for name, query := range map[string]string{
		"user":    query("filter", `/attributes/user="maxuser"`, "page[size]", "100"),
		"service": query("filter", `/relationships/services/data/0/id="app"`, "page[size]", "100"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("GET", "/v1/sessions"+query, nil)
				r.Host = "localhost:8989"
				r.SetBasicAuth("admin", "penstock")
				w := httptest.NewRecorder()
				api.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
