package admin

import (
	"net/http"
	"strings"

	"github.com/julienschmidt/httprouter"
)

const (
	sessionsPath   = "/v1/" + typeSessions
	restartAllPath = sessionsPath + "/restart"
)

// routes returns the API's routes. httprouter refuses a static segment beside
// a parameter, so the one path that has both meanings, /v1/sessions/restart,
// is a router of its own; this also gives it an Allow header of its own.
func (a *API) routes() http.Handler {
	all := a.newRouter()
	all.POST(restartAllPath, a.handle(a.restartAll))

	one := a.newRouter()
	a.get(one, sessionsPath, a.listSessions)
	a.get(one, sessionsPath+"/:id", a.getSession)
	a.get(one, sessionsPath+"/:id/relationships/:name", a.sessionRelationship)
	one.PATCH(sessionsPath+"/:id", a.handle(a.patchSession))
	one.PATCH(sessionsPath+"/:id/relationships/filters", a.handle(a.patchFilters))
	one.POST(sessionsPath+"/:id/restart", a.handle(a.restartSession))
	one.DELETE(sessionsPath+"/:id", a.handle(a.killSession))
	one.PATCH("/v1/"+typeFilters+"/:id", a.handle(a.patchFilter))
	for kind, list := range a.collections() {
		a.get(one, "/v1/"+kind, listResources(kind, list))
		a.get(one, "/v1/"+kind+"/:id", getResource(kind, list))
		a.get(one, "/v1/"+kind+"/:id/relationships/:name", resourceRelationship(kind, list))
	}

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// maxctrl asks for /v1/sessions/; httprouter would redirect.
		if path := strings.TrimRight(r.URL.Path, "/"); path != r.URL.Path {
			r = r.Clone(r.Context())
			r.URL.Path = path
		}
		if r.URL.Path == restartAllPath {
			all.ServeHTTP(w, r)
			return
		}
		one.ServeHTTP(w, r)
	})
}

// get registers a handler for GET and for HEAD, whose body net/http drops.
func (a *API) get(router *httprouter.Router, path string, h handler) {
	router.GET(path, a.handle(h))
	router.HEAD(path, a.handle(h))
}

// newRouter returns a router that answers in our own documents and never
// redirects.
func (a *API) newRouter() *httprouter.Router {
	router := httprouter.New()
	router.RedirectTrailingSlash = false
	router.RedirectFixedPath = false
	router.NotFound = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.answer(w, r, nil, problemf(http.StatusNotFound, "there is nothing at this path: docs/rest.md lists what there is"))
	})
	router.MethodNotAllowed = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.answer(w, r, nil, problemf(http.StatusMethodNotAllowed, r.Method+" is not possible here; possible are "+w.Header().Get("Allow")))
	})
	router.GlobalOPTIONS = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.answer(w, r, nil, nil)
	})
	return router
}
