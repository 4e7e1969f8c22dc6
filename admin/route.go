package admin

import (
	"net/http"

	"github.com/julienschmidt/httprouter"

	"github.com/penstock-db/penstock/admin/openapi"
)

// route is one thing that the API can do. The tables of routes are all that is
// known of them: httprouter, HEAD, preconditions and the OpenAPI document are
// made from them.
type route struct {
	method string
	path   string // httprouter's way to write it; without a final slash
	do     handler
	// state shows what the route changes as GET does: preconditions (If-Match)
	// are held against it before do is called. nil for what only reads.
	state handler
	// media is the type of an answer that is no JSON; empty for what is.
	media string
	// summary says in a few words what the route does; it is for people.
	summary string

	// What follows is for the OpenAPI document ([API.describe]), which tests
	// hold every answer against.
	takes  *openapi.Schema      // the body of a request; nil: it is not read
	gives  reply                // the answer when all is well
	params []*openapi.Parameter // of the query, pretty apart
	also   []int                // statuses of errors besides those of statuses
}

// register makes a route httprouter's. GET serves HEAD as well, whose body
// net/http drops.
func (a *API) register(router *httprouter.Router, rt route) {
	router.Handle(rt.method, rt.path, a.handle(rt))
	if rt.method == http.MethodGet {
		router.Handle(http.MethodHead, rt.path, a.handle(rt))
	}
}
