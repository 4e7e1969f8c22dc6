package access

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	here     = netip.MustParseAddr("192.0.2.1")
	attacker = netip.MustParseAddr("198.51.100.66")
)

// quick hashes a password at a cost that tests can afford.
func quick(t testing.TB, password string, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func accounts(t testing.TB) []Account {
	return []Account{
		{Name: "admin", Role: Admin, Password: "penstock"},
		{Name: "watch", Role: ReadOnly, Hash: quick(t, "looking", bcrypt.MinCost), Certificate: "watcher"},
		{Name: "dear", Role: ReadOnly, Hash: quick(t, "costly", bcrypt.MinCost+1)},
		{Name: "robot", Role: Admin, Certificate: "robot.example"},
	}
}

func newControl(t testing.TB, list []Account, tokenKey string) (*Control, *clock) {
	t.Helper()
	c, err := New(list, tokenKey)
	if err != nil {
		t.Fatal(err)
	}
	clock := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	c.now = clock.Now
	return c, clock
}

func TestLogin(t *testing.T) {
	c, _ := newControl(t, accounts(t), "")
	for _, try := range []struct {
		name, password string
		role           Role // empty: denied
	}{
		{"admin", "penstock", Admin}, {"watch", "looking", ReadOnly}, {"watch", "looking", ReadOnly}, {"dear", "costly", ReadOnly},
		{"admin", "Penstock", ""}, {"Admin", "penstock", ""}, {"admin", "", ""}, {"", "", ""}, {"admin", "penstock\x00", ""},
		{"watch", "looking ", ""}, {"watch", "", ""}, {"dear", "looking", ""}, {"nobody", "nobody's", ""}, {"robot", "", ""}, {"robot", "robot.example", ""},
		{"watch", "looking" + strings.Repeat("\x00", 70), ""},
	} {
		who, err := c.Login(context.Background(), here, try.name, try.password)
		if try.role == "" {
			if !errors.Is(err, ErrDenied) || who != (Identity{}) {
				t.Errorf("%q %q: %+v, %v", try.name, try.password, who, err)
			}
			continue
		}
		if err != nil || who != (Identity{try.name, try.role, ByPassword}) {
			t.Errorf("%q %q: %+v, %v", try.name, try.password, who, err)
		}
	}
	if who, ok := c.Certificate("watcher"); !ok || who != (Identity{"watch", ReadOnly, ByCertificate}) {
		t.Errorf("certificate: %+v, %v", who, ok)
	}
	for _, name := range []string{"", "watch", "admin", "Watcher"} {
		if who, ok := c.Certificate(name); ok {
			t.Errorf("certificate %q is %+v", name, who)
		}
	}
}

// bcrypt looks at 72 bytes: what comes after them must not be a matter of
// indifference.
func TestLongPasswords(t *testing.T) {
	long := strings.Repeat("x", MaxPassword)
	c, _ := newControl(t, []Account{{Name: "a", Role: Admin, Hash: quick(t, long, bcrypt.MinCost)}, {Name: "b", Role: Admin, Password: long + "y"}}, "")
	for _, try := range []struct {
		name, password string
		ok             bool
	}{{"a", long, true}, {"a", long + "y", false}, {"b", long + "y", true}, {"b", long + "z", false}} {
		if _, err := c.Login(context.Background(), here, try.name, try.password); (err == nil) != try.ok {
			t.Errorf("%s with %d bytes: %v", try.name, len(try.password), err)
		}
	}
	for _, password := range []string{"", long + "y"} {
		if _, err := Hash(password); err == nil {
			t.Errorf("%d bytes were hashed", len(password))
		}
	}
	hash, err := Hash(long)
	if err != nil || bcrypt.CompareHashAndPassword([]byte(hash), []byte(long)) != nil {
		t.Errorf("hash %q, %v", hash, err)
	}
}

// TestRememberedPasswords sees that a hash is not computed for each request,
// and not remembered for ever.
func TestRememberedPasswords(t *testing.T) {
	c, clock := newControl(t, accounts(t), "")
	login := func(password string) error {
		_, err := c.Login(context.Background(), here, "watch", password)
		return err
	}
	proven := func() bool {
		return c.table.Load().byName["watch"].proven(digest(c.key, "watch", "looking"), c.now())
	}
	if err := login("wrong"); err == nil || proven() {
		t.Errorf("a wrong password: %v, remembered: %t", err, proven())
	}
	if err := login("looking"); err != nil || !proven() {
		t.Errorf("the right password: %v, remembered: %t", err, proven())
	}
	if err := login("wrong"); err == nil {
		t.Error("a wrong password got in after the right one")
	}
	clock.pass(proofLife)
	if proven() {
		t.Error("the password is remembered for ever")
	}
	// The slots for hashing are taken: only what is remembered gets in.
	if err := login("looking"); err != nil {
		t.Error(err)
	}
	for range cap(c.hashing) {
		c.hashing <- struct{}{}
	}
	if err := login("looking"); err != nil {
		t.Errorf("a remembered password was hashed: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Login(ctx, here, "watch", "other"); !errors.Is(err, context.Canceled) {
		t.Errorf("a password that waits for its turn: %v", err)
	}
}

// TestSameWork adds up what a wrong password costs, which must not depend on the
// account: a hash of cost n takes 2ⁿ rounds.
func TestSameWork(t *testing.T) {
	const most = 12
	for cost := range most + 1 {
		if cost > 0 && cost < bcrypt.MinCost {
			continue
		}
		rounds := 0
		if cost > 0 {
			rounds = 1 << cost
		}
		for _, filler := range fillers(cost, most) {
			rounds += 1 << filler
		}
		if rounds != 1<<most {
			t.Errorf("a hash of cost %d: %d rounds, want %d", cost, rounds, 1<<most)
		}
	}
	if got := fillers(0, 0); got != nil {
		t.Errorf("where nobody has a hash: %v", got)
	}
}

func TestReplace(t *testing.T) {
	list := accounts(t)
	c, clock := newControl(t, list, "")
	if _, err := c.Login(context.Background(), here, "watch", "looking"); err != nil {
		t.Fatal(err)
	}
	clock.pass(time.Hour)
	for name, bad := range map[string][]Account{
		"none":                     {},
		"no name":                  {{Role: Admin, Password: "x"}},
		"no role":                  {{Name: "a", Password: "x"}},
		"two of a name":            {{Name: "a", Role: Admin, Password: "x"}, {Name: "a", Role: ReadOnly, Password: "y"}},
		"two of a certificate":     {{Name: "a", Role: Admin, Certificate: "x"}, {Name: "b", Role: ReadOnly, Certificate: "x"}},
		"password and hash":        {{Name: "a", Role: Admin, Password: "x", Hash: list[1].Hash}},
		"a hash that is none":      {{Name: "a", Role: Admin, Hash: "x"}},
		"a hash of another kind":   {{Name: "a", Role: Admin, Hash: "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"}},
		"a hash that was cut off":  {{Name: "a", Role: Admin, Hash: list[1].Hash[:40]}},
		"a hash of unknown prefix": {{Name: "a", Role: Admin, Hash: strings.Replace(list[1].Hash, "$2a", "$3a", 1)}},
	} {
		if err := c.Replace(bad, ""); err == nil {
			t.Errorf("%s: taken over", name)
		} else if strings.Contains(err.Error(), "$2a") {
			t.Errorf("%s: the error shows the hash: %v", name, err)
		}
	}
	if err := c.Replace(list, "too short"); err == nil {
		t.Error("a short key was taken over")
	}
	if _, err := c.Login(context.Background(), here, "admin", "penstock"); err != nil {
		t.Errorf("after accounts that could not be taken over: %v", err)
	}
	if err := c.Replace([]Account{{Name: "watch", Role: Admin, Password: "now in the clear"}}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Login(context.Background(), here, "admin", "penstock"); err == nil {
		t.Error("an account that is gone gets in")
	}
	if _, err := c.Login(context.Background(), here, "watch", "looking"); err == nil {
		t.Error("the old password gets in")
	}
	if got := c.Accounts(); len(got) != 1 || got[0].Role != Admin || got[0].LastLogin.IsZero() || got[0].LastLogin.After(clock.now.Add(-time.Minute)) {
		t.Errorf("accounts %+v", got)
	}
	if who, err := c.Login(context.Background(), here, "watch", "now in the clear"); err != nil || who.Role != Admin {
		t.Errorf("%+v, %v", who, err)
	}
}

// TestAtTheSameTime has logins, tokens and reloads at one time, for the race
// detector.
func TestAtTheSameTime(t *testing.T) {
	list := accounts(t)
	c, _ := newControl(t, list, "")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				if who, err := c.Login(context.Background(), here, "watch", "looking"); err != nil || who.Role != ReadOnly {
					t.Errorf("%+v, %v", who, err)
					return
				}
				c.Login(context.Background(), attacker, fmt.Sprint(n), "wrong")
				token, err := c.Issue("watch", TokenLife)
				if err != nil {
					t.Error(err)
				}
				if _, err := c.Token(token); err != nil {
					t.Error(err)
				}
				if i == 0 {
					if err := c.Replace(list, ""); err != nil {
						t.Error(err)
					}
				}
				c.Accounts()
			}
		})
	}
	all.Wait()
}
