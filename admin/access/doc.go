// Package access knows who may use the REST API: accounts with their roles and
// passwords, tokens, and how often somebody may be wrong.
//
// A [Control] is the whole of it. It has no HTTP in it, and outlives reloads of
// the configuration: [Control.Replace] gives it other accounts, and it keeps
// who has guessed wrongly, and the key that tokens are signed with.
//
// Passwords are kept as bcrypt hashes, or, where the configuration has them in
// the clear, as digests under a key that only this process knows. A hash takes
// a quarter of a second to check, so that a password that was right is
// remembered for a few minutes, as such a digest too. A check that fails takes
// the same time whether the account exists or not.
package access
