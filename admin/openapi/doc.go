// Package openapi makes an OpenAPI 3.1 document: the parts of one that the
// REST API needs, and schemas that are read off the Go types whose JSON they
// describe, so that the two cannot differ.
//
// What a Go type does not say (a description, a unit, the values that a text
// can have) is in [Words]. Objects are closed: a member that is not described
// does not fit.
package openapi
