package config

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Admin configures the REST API.
type Admin struct {
	Enabled bool
	Address string // host:port
	// User and Password are the account that [admin] itself declares; User is
	// empty if it declares none.
	User     string
	Password Secret
	// Users are the accounts of [admin.users.NAME].
	Users map[string]*AdminUser
	Hosts []string // further host names that requests may use
	// JWTKey signs tokens; empty: a key that ends with the process.
	JWTKey   Secret
	AuditLog string // file for a line of JSON about each change and refusal; empty: none
	TLS      *TLS   // nil: plain HTTP
	// DNSTimeout bounds the reverse lookup of rdns=true.
	DNSTimeout time.Duration
}

// AdminUser is an account of the REST API.
type AdminUser struct {
	Name         string
	Role         string // RoleAdmin or RoleReadOnly
	Password     Secret // empty if there is a hash, or no password
	PasswordHash Secret // bcrypt
	// Certificate is the common name of a client certificate that is enough to
	// be this account; empty: none.
	Certificate string
	// Created and Updated are when the REST API made and last changed the
	// account; zero: it did not.
	Created, Updated time.Time
}

// The roles of accounts of the REST API.
const (
	RoleAdmin    = "admin"
	RoleReadOnly = "read-only"
)

// Hashes of other costs are too cheap to be safe, or so dear that a login would
// take seconds.
const minHashCost, maxHashCost = 10, 15

// minJWTKey is how long a key has to be, in bytes.
const minJWTKey = 32

