package auth

import (
	"cmp"

	"github.com/penstock-db/penstock/engine/config"
)

// Account is one line of the user table, or a user of the configuration.
type Account struct {
	User string // empty: anonymous, any name
	Host Host
	// Plugin is what the servers check this account with. Only
	// mysql_native_password can be served; accounts with another plugin are
	// kept so that a refusal can say why.
	Plugin string
	// Hash is SHA1(SHA1(password)); nil is an empty password. It counts only
	// if Plugin is mysql_native_password.
	Hash        []byte
	Locked      bool
	RequireTLS  bool
	RequireCert bool // a client certificate (REQUIRE X509 and stricter)
	// AllSchemas: a global privilege opens every schema.
	AllSchemas  bool
	DefaultRole string

	// Configured: the account is the configuration's own. Schemas are then
	// the only ones it may use (none: any), and Backend, if its user is set,
	// logs in to the servers instead.
	Configured bool
	Schemas    []string
	Backend    Credentials
}

// String is 'user'@'host'.
func (a *Account) String() string { return "'" + a.User + "'@'" + a.Host.String() + "'" }

// FromConfig makes the account of a user of the configuration.
func FromConfig(u config.User) Account {
	a := Account{
		User: u.Name, Host: ParseHost(u.Host), Plugin: NativePlugin,
		Configured: true, Schemas: u.Schemas,
		Backend: WithPassword(u.Name, string(u.Password)),
	}
	if u.Password != "" {
		a.Hash = nativeHash(string(u.Password))
	}
	if u.BackendUser != "" {
		a.Backend = WithPassword(u.BackendUser, string(u.BackendPassword))
	}
	return a
}

// compareAccounts is the order in which accounts are tried: by host, and named
// users before anonymous ones on hosts that are equally specific.
func compareAccounts(a, b *Account) int {
	return cmp.Or(compareHosts(a.Host, b.Host), cmp.Compare(b2i(a.User == ""), b2i(b.User == "")),
		compareTies(a.Host, b.Host), cmp.Compare(a.User, b.User))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
