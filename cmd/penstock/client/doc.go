// Package client talks to Penstock's REST API: it signs in, sends a request,
// and understands the answer. It knows JSON:API, and no resource: what a session
// or a server has is for its callers to look up by name, so that a client and a
// proxy of different versions get along.
//
// Credentials go to the API's own address only: redirections are not followed,
// links are followed by their path and query alone, and HTTP_PROXY is not heeded.
package client
