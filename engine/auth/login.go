package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock-db/penstock/engine/wire"
)

// login is what a client claims, and its proof.
type login struct {
	user, schema string
	token, salt  []byte
	change       bool // ask again, for mysql_native_password
}

// maxAge is how old the accounts may be that a login is judged by: what was
// revoked since must not hold for ever just because nobody fails to log in.
const maxAge = 5 * time.Minute

// login checks a claim and completes id.
func (a *acceptor) login(ctx context.Context, id *Identity, l login) error {
	if l.change {
		l.salt = newSalt()
		if err := a.send((&wire.AuthSwitch{Plugin: NativePlugin, Data: l.salt}).Encode(nil)); err != nil {
			return err
		}
		payload, err := a.read()
		if err != nil {
			return err
		}
		l.token = append([]byte(nil), payload...)
	}
	accounts := a.cfg.Accounts
	if time.Since(accounts.Table().At()) > maxAge {
		accounts.Refresh(ctx)
	}
	account, credentials, refusal := a.verify(ctx, l)
	// One refresh for whatever is wrong: an unknown user and a wrong password
	// must take the same time.
	if refusal != nil && accounts.Refresh(ctx) {
		account, credentials, refusal = a.verify(ctx, l)
	}
	if refusal != nil {
		return refusal
	}
	if refusal = a.checkSchema(account, l); refusal != nil && accounts.Refresh(ctx) {
		refusal = a.checkSchema(account, l)
	}
	if refusal != nil {
		return refusal
	}
	id.User, id.Schema = l.user, l.schema
	id.Account, id.Credentials = account.String(), credentials
	id.Peer, id.NextSeq = a.peer, a.seq
	return nil
}

// nobody's hash stands in for that of a user who does not exist.
var nobody = nativeHash(string(newSalt()))

// verify checks the token against the account that the table has for the user.
func (a *acceptor) verify(ctx context.Context, l login) (*Account, Credentials, *Refusal) {
	t := a.cfg.Accounts.Table()
	a.resolve(ctx, t, l.user)
	account := t.Find(l.user, a.peer)
	denied := func(reason string, args ...any) (*Account, Credentials, *Refusal) {
		return nil, Credentials{}, accessDenied(l.user, a.peer, len(l.token) > 0, fmt.Sprintf(reason, args...))
	}
	hash := nobody
	if account != nil && account.Plugin == NativePlugin && account.Hash != nil {
		hash = account.Hash
	}
	stage1, right := recoverSHA1(l.token, l.salt, hash)
	switch {
	case account == nil:
		return denied("there is no account for the user from this host")
	case account.Plugin != NativePlugin:
		return denied("account %s uses the plugin %q, from which nothing can be recovered: declare the user with its password in the service's users", account, account.Plugin)
	case account.Hash == nil && len(l.token) > 0:
		return denied("account %s has no password and the client sent one", account)
	case account.Hash != nil && !right:
		return denied("wrong password for account %s", account)
	case account.RequireTLS && a.tls == nil:
		return denied("account %s requires TLS", account)
	case account.RequireCert && (a.tls == nil || len(a.tls.VerifiedChains) == 0):
		return denied("account %s requires a client certificate", account)
	case account.Locked:
		return nil, Credentials{}, &Refusal{
			ERR:  wire.NewERR(wire.ErAccountHasBeenLocked, "Access denied, this account is locked"),
			User: l.user, Host: a.peer.String(), Reason: "account " + account.String() + " is locked",
		}
	}
	switch {
	case account.Configured:
		return account, account.Backend, nil
	case account.Hash == nil:
		return account, WithPassword(l.user, ""), nil
	}
	return account, Credentials{User: l.user, SHA1: stage1}, nil
}

func (a *acceptor) checkSchema(account *Account, l login) *Refusal {
	if l.schema == "" {
		return nil
	}
	refusal := &Refusal{User: l.user, Host: a.peer.String()}
	switch a.cfg.Accounts.Table().Schema(account, a.peer, l.schema) {
	case SchemaDenied:
		refusal.ERR = wire.NewERR(wire.ErDBAccessDeniedError, "Access denied for user '%s'@'%s' to database '%s'", l.user, a.peer, l.schema)
		refusal.Reason = fmt.Sprintf("account %s has no privilege on schema %q", account, l.schema)
	default:
		// SchemaMissing too: it may have been created a moment ago, and the
		// server says best that there is none.
		return nil
	}
	return refusal
}

// resolve looks the peer's names up, once, if an account may depend on them.
func (a *acceptor) resolve(ctx context.Context, t *Table, user string) {
	if a.cfg.Resolve == nil || a.peer.resolved || !a.peer.Addr.IsValid() || !t.NeedsName(user) {
		return
	}
	a.peer.resolved = true
	a.peer.Names = append(a.peer.Names, a.cfg.Resolve(ctx, a.peer.Addr)...)
}
