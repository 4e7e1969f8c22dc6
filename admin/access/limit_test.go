package access

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// guess fails to log in until it is throttled, and returns how often it could.
func guess(t *testing.T, c *Control, from netip.Addr, name string, most int) (failed int) {
	t.Helper()
	for failed = range most {
		_, err := c.Login(context.Background(), from, name, fmt.Sprint("wrong", failed))
		if throttled := (*Throttled)(nil); errors.As(err, &throttled) {
			if throttled.Seconds() < 1 || throttled.Seconds() > 60 {
				t.Errorf("try again in %d seconds", throttled.Seconds())
			}
			return failed
		} else if !errors.Is(err, ErrDenied) {
			t.Fatalf("a wrong password: %v", err)
		}
	}
	return most
}

func TestFailedLoginsAreBounded(t *testing.T) {
	c, clock := newControl(t, accounts(t), "")
	for _, name := range []string{"admin", "watch"} {
		if n := guess(t, c, attacker, name, 1000); n != pairBurst {
			t.Errorf("%s: %d guesses", name, n)
		}
	}
	// Even the right password is not looked at.
	var throttled *Throttled
	if _, err := c.Login(context.Background(), attacker, "admin", "penstock"); !errors.As(err, &throttled) {
		t.Errorf("the right password of one who guesses: %v", err)
	}
	// Others get in: from elsewhere, and from there to another account.
	for _, try := range []struct {
		from           netip.Addr
		name, password string
	}{{here, "admin", "penstock"}, {here, "watch", "looking"}, {attacker, "dear", "costly"}} {
		if _, err := c.Login(context.Background(), try.from, try.name, try.password); err != nil {
			t.Errorf("%s from %s: %v", try.name, try.from, err)
		}
	}
	clock.pass(throttled.Retry)
	if _, err := c.Login(context.Background(), attacker, "admin", "penstock"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	clock.pass(10 * pairEvery * pairBurst)
	if n := guess(t, c, attacker, "admin", 1000); n != pairBurst {
		t.Errorf("after a long time: %d guesses", n)
	}
}

func TestManyAccountsFromOneAddress(t *testing.T) {
	c, _ := newControl(t, accounts(t), "")
	if _, err := c.Login(context.Background(), attacker, "admin", "penstock"); err != nil {
		t.Fatal(err)
	}
	total := 0
	for i := range 1000 {
		total += guess(t, c, attacker, fmt.Sprint("user", i), 1)
	}
	if total != addressBurst {
		t.Errorf("%d guesses", total)
	}
	if _, err := c.Login(context.Background(), attacker, "admin", "penstock"); err != nil {
		t.Errorf("a client of the same address that was right before: %v", err)
	}
	if _, err := c.Login(context.Background(), here, "dear", "costly"); err != nil {
		t.Errorf("another address: %v", err)
	}
}

func TestManyAddressesAtOneAccount(t *testing.T) {
	c, clock := newControl(t, []Account{{Name: "admin", Role: Admin, Password: "penstock"}, {Name: "watch", Role: ReadOnly, Password: "looking"}}, "")
	if _, err := c.Login(context.Background(), here, "admin", "penstock"); err != nil {
		t.Fatal(err)
	}
	total := 0
	for i := range 1000 {
		total += guess(t, c, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), "admin", 1)
	}
	if total != accountBurst {
		t.Errorf("%d guesses", total)
	}
	if _, err := c.Login(context.Background(), here, "admin", "penstock"); err != nil {
		t.Errorf("a client that was right before: %v", err)
	}
	if _, err := c.Login(context.Background(), attacker, "watch", "looking"); err != nil {
		t.Errorf("another account: %v", err)
	}
	clock.pass(trustLife)
	if n := guess(t, c, here, "admin", 1000); n != pairBurst {
		t.Errorf("%d guesses after the trust has ended", n)
	}
}

// An IPv6 network of 64 bits is one client, a mapped IPv4 address is itself.
func TestAddresses(t *testing.T) {
	c, _ := newControl(t, accounts(t), "")
	total := 0
	for i := range 100 {
		total += guess(t, c, netip.MustParseAddr(fmt.Sprintf("2001:db8:1:2::%x", i)), "admin", 1)
	}
	if total != pairBurst {
		t.Errorf("%d guesses from one network", total)
	}
	if n := guess(t, c, netip.MustParseAddr("2001:db8:1:3::1"), "admin", 1); n != 1 {
		t.Error("another network is throttled too")
	}
	guess(t, c, attacker, "admin", 1000)
	for _, same := range []netip.Addr{netip.AddrFrom16(attacker.As16()), attacker} {
		if n := guess(t, c, same, "admin", 1); n != 0 {
			t.Errorf("%v is another client", same)
		}
	}
	guess(t, c, netip.Addr{}, "admin", 1000)
	if n := guess(t, c, netip.Addr{}, "admin", 1); n != 0 {
		t.Error("no address is not bounded")
	}
}

// Many that guess at one time fail no more often than one after the other, and
// many that are right at one time are not counted as wrong.
func TestAllAtOnce(t *testing.T) {
	c, _ := newControl(t, accounts(t), "")
	var mu sync.Mutex
	var failed, in int
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			_, err := c.Login(context.Background(), attacker, "watch", fmt.Sprint(i))
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrDenied) {
				failed++
			}
		})
		all.Go(func() {
			_, err := c.Login(context.Background(), here, "watch", "looking")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				in++
			}
		})
	}
	all.Wait()
	if failed != pairBurst || in != 100 {
		t.Errorf("%d guesses, %d of 100 that were right got in", failed, in)
	}
}

func TestBoundedMemory(t *testing.T) {
	list := []Account{{Name: "admin", Role: Admin, Password: "x"}}
	c, clock := newControl(t, list, "")
	guessed := func(i int) netip.Addr {
		return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
	}
	for i := range 3 * maxClients {
		clock.pass(accountEvery) // the wide limit of the account is not what is tested
		c.Login(context.Background(), guessed(i), "admin", "wrong")
		c.Login(context.Background(), guessed(i), "admin", "x")
	}
	for name, n := range map[string]int{"pairs": len(c.limits.pairs.of), "address": len(c.limits.address.of),
		"account": len(c.limits.account.of), "trusted": len(c.limits.trusted)} {
		if n > maxClients {
			t.Errorf("%d %s are kept", n, name)
		}
	}
}

// BenchmarkLogin is what each request with a password costs.
func BenchmarkLogin(b *testing.B) {
	c, err := New([]Account{{Name: "watch", Role: ReadOnly, Hash: quick(b, "looking", bcrypt.MinCost)}}, "")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.Login(context.Background(), here, "watch", "looking"); err != nil {
			b.Fatal(err)
		}
	}
}
