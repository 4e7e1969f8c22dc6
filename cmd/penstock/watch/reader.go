package watch

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

// API is what is read from, and what keys change: a [client.Client].
type API interface {
	List(ctx context.Context, path string, query url.Values) iter.Seq2[*client.Resource, error]
	Get(ctx context.Context, path string, query url.Values) (*client.Resource, error)
	Do(ctx context.Context, method, path string, query url.Values, body any) ([]byte, error)
}

// look is what was seen at one time.
type look struct {
	at       time.Time
	sessions []session // all, as they came
	qps      float64   // of all
}

// reader looks at the sessions again and again, one look at a time.
type reader struct {
	api        API
	meter      meter
	statements map[string]string // by id, of sessions that were shown
}

// atOnce is how many statements are asked for at a time.
const atOnce = 4

// read takes a look. The statements are those of the sessions that the view
// shows; others have that of an earlier look, or none.
func (r *reader) read(ctx context.Context, v view) (*look, error) {
	l := &look{}
	for res, err := range r.api.List(ctx, client.Path("sessions"), url.Values{"fields[sessions]": {fields}}) {
		if err != nil {
			return nil, err
		}
		l.sessions = append(l.sessions, newSession(res))
	}
	l.at = time.Now()
	r.meter.measure(l.sessions, l.at)
	for i := range l.sessions {
		s := &l.sessions[i]
		s.statement = r.statements[s.id]
		l.qps += s.qps
	}
	fresh, err := r.ask(ctx, v.shown(v.arrange(l.sessions)))
	if err != nil {
		return nil, err
	}
	old := r.statements
	r.statements = make(map[string]string, len(fresh))
	for i := range l.sessions { // what belongs to sessions that are gone is forgotten
		s := &l.sessions[i]
		text, known := fresh[s.id]
		if !known {
			text, known = old[s.id]
		}
		if known {
			s.statement, r.statements[s.id] = text, text
		}
	}
	return l, nil
}

// ask fetches the newest statement of each session. One that has ended
// meanwhile has none.
func (r *reader) ask(ctx context.Context, list []session) (map[string]string, error) {
	var (
		mu    sync.Mutex
		errs  []error
		found = make(map[string]string, len(list))
		work  sync.WaitGroup
		slots = make(chan struct{}, atOnce)
	)
	for _, s := range list {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			res, err := r.api.Get(ctx, client.Path("sessions", s.id), url.Values{"fields[sessions]": {"queries"}})
			mu.Lock()
			defer mu.Unlock()
			var status *client.StatusError
			switch {
			case err == nil:
				found[s.id] = newest(res)
			case errors.As(err, &status) && status.Code == http.StatusNotFound:
				found[s.id] = ""
			default:
				errs = append(errs, err)
			}
		})
	}
	work.Wait()
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return found, nil
}
