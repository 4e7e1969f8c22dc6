package auth

import (
	"slices"
	"sync"
	"time"
)

// Grant opens schemas to a user (or a role, which has no host).
type Grant struct {
	User string
	Host Host
	// Schema is a pattern with % and _ (mysql.db) or, if Exact, a name
	// (tables_priv and its kin).
	Schema string
	Exact  bool
	// Role: User is a role. A user of the same name does not have the grant.
	Role bool
}

// RoleGrant gives a role to a user or to another role.
type RoleGrant struct {
	User string
	Host Host
	Role string
	// ToRole: User is itself a role.
	ToRole bool
}

// Source is what a [Table] is made from.
type Source struct {
	Configured []Account // in the configuration's order
	Accounts   []Account // of the servers' user table
	Roles      []Account // User is the role's name
	Grants     []Grant
	RoleGrants []RoleGrant
	// Schemas are the existing ones; nil: not known, and never missed.
	Schemas []string
	// FoldSchemas: schema names are compared without regard to case
	// (lower_case_table_names).
	FoldSchemas bool
	// From names the server that the user table came from.
	From string
}

// Table is an immutable set of accounts, safe for any number of readers.
type Table struct {
	configured []*Account
	accounts   []*Account
	roles      map[string]*Account
	grants     map[string][]Grant
	roleGrants map[string][]RoleGrant
	schemas    map[string]bool
	fold       bool
	from       string
	at         time.Time
	list       func() []Listed // made when it is first asked for
}

// NewTable sorts and indexes accounts as MariaDB would.
func NewTable(src Source) *Table {
	t := &Table{
		configured: sorted(src.Configured), accounts: sorted(src.Accounts),
		roles:  make(map[string]*Account, len(src.Roles)),
		grants: make(map[string][]Grant), roleGrants: make(map[string][]RoleGrant),
		fold: src.FoldSchemas, from: src.From, at: time.Now(),
	}
	for i := range src.Roles {
		t.roles[src.Roles[i].User] = &src.Roles[i]
	}
	for _, g := range src.Grants {
		t.grants[g.User] = append(t.grants[g.User], g)
	}
	for _, g := range src.RoleGrants {
		t.roleGrants[g.User] = append(t.roleGrants[g.User], g)
	}
	if src.Schemas != nil {
		t.schemas = make(map[string]bool, len(src.Schemas))
		for _, s := range src.Schemas {
			t.schemas[t.name(s)] = true
		}
	}
	t.list = sync.OnceValue(t.makeList)
	return t
}

func sorted(accounts []Account) []*Account {
	list := make([]*Account, len(accounts))
	for i := range accounts {
		list[i] = &accounts[i]
	}
	slices.SortStableFunc(list, compareAccounts)
	return list
}

// Listed is an account as people may see it: nothing in it helps to log in.
type Listed struct {
	User, Host string
	Plugin     string // that the servers check the account with
	Configured bool   // it is the configuration's, not from the servers' user table
	Locked     bool
	RequireTLS bool
}

// List returns all accounts, the configuration's first, each part in the order
// in which they are tried. The list is shared and must not be changed.
func (t *Table) List() []Listed { return t.list() }

func (t *Table) makeList() []Listed {
	list := make([]Listed, 0, t.Len())
	for _, a := range slices.Concat(t.configured, t.accounts) {
		list = append(list, Listed{User: a.User, Host: a.Host.String(), Plugin: a.Plugin, Configured: a.Configured,
			Locked: a.Locked, RequireTLS: a.RequireTLS || a.RequireCert})
	}
	return list
}

// Len is the number of accounts, roles not counted.
func (t *Table) Len() int { return len(t.configured) + len(t.accounts) }

// From names the server whose user table this is; empty if none was read.
func (t *Table) From() string { return t.from }

// At is when the table was made.
func (t *Table) At() time.Time { return t.at }

// HostAllowed reports whether any account could log in from a peer.
func (t *Table) HostAllowed(p Peer) bool {
	for _, list := range [][]*Account{t.configured, t.accounts} {
		for _, a := range list {
			if a.Host.Matches(p) {
				return true
			}
		}
	}
	return false
}

// Find is the account that a user from a peer logs in to, nil if there is
// none. A user of the configuration hides those of the servers.
func (t *Table) Find(user string, p Peer) *Account {
	for _, list := range [][]*Account{t.configured, t.accounts} {
		for _, a := range list {
			if (a.User == user || a.User == "") && a.Host.Matches(p) {
				return a
			}
		}
	}
	return nil
}

// NeedsName reports whether an account of the user, or the question whether
// the host is allowed at all, may hang on the peer's host name.
func (t *Table) NeedsName(user string) bool {
	for _, a := range t.accounts {
		if (user == "" || a.User == user || a.User == "") && a.Host.NeedsName() {
			return true
		}
	}
	for _, a := range t.configured {
		if (user == "" || a.User == user || a.User == "") && a.Host.NeedsName() {
			return true
		}
	}
	return false
}
