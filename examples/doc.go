// Package examples holds plugins in every language that there is an SDK for: the same
// three filters and the same router, to be read, copied and changed.
//
//   - auditlog writes a line for each statement to a sink;
//   - maskrows hides columns of results;
//   - ratelimit gives each user so many statements a second;
//   - readwrite is a router that sends reads to a replica.
//
// They stand in filters/LANGUAGE and routers/LANGUAGE; `make examples` builds them all.
// The package itself has tests only, which build them, run them in the proxy against a
// real MariaDB and say what they cost.
package examples
