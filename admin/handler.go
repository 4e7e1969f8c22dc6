package admin

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/julienschmidt/httprouter"
)

// request is what a handler gets.
type request struct {
	*http.Request
	params httprouter.Params
	base   string      // the API's URL without final slash
	reply  http.Header // of the reply
	view   *view       // what the query asks for, checked
}

// handler answers one route: with a document, with nil for 204, or with an
// error (see [explain]).
type handler func(ctx context.Context, r *request) (*document, error)

// handle makes a route's handler httprouter's: it writes what it returns, and
// logs. A panic of a handler is the request's own misfortune.
func (a *API) handle(rt route) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
		start := time.Now()
		doc, err := a.call(r.Context(), rt, &request{Request: r, params: params, base: baseURL(r), reply: w.Header()})
		status := a.answer(w, r, doc, err)
		a.logRequest(r, status, time.Since(start), err)
	}
}

// call does what a route is for: it checks all that concerns the request and not
// the route, has the handler called, and gives its document the form that the
// request asks for. It turns a panic into an error.
func (a *API) call(ctx context.Context, rt route, r *request) (doc *document, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("a request made the api panic", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			doc, err = nil, errors.New("panic")
		}
	}()
	if err := errors.Join(acceptable(r.Request, rt.media), refuseOverride(r.Request)); err != nil {
		return nil, err
	}
	if r.view, err = readView(r.Request); err != nil {
		return nil, err
	}
	if doc, err = a.perform(ctx, rt, r); err != nil || doc == nil {
		return nil, err
	}
	if err := a.present(ctx, r, doc); err != nil {
		return nil, err
	}
	if reads(rt.method) {
		doc.unchanged, err = doc.conditions(r.Header, true)
	}
	return doc, err
}

// answer writes a reply and returns its status.
func (a *API) answer(w http.ResponseWriter, r *http.Request, doc *document, err error) int {
	switch {
	case err != nil:
		entries := explain(err)
		return a.write(w, r, entries[0].status, entries.document())
	case doc == nil:
		w.WriteHeader(http.StatusNoContent)
		return http.StatusNoContent
	}
	if reads(r.Method) {
		doc.describe(w.Header())
	}
	switch {
	case doc.unchanged:
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified
	case doc.stream != nil:
		return a.stream(w, r, doc)
	}
	return a.send(w, http.StatusOK, doc.file.mediaType, doc.file.text)
}

// write sends a body. It is complete before its first byte is sent, so that
// an error of encoding cannot leave half a document.
func (a *API) write(w http.ResponseWriter, r *http.Request, status int, body any) int {
	text, err := encode(body, pretty(r))
	if err != nil {
		a.log.Error("cannot encode a reply", "path", r.URL.Path, "error", err)
		http.Error(w, `{"errors":[{"status":"500","detail":"the reply cannot be encoded"}]}`, http.StatusInternalServerError)
		return http.StatusInternalServerError
	}
	return a.send(w, status, replyType(r), text)
}

func (a *API) send(w http.ResponseWriter, status int, mediaType string, text []byte) int {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text) // a client that is gone is no error
	return status
}
