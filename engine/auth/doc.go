// Package auth proves who somebody is, in both directions: clients to
// Penstock, and Penstock to the servers.
//
// # Towards clients
//
// [Accept] runs the whole handshake of a fresh connection: greeting, TLS,
// response, authentication, schema check. The only mechanism offered is
// mysql_native_password, for a reason: from a correct token and the stored
// double hash one can compute SHA1(password), which is all that is needed to
// log in to a native server in the client's name. So Penstock needs no
// passwords of its own, only the servers' user table ([Loader]). Accounts that
// use other mechanisms on the servers (caching_sha2_password, ed25519, PAM)
// are declared in the configuration with their password. Clients that prefer
// another plugin are switched to native.
//
// An unknown user goes through exactly the exchange of a known one, and every
// refusal costs the same refresh, so neither the flow nor its timing tells
// which users exist.
//
// # Towards servers
//
// [Responder] answers whatever plugin a server asks for: mysql_native_password
// (from the password or from SHA1 alone), caching_sha2_password (fast, and full
// over TLS or RSA), sha256_password, client_ed25519, and mysql_clear_password
// over TLS only.
//
// # Accounts
//
// A [Table] is an immutable set of accounts with MariaDB's matching rules:
// most specific host first, anonymous users, netmasks, roles. A [Loader] swaps
// a new Table in atomically and refreshes it on failed logins, rate limited.
package auth
