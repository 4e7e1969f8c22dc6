package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeAPI has sessions that tests change.
type fakeAPI struct {
	mu       sync.Mutex
	sessions []fakeSession
	err      error    // of every request
	asked    []string // paths of what is about one session
}

type fakeSession struct {
	id        string
	user      string
	queries   int
	idle      float64
	statement string
	connected string
}

func (s *fakeSession) resource() *client.Resource {
	text, _ := json.Marshal(map[string]any{
		"id": s.id,
		"attributes": map[string]any{
			"user": s.user, "remote": "10.0.0.1", "port": 5000, "state": "Session started", "idle": s.idle, "seconds_alive": 100, "connected": s.connected,
			"statistics": map[string]any{"queries": s.queries},
			"queries":    []any{map[string]any{"command": "COM_QUERY", "statement": s.statement, "completed": nil}},
		},
		"relationships": map[string]any{"services": map[string]any{"data": []any{map[string]any{"id": "app"}}}},
	})
	r := new(client.Resource)
	if err := json.Unmarshal(text, r); err != nil {
		panic(err)
	}
	return r
}

func (f *fakeAPI) List(_ context.Context, _ string, query url.Values) iter.Seq2[*client.Resource, error] {
	f.mu.Lock()
	defer f.mu.Unlock()
	list, err := append([]fakeSession(nil), f.sessions...), f.err
	return func(yield func(*client.Resource, error) bool) {
		if err != nil {
			yield(nil, err)
			return
		}
		for _, s := range list {
			if strings.Contains(query.Get("fields[sessions]"), "queries,") {
				panic("a list asks for the statements of all")
			}
			r := s.resource()
			delete(r.Attributes, "queries")
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (f *fakeAPI) Get(_ context.Context, path string, _ url.Values) (*client.Resource, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, path)
	if f.err != nil {
		return nil, f.err
	}
	for _, s := range f.sessions {
		if client.Path("sessions", s.id) == path {
			return s.resource(), nil
		}
	}
	return nil, &client.StatusError{Code: 404}
}

func (f *fakeAPI) Do(_ context.Context, method, path string, _ url.Values, _ any) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, method+" "+path)
	return nil, f.err
}

// set replaces what there is.
func (f *fakeAPI) set(err error, sessions ...fakeSession) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.sessions, f.asked = err, sessions, nil
}

func many(n int) []fakeSession {
	list := make([]fakeSession, n)
	for i := range list {
		list[i] = fakeSession{id: fmt.Sprint(i + 1), user: fmt.Sprintf("app%d", i+1), queries: 10, idle: float64(i), statement: fmt.Sprintf("SELECT %d", i+1)}
	}
	return list
}
