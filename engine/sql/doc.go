// Package sql understands as much of a statement as a proxy needs to know
// before it sends the statement on: what it does (Classify), what it looks
// like without its literals (Canonical, Digest), which tables it names
// (Tables), whether it is a KILL (ParseKill), what its comments ask of the
// router (ParseHint), and how it changes the meaning of the bytes of the
// statements that follow it (SessionChanges).
//
// There is no grammar here. A lexer that agrees byte by byte with MariaDB's
// own one splits the text into tokens, and a few dozen keywords decide. What
// is not understood is classified as abi.TypeUnknown|abi.TypeWrite, so that
// ignorance sends a statement to the primary and never to a replica.
//
// A statement is bytes in the client's character set, and the same bytes are
// different tokens under another character set or sql_mode. Every function
// therefore takes a Mode, and a Mode that does not match the session is a
// hole in every filter that relies on it.
//
// Every function is safe for concurrent use, keeps nothing of its arguments
// and changes nothing in them.
package sql
