package admin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/julienschmidt/httprouter"

	"github.com/penstock-db/penstock/admin/openapi"
)

const (
	sessionsPath   = "/v1/" + typeSessions
	restartAllPath = sessionsPath + "/restart"
)

// table lists every route there is.
func (a *API) table() []route {
	return slices.Concat(a.sessionRoutes(), a.resourceRoutes(), a.editRoutes(), a.programRoutes(), a.authRoutes(), a.userRoutes(),
		a.indexRoutes(), a.metricsRoutes(), a.openAPIRoutes())
}

// routes returns the API's routes. httprouter refuses a static segment beside
// a parameter, so the one path that has both meanings, /v1/sessions/restart,
// is a router of its own; this also gives it an Allow header of its own.
func (a *API) routes() http.Handler {
	all, one := a.newRouter(), a.newRouter()
	for _, rt := range a.table() {
		if rt.path == restartAllPath {
			a.register(all, rt)
		} else {
			a.register(one, rt)
		}
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

func (a *API) sessionRoutes() []route {
	const one, filters = sessionsPath + "/:id", sessionsPath + "/:id/relationships/filters"
	return []route{
		{method: http.MethodGet, path: sessionsPath, do: a.listSessions, summary: "all sessions",
			gives: many(sessionShape), params: []*openapi.Parameter{rdnsParameter}},
		{method: http.MethodGet, path: one, do: a.getSession, summary: "one session",
			gives: single(sessionShape), params: []*openapi.Parameter{rdnsParameter, diagnosticsParameter}},
		{method: http.MethodGet, path: one + "/relationships/:name", do: a.sessionRelationship, summary: "one relationship of a session",
			gives: related(sessionShape)},
		{method: http.MethodPatch, path: one, do: a.patchSession, state: a.getSession, summary: "change a session's log levels and filters",
			takes: sessionBody(), gives: done},
		{method: http.MethodPatch, path: filters, do: a.patchFilters, state: a.sessionFilters, summary: "change a session's filters",
			takes: filterList(), gives: done},
		{method: http.MethodPost, path: one + "/restart", do: a.restartSession, state: a.getSession, summary: "restart a session",
			gives: done, also: []int{http.StatusServiceUnavailable}},
		{method: http.MethodPost, path: restartAllPath, do: a.restartAll, state: a.listSessions, summary: "restart all sessions",
			gives: done, also: []int{http.StatusServiceUnavailable}},
		{method: http.MethodDelete, path: one, do: a.killSession, state: a.getSession, summary: "kill a session",
			gives: done, params: []*openapi.Parameter{ttlParameter}},
	}
}

// resourceRoutes reads the other resources.
func (a *API) resourceRoutes() (list []route) {
	for _, c := range a.collections() {
		path := "/v1/" + c.kind
		list = append(list,
			route{method: http.MethodGet, path: path, do: c.list, summary: "all " + c.kind, gives: many(c.shape)},
			route{method: http.MethodGet, path: path + "/:id", do: c.get, summary: "one of the " + c.kind, gives: single(c.shape)},
			route{method: http.MethodGet, path: path + "/:id/relationships/:name", do: c.relationship, summary: "one relationship of one of the " + c.kind, gives: related(c.shape)})
	}
	return list
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
