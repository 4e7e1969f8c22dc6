package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ErrDenied is the error of credentials that are wrong. It does not tell what
// is wrong with them.
var ErrDenied = errors.New("access denied")

// Throttled is the error of somebody who has been wrong too often. Whether he
// was right this time has not been looked at.
type Throttled struct {
	Retry time.Duration // when to try again
}

// Error says when to try again.
func (t *Throttled) Error() string {
	return fmt.Sprintf("too many failed logins: try again in %d seconds", t.Seconds())
}

// Seconds is Retry in whole seconds, at least 1.
func (t *Throttled) Seconds() int { return int((t.Retry + time.Second - 1) / time.Second) }

// minTokenKey is the fewest bytes that sign tokens.
const minTokenKey = 32

// Control lets people in, or does not. All its methods may be called at the
// same time. Create it with [New].
type Control struct {
	key    []byte // of digests: this process's alone
	random []byte // signs tokens unless there is a key in the configuration
	now    func() time.Time
	limits *limits
	// hashing bounds how many hashes are computed at one time, so that people
	// who guess leave processors to the proxy's work.
	hashing chan struct{}
	mu      sync.Mutex // of Replace
	table   atomic.Pointer[table]
}

// table is the accounts at one time.
type table struct {
	byName map[string]*account
	byCert map[string]*account
	most   int      // the highest cost of a hash; 0: there is no hash
	nobody *account // stands in for accounts that do not exist
}

// New returns a Control with these accounts. tokenKey signs tokens; it has at
// least 32 bytes, or is empty for a key that ends with the process.
func New(accounts []Account, tokenKey string) (*Control, error) {
	c := &Control{
		key:     make([]byte, minTokenKey),
		random:  make([]byte, minTokenKey),
		now:     time.Now,
		limits:  newLimits(),
		hashing: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}
	rand.Read(c.key)    // never fails
	rand.Read(c.random) // never fails
	return c, c.Replace(accounts, tokenKey)
}

// Replace has other accounts from now on. Tokens of accounts that are as they
// were stay good, unless tokenKey has changed. With an error nothing changes.
func (c *Control) Replace(accounts []Account, tokenKey string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	signing := c.random
	if tokenKey != "" {
		if len(tokenKey) < minTokenKey {
			return fmt.Errorf("the key that signs tokens of the REST API has %d bytes only: it needs %d", len(tokenKey), minTokenKey)
		}
		signing = []byte(tokenKey)
	}
	if len(accounts) == 0 {
		return errors.New("the REST API has no account: nobody could use it")
	}
	old := c.table.Load()
	t := &table{byName: map[string]*account{}, byCert: map[string]*account{}, nobody: &account{}}
	for _, a := range accounts {
		seen := new(atomic.Int64)
		if old != nil && old.byName[a.Name] != nil {
			seen = old.byName[a.Name].seen
		}
		w, err := newAccount(a, c.key, signing, seen)
		if err != nil {
			return err
		}
		if t.byName[a.Name] != nil {
			return fmt.Errorf("account %q of the REST API is there twice", a.Name)
		}
		t.byName[a.Name] = w
		t.most = max(t.most, w.cost)
		if a.Certificate == "" {
			continue
		}
		if other := t.byCert[a.Certificate]; other != nil {
			return fmt.Errorf("accounts %q and %q of the REST API have the same certificate", other.Name, a.Name)
		}
		t.byCert[a.Certificate] = w
	}
	c.table.Store(t)
	return nil
}

// Login lets in who knows the password of an account; from is his address. The
// error is [ErrDenied], a [*Throttled], or ctx's.
func (c *Control) Login(ctx context.Context, from netip.Addr, name, password string) (Identity, error) {
	t := c.table.Load()
	a, exists := t.byName[name]
	if !exists {
		a = t.nobody
	}
	client := c.limits.client(from, name)
	d := digest(c.key, name, password)
	if wait := client.wait(c.now()); wait > 0 {
		return Identity{}, &Throttled{wait}
	}
	if a.proven(d, c.now()) {
		client.succeeded(c.now())
		return a.identity(ByPassword, c.now()), nil
	}
	select {
	case c.hashing <- struct{}{}:
		defer func() { <-c.hashing }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return Identity{}, err // nobody waits for the answer any more
	}
	// Meanwhile others may have guessed wrongly, or shown this very password to
	// be right.
	if wait := client.charge(c.now()); wait > 0 {
		return Identity{}, &Throttled{wait}
	}
	if !a.proven(d, c.now()) && !a.check(password, t.most) {
		return Identity{}, ErrDenied
	}
	client.refund(c.now())
	client.succeeded(c.now())
	if a.cost > 0 {
		a.known.Store(&proof{d, c.now().Add(proofLife)})
	}
	return a.identity(ByPassword, c.now()), nil
}

// Certificate lets in who has shown a client certificate with this common name,
// if an account says that this is enough. The caller has verified it.
func (c *Control) Certificate(commonName string) (Identity, bool) {
	a := c.table.Load().byCert[commonName]
	if a == nil {
		return Identity{}, false
	}
	return a.identity(ByCertificate, c.now()), true
}

// Info is what can be told of an account.
type Info struct {
	Name      string
	Role      Role
	Created   time.Time // zero: not known
	Updated   time.Time // zero: never, or not known
	LastLogin time.Time // zero: not since the process started
}

// Accounts lists the accounts by name.
func (c *Control) Accounts() []Info {
	var list []Info
	for _, a := range c.table.Load().byName {
		i := Info{Name: a.Name, Role: a.Role, Created: a.Created, Updated: a.Updated}
		if seen := a.seen.Load(); seen != 0 {
			i.LastLogin = time.Unix(seen, 0).UTC()
		}
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return list
}
