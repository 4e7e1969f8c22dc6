package admin

import (
	"bytes"
	"context"
	"encoding/json"
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
}

// handler answers one route: with a document, with nil for 204, or with an
// error (see [explain]).
type handler func(ctx context.Context, r *request) (*document, error)

// handle makes a route's handler httprouter's: it bounds its time, writes what
// it returns, and logs. A panic of a handler is the request's own misfortune.
func (a *API) handle(rt route) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
		ctx, cancel := context.WithTimeout(r.Context(), a.opts.RequestTimeout)
		defer cancel()
		start := time.Now()
		doc, err := a.call(ctx, rt.do, &request{r, params, baseURL(r), w.Header()})
		status := a.answer(w, r, doc, err)
		a.logRequest(r, status, time.Since(start), err)
	}
}

// call runs a handler and turns a panic into an error.
func (a *API) call(ctx context.Context, h handler, r *request) (doc *document, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("a request made the api panic", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			doc, err = nil, errors.New("panic")
		}
	}()
	if err := acceptable(r.Request); err != nil {
		return nil, err
	}
	return h(ctx, r)
}

// answer writes a reply and returns its status. This is where conditional
// requests (ETag, Last-Modified) and the trimming of documents (paging, sparse
// fields) get hold of a finished document.
func (a *API) answer(w http.ResponseWriter, r *http.Request, doc *document, err error) int {
	switch {
	case err != nil:
		entries := explain(err)
		return a.write(w, r, entries[0].status, entries.document())
	case doc == nil:
		w.WriteHeader(http.StatusNoContent)
		return http.StatusNoContent
	case doc.file != nil:
		return a.send(w, http.StatusOK, doc.file.mediaType, doc.file.text)
	}
	return a.write(w, r, http.StatusOK, doc)
}

// write sends a body. It is complete before its first byte is sent, so that
// an error of encoding cannot leave half a document.
func (a *API) write(w http.ResponseWriter, r *http.Request, status int, body any) int {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if pretty, err := boolParameter(r, "pretty"); pretty && err == nil {
		enc.SetIndent("", "    ")
	}
	if err := enc.Encode(body); err != nil {
		a.log.Error("cannot encode a reply", "path", r.URL.Path, "error", err)
		http.Error(w, `{"errors":[{"status":"500","detail":"the reply cannot be encoded"}]}`, http.StatusInternalServerError)
		return http.StatusInternalServerError
	}
	return a.send(w, status, replyType(r), out.Bytes())
}

func (a *API) send(w http.ResponseWriter, status int, mediaType string, text []byte) int {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text) // a client that is gone is no error
	return status
}
