// Package openapitest holds requests and answers of an HTTP API against the
// OpenAPI document that describes it, and makes up requests from it. It is for
// tests.
package openapitest
