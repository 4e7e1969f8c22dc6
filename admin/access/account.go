package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Role is what an account may do.
type Role string

// The roles.
const (
	Admin    Role = "admin"     // everything
	ReadOnly Role = "read-only" // reading
)

// Account is one that may use the API. It has a Password or a Hash, not both;
// with neither nobody gets in by password.
type Account struct {
	Name     string
	Role     Role
	Password string
	Hash     string // bcrypt, as [Hash] makes it
	// Certificate is the common name of the client certificate that is enough
	// to be this account; empty: none is.
	Certificate string
	// Created and Updated are when the account was made and last changed; zero:
	// not known.
	Created, Updated time.Time
}

// Identity is whom a request comes from.
type Identity struct {
	Name string
	Role Role
	By   Means
}

// Means is how somebody has proved who he is.
type Means string

// The means.
const (
	ByPassword    Means = "password"
	ByToken       Means = "token"
	ByCertificate Means = "certificate"
)

// Passwords that are hashed.
const (
	// Cost of new hashes: about a quarter of a second.
	hashCost = 12
	// MaxPassword is the most bytes of a password that bcrypt looks at. Longer
	// ones are refused rather than cut off in silence.
	MaxPassword = 72
)

// Hash returns a hash of the password, for Account.Hash. The error is that the
// password is empty or longer than [MaxPassword] bytes.
func Hash(password string) (string, error) {
	if password == "" {
		return "", errors.New("the password is empty")
	}
	if len(password) > MaxPassword {
		return "", fmt.Errorf("the password is longer than %d bytes, all that a hash can take in", MaxPassword)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), hashCost)
	return string(hash), err
}

// proofLife is how long a password that has been held against its hash is
// remembered to be right.
const proofLife = 5 * time.Minute

// proof is a password known to be right, as a digest.
type proof struct {
	digest [sha256.Size]byte
	until  time.Time // zero: for ever
}

// account is an Account at work. Its password is forgotten.
type account struct {
	Account
	cost  int                   // of the hash; 0: there is none
	known atomic.Pointer[proof] // nil: nothing
	key   []byte                // signs its tokens
	seen  *atomic.Int64         // when it was last used, Unix seconds; 0: never
}

// newAccount checks a and makes its parts: key is the process's, for digests;
// tokenKey is what the keys of tokens are derived from.
func newAccount(a Account, key, tokenKey []byte, seen *atomic.Int64) (*account, error) {
	w := &account{Account: a, seen: seen}
	material := "none:"
	switch {
	case a.Name == "":
		return nil, errors.New("an account of the REST API has no name")
	case a.Role != Admin && a.Role != ReadOnly:
		return nil, fmt.Errorf("account %q of the REST API: there is no role %q", a.Name, string(a.Role))
	case a.Password != "" && a.Hash != "":
		return nil, fmt.Errorf("account %q of the REST API has both a password and a hash", a.Name)
	case a.Password != "":
		w.known.Store(&proof{digest: digest(key, a.Name, a.Password)})
		material = "password:" + a.Password
	case a.Hash != "":
		cost, err := bcrypt.Cost([]byte(a.Hash))
		if err != nil {
			return nil, fmt.Errorf("account %q of the REST API: its hash is none of bcrypt", a.Name)
		}
		w.cost = cost
		material = "hash:" + a.Hash
	}
	w.Account.Password = ""
	// The key depends on all that a token stands for: the tokens of an account
	// whose password or role has changed are worth nothing.
	w.key = mac(tokenKey, a.Name, string(a.Role), material, a.Certificate)
	return w, nil
}

// seenStep is how exactly it is known when an account was last used. It is not
// finer so that one who reads it twice finds the same.
const seenStep = time.Minute

func (a *account) identity(by Means, now time.Time) Identity {
	if seen := a.seen.Load(); now.Unix() >= seen+int64(seenStep.Seconds()) {
		a.seen.Store(now.Unix())
	}
	return Identity{Name: a.Name, Role: a.Role, By: by}
}

// proven says whether a password with this digest is known to be right.
func (a *account) proven(d [sha256.Size]byte, now time.Time) bool {
	p := a.known.Load()
	if p == nil {
		return false
	}
	same := subtle.ConstantTimeCompare(p.digest[:], d[:]) == 1
	return same && (p.until.IsZero() || now.Before(p.until))
}

// check holds a password against the hash. If it is wrong that takes as long for
// every account, and for a stand-in that has no hash, as for the dearest hash
// of all, whose cost is most.
func (a *account) check(password string, most int) bool {
	cost := a.cost
	if len(password) > MaxPassword {
		cost = 0 // what bcrypt does not look at must not be taken for right
	}
	if cost > 0 && bcrypt.CompareHashAndPassword([]byte(a.Hash), []byte(password)) == nil {
		return true
	}
	for _, filler := range fillers(cost, most) {
		_, _ = bcrypt.GenerateFromPassword([]byte("nobody's"), filler)
	}
	return false
}

// fillers are the costs of the hashes that take, together with one of cost, as
// long as one of most. A cost that is one more is twice the work.
func fillers(cost, most int) (costs []int) {
	if cost == 0 && most > 0 {
		return []int{most}
	}
	for ; cost < most; cost++ {
		costs = append(costs, cost)
	}
	return costs
}

// digest is what a password is remembered as.
func digest(key []byte, name, password string) (d [sha256.Size]byte) {
	copy(d[:], mac(key, name, password))
	return d
}

// mac authenticates a list of strings: two lists never run into one another.
func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return h.Sum(nil)
}
