package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/penstock-db/penstock/engine"
)

// patchSession answers PATCH /v1/sessions/:id.
func (a *API) patchSession(ctx context.Context, r *request) (*document, error) {
	return a.patch(ctx, r, readChange)
}

// patchFilters answers PATCH /v1/sessions/:id/relationships/filters.
func (a *API) patchFilters(ctx context.Context, r *request) (*document, error) {
	return a.patch(ctx, r, func(text []byte, _, _ string) (change, error) { return readFilters(text) })
}

// patch checks the path, then the body's type, then the body, and only then
// asks the engine, which checks names and opens filters before it changes
// anything. Preconditions (If-Match) belong right before the engine is asked.
func (a *API) patch(ctx context.Context, r *request, read func(text []byte, id, service string) (change, error)) (*document, error) {
	id, err := r.sessionID()
	if err != nil {
		return nil, err
	}
	session, err := a.proxy.Snapshot(id)
	if err != nil {
		return nil, err
	}
	if err := readable(r.Request); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyProblem(err)
	}
	change, err := read(text, strconv.FormatUint(id, 10), session.Service)
	if err != nil {
		return nil, err
	}
	return nil, change.locate(a.proxy.UpdateSession(ctx, id, change.update))
}

// bodyProblem explains why a body could not be read.
func bodyProblem(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return problemf(http.StatusBadRequest, "the body did not arrive whole")
}

// locate adds to the engine's errors where in the body their cause is.
func (c *change) locate(err error) error {
	var unknown *engine.UnknownFilterError
	var open *engine.FilterOpenError
	switch {
	case errors.As(err, &unknown):
		return badBody(c.filtersAt+"/"+strconv.Itoa(unknown.Index)+"/id", unknown.Error())
	case errors.As(err, &open):
		return badBody(c.filtersAt+"/"+strconv.Itoa(open.Index), open.Error())
	}
	return err
}

// restartSession answers POST /v1/sessions/:id/restart. The body is ignored,
// whatever it is: maxctrl sends an empty form.
func (a *API) restartSession(ctx context.Context, r *request) (*document, error) {
	id, err := r.sessionID()
	if err != nil {
		return nil, err
	}
	return nil, a.proxy.RestartSession(ctx, id)
}

// restartAll answers POST /v1/sessions/restart.
func (a *API) restartAll(ctx context.Context, _ *request) (*document, error) {
	return nil, a.proxy.RestartAll(ctx)
}

// killSession answers DELETE /v1/sessions/:id.
func (a *API) killSession(_ context.Context, r *request) (*document, error) {
	id, err := r.sessionID()
	if err != nil {
		return nil, err
	}
	ttl, err := r.ttl()
	if err != nil {
		return nil, err
	}
	return nil, a.proxy.Kill(id, ttl)
}

// maxTTL keeps a ttl in the range where time.Now().Add works without surprises.
const maxTTL = 365 * 24 * time.Hour

// ttl reads the parameter ttl: a plain number of seconds, or a number with the
// unit ms, s, m or h. Without it, 0.
func (r *request) ttl() (time.Duration, error) {
	values, there := r.URL.Query()["ttl"]
	if !there {
		return 0, nil
	}
	ttl, ok := time.Duration(0), false
	if len(values) == 1 {
		ttl, ok = parseTTL(values[0])
	}
	if !ok {
		return 0, problemf(http.StatusBadRequest,
			"the ttl has to be a number of seconds, or a number with the unit ms, s, m or h, and at most a year: 30, 500ms, 2m").parameter("ttl")
	}
	return ttl, nil
}

func parseTTL(text string) (time.Duration, bool) {
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	n, err := strconv.ParseUint(text[:digits], 10, 63)
	units := map[string]time.Duration{"": time.Second, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour}
	unit, ok := units[text[digits:]]
	if err != nil || !ok || n > uint64(maxTTL/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
