// Package oracle holds engine/sql against a real parser, TiDB's, on every
// statement that the parser's own tests contain. It is a Go module of its
// own, so that the parser stays out of Penstock's dependencies:
//
//	cd engine/sql/oracle && go test ./...
package oracle
