// Package admin is Penstock's REST API: it asks the engine through the small
// interfaces that it declares itself ([Proxy]), and answers in JSON:API.
//
// The way of a request:
//
//	override.go  X-HTTP-Method-Override: from here on the method is what is carried out
//	guard.go     hardening headers, a time limit, Host check, cross-site check, who it is,
//	             what he may do
//	routes.go    the table of routes; trailing slashes off, httprouter, HEAD, OPTIONS, 404, 405
//	handler.go   what a request asks for is checked; a handler returns a document or
//	             an error; one function writes either and logs changes
//	view.go      the query: condition.go filters, sparse.go fields, page.go pages;
//	             path.go and inside.go lead to a value in what is to be printed
//	precondition.go  If-Match and the like, before a change; turns.go keeps other
//	             changes from coming between
//	present.go   gives the document its form: filters, pages, fields, ETag
//	             (validator.go, fingerprint.go), JSON
//	stream.go    collections that are never whole in memory (listing.go)
//	sessions.go  the session resource: reading; change.go: PATCH, restart, kill
//	body.go      PATCH's body, checked whole before anything is asked of the engine
//	edit*.go     changes of the configuration: from a body into the overlay ([Editor])
//	services.go, servers.go …: what a session's links lead to
//	program.go   the program itself: maxscale.go, threads.go, modules.go, logs.go
//	metrics.go   Prometheus' metrics; collect.go finds their values
//	describe.go  the OpenAPI document, made from the table of routes: reply.go,
//	             parameters.go and body_schema.go are what routes say of
//	             themselves, words*.go what each member means
//
// Handlers hold no state, and know nothing of pages, fields or preconditions. What they print is a copy that the engine made, so
// that reading never waits for a session. docs/rest.md is the reference for
// those who use the API.
package admin
