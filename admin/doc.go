// Package admin is Penstock's REST API: it asks the engine through the small
// interfaces that it declares itself ([Proxy]), and answers in JSON:API.
//
// The way of a request:
//
//	guard.go     hardening headers, Host check, authentication, cross-site check
//	routes.go    the table of routes; trailing slashes off, httprouter, HEAD, OPTIONS, 404, 405
//	handler.go   a time limit; a handler returns a reply or an error, and one
//	             function writes either and logs changes
//	sessions.go  the session resource: reading; change.go: PATCH, restart, kill
//	body.go      PATCH's body, checked whole before anything is asked of the engine
//	services.go, servers.go …: what a session's links lead to
//	describe.go  the OpenAPI document, made from the table of routes: reply.go,
//	             parameters.go and body_schema.go are what routes say of
//	             themselves, words*.go what each member means
//
// Handlers hold no state. What they print is a copy that the engine made, so
// that reading never waits for a session. docs/rest.md is the reference for
// those who use the API.
package admin