// Accounts lists all accounts of the REST API by name.
func (a *Admin) Accounts() []AdminUser {
	var list []AdminUser
	if a.User != "" {
		list = append(list, AdminUser{Name: a.User, Role: RoleAdmin, Password: a.Password})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Users)) {
		list = append(list, *a.Users[name])
	}
	slices.SortStableFunc(list, func(a, b AdminUser) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Loopback says whether nobody but this machine can reach an address.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// DefaultPassword says whether a password is one that everybody tries first.
func DefaultPassword(user, password string) bool {
	known := []string{"", "penstock", "maxscale", "mariadb", "mysql", "admin", "administrator", "root", "password", "passwd", "secret",
		"changeme", "change-me", "default", "test", "demo", "123456", "12345678", strings.ToLower(user)}
	return slices.Contains(known, strings.ToLower(password))
}

func readAdmin(t *table) Admin {
	a := Admin{
		Enabled:    t.boolean("enabled", true),
		Address:    t.str("address", "127.0.0.1:8989"),
		User:       t.str("user", "admin"),
		AuditLog:   t.r.path(t.str("audit_log", "")),
		DNSTimeout: t.duration("dns_timeout", time.Second, time.Millisecond),
	}
	t.hostPort("address", a.Address, true)
	if !t.exists {
		a.Enabled = false
	}
	var given bool
	a.Password, given = t.secret("password")
	a.JWTKey, _ = t.secret("jwt_key")
	t.jwtKey(a.JWTKey)
	a.Hosts, _ = t.strings("hosts")
	a.TLS = readTLS(t.sub("tls"), listening)
	a.Users = map[string]*AdminUser{}
	for _, u := range t.named("users") {
		a.Users[u.name] = readAdminUser(u, &a)
	}
	if a.Enabled {
		users, _ := t.values["users"].(map[string]any)
		t.adminAccount(&a, given, len(users) > 0)
	}
	if !given {
		a.User = ""
	}
	t.finish()
	return a
}

// adminAccount checks the account of [admin] itself, which need not be there if
// there are others.
func (t *table) adminAccount(a *Admin, given, others bool) {
	key := t.secretKey("password")
	switch {
	case !given && t.has("user"):
		t.missing("password", `write password, password_file or password_env; or leave user out too`)
	case !given && !others:
		t.missing("password", `nobody could use the REST API: write password, password_file or password_env, or [admin.users.NAME]; or enabled = false`)
	case !given:
		return
	}
	if given && a.Password == "" && isString(t.values[key]) && !t.r.failed(t.place(key)) {
		t.fail(key, "this is empty: everybody could administer the proxy", "choose a password")
	} else if given {
		t.defaultPassword(key, a, a.User, a.Password)
	}
	if a.User == "" && isString(t.values["user"]) {
		t.fail("user", "this is empty", `write a name, like "admin"`)
	}
	if u := a.Users[a.User]; given && u != nil {
		t.fail(key, fmt.Sprintf("there is an [admin.users.%s] too", a.User), "keep one of them")
	}
}

// secretKey is the one of a secret's three keys that is there.
func (t *table) secretKey(key string) string {
	for _, k := range []string{key, key + "_file", key + "_env"} {
		if t.has(k) {
			return k
		}
	}
	return key
}

// defaultPassword refuses a password that others guess at once, where they can
// try it.
func (t *table) defaultPassword(key string, a *Admin, user string, password Secret) {
	if !a.Enabled || password == "" || Loopback(a.Address) || !DefaultPassword(user, string(password)) {
		return
	}
	t.fail(key, fmt.Sprintf("this is a password that everybody tries first, and the REST API listens on %s, where others reach it", a.Address),
		`choose another one, or listen on 127.0.0.1`)
}

func (t *table) jwtKey(key Secret) {
	k := t.secretKey("jwt_key")
	if t.has(k) && isString(t.values[k]) && len(key) < minJWTKey && !t.r.failed(t.place(k)) {
		t.fail(k, fmt.Sprintf("the key has %d bytes, too few to be safe", len(key)),
			fmt.Sprintf("write at least %d random ones, as `openssl rand -base64 %[1]d` makes them", minJWTKey))
	}
}

func readAdminUser(t *table, a *Admin) *AdminUser {
	u := &AdminUser{
		Name:         t.name,
		Role:         t.required("role", `write "admin", or "read-only"`),
		PasswordHash: Secret(t.str("password_hash", "")),
		Certificate:  t.str("certificate", ""),
		Created:      t.moment("created"),
		Updated:      t.moment("updated"),
	}
	if u.Role != "" && u.Role != RoleAdmin && u.Role != RoleReadOnly {
		t.fail("role", fmt.Sprintf("%q is not known", u.Role), `write "admin", or "read-only"`)
	}
	var given bool
	u.Password, given = t.secret("password")
	key := t.secretKey("password")
	switch {
	case !t.exists:
	case given && t.has("password_hash"):
		t.fail("password_hash", fmt.Sprintf("there is a %s too", key), "keep one of them")
	case given && u.Password == "" && isString(t.values[key]) && !t.r.failed(t.place(key)):
		t.fail(key, "this is empty: everybody could be this user", "choose a password")
	case given:
		t.defaultPassword(key, a, u.Name, u.Password)
	case t.has("password_hash"):
		t.passwordHash(u.PasswordHash)
	case u.Certificate == "":
		t.missing("password_hash", "write what `penstock hash-password` prints; or password, password_file or password_env; or certificate")
	}
	if t.has("certificate") && u.Certificate == "" && isString(t.values["certificate"]) {
		t.fail("certificate", "this is empty", "write the common name of the user's certificate, or leave it out")
	}
	if u.Certificate != "" && (a.TLS == nil || a.TLS.CA == "") {
		t.fail("certificate", "no client certificate can be checked", "write ca, the authority of the users' certificates, in [admin.tls]")
	}
	for name, other := range a.Users {
		if u.Certificate != "" && other.Certificate == u.Certificate {
			t.fail("certificate", fmt.Sprintf("[admin.users.%s] has it too", name), "give each user a certificate of his own")
		}
	}
	t.finish()
	return u
}

// passwordHash checks a hash without showing it.
func (t *table) passwordHash(hash Secret) {
	cost, err := bcrypt.Cost([]byte(hash))
	switch {
	case !isString(t.values["password_hash"]):
	case err != nil:
		t.fail("password_hash", "this is no bcrypt hash", "write what `penstock hash-password` prints")
	case cost < minHashCost || cost > maxHashCost:
		t.fail("password_hash", fmt.Sprintf("the hash has the cost %d", cost), fmt.Sprintf("make one of a cost from %d to %d", minHashCost, maxHashCost))
	}
}

// moment reads a time that the REST API has written.
func (t *table) moment(key string) time.Time {
	text := t.str(key, "")
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.fail(key, fmt.Sprintf("%q is no time", text), `write it like "2026-01-31T12:00:00Z", or leave it out`)
	}
	return at
}
