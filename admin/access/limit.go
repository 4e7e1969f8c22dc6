package access

import (
	"net/netip"
	"sync"
	"time"
)

// How often logins may fail: a burst, and then one more each interval.
const (
	pairBurst, pairEvery       = 10, 5 * time.Second  // of one address at one account
	addressBurst, addressEvery = 50, time.Second      // of one address at all accounts
	accountBurst, accountEvery = 100, 2 * time.Second // at one account from all addresses
	maxClients                 = 10000                // that are remembered at one time, for each of these
	trustLife                  = 24 * time.Hour
)

// limits bounds failed logins. What it counts for is the address and the
// account together, so that those who guess keep out nobody but those who
// come from their own address to the same account. Who goes through many
// accounts, or through many addresses, meets one of the two wider limits; a
// client whose password has been right at this address lately does not, so that
// it cannot be locked out by them. Tokens and certificates cannot be guessed
// and meet no limit.
type limits struct {
	mu      sync.Mutex
	pairs   buckets
	address buckets
	account buckets
	trusted map[clientKey]time.Time // until when
}

// clientKey is an address and an account. IPv6 networks of 64 bits count as one
// address: that is the least that anybody has.
type clientKey struct {
	address netip.Prefix
	account string
}

func newLimits() *limits {
	return &limits{
		pairs:   buckets{burst: pairBurst, every: pairEvery, of: map[clientKey]bucket{}},
		address: buckets{burst: addressBurst, every: addressEvery, of: map[clientKey]bucket{}},
		account: buckets{burst: accountBurst, every: accountEvery, of: map[clientKey]bucket{}},
		trusted: map[clientKey]time.Time{},
	}
}

// client is one login on its way.
type client struct {
	l   *limits
	key clientKey
}

func (l *limits) client(from netip.Addr, account string) client {
	from = from.Unmap().WithZone("")
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	prefix, _ := from.Prefix(bits) // the invalid address counts as one too
	const most = 128               // a longer name is nobody's: what it ends in does not matter
	return client{l, clientKey{prefix, account[:min(len(account), most)]}}
}

// each calls f with the buckets that this client has to do with.
func (c client) each(now time.Time, f func(b *buckets, key clientKey)) {
	f(&c.l.pairs, c.key)
	if until, ok := c.l.trusted[c.key]; ok && now.Before(until) {
		return
	}
	f(&c.l.address, clientKey{address: c.key.address})
	f(&c.l.account, clientKey{account: c.key.account})
}

// wait is how long the client has to wait before it may try; 0: not at all.
func (c client) wait(now time.Time) (longest time.Duration) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	return c.longest(now)
}

func (c client) longest(now time.Time) (longest time.Duration) {
	c.each(now, func(b *buckets, key clientKey) { longest = max(longest, b.wait(key, now)) })
	return longest
}

// charge counts a login as failed before it is looked at: of many at one time
// no more get through than may fail. It returns what wait does.
func (c client) charge(now time.Time) time.Duration {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if wait := c.longest(now); wait > 0 {
		return wait
	}
	c.each(now, func(b *buckets, key clientKey) { b.add(key, -1, now) })
	return 0
}

// refund takes a charge back.
func (c client) refund(now time.Time) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	c.each(now, func(b *buckets, key clientKey) { b.add(key, 1, now) })
}

// succeeded notes that the password was right.
func (c client) succeeded(now time.Time) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if _, ok := c.l.trusted[c.key]; !ok {
		makeRoom(c.l.trusted, func(until time.Time) bool { return !now.Before(until) })
	}
	c.l.trusted[c.key] = now.Add(trustLife)
}

// buckets are token buckets. One that is full is not kept.
type buckets struct {
	burst float64
	every time.Duration // a token comes back
	of    map[clientKey]bucket
}

type bucket struct {
	tokens float64
	at     time.Time // when there were that many
}

func (b *buckets) now(key clientKey, now time.Time) float64 {
	have, ok := b.of[key]
	if !ok {
		return b.burst
	}
	return b.refilled(have, now)
}

func (b *buckets) refilled(have bucket, now time.Time) float64 {
	return min(b.burst, have.tokens+max(0, now.Sub(have.at).Seconds())/b.every.Seconds())
}

func (b *buckets) wait(key clientKey, now time.Time) time.Duration {
	if have := b.now(key, now); have < 1 {
		return max(time.Millisecond, time.Duration((1-have)*float64(b.every)))
	}
	return 0
}

func (b *buckets) add(key clientKey, tokens float64, now time.Time) {
	have := b.now(key, now) + tokens
	if have >= b.burst {
		delete(b.of, key)
		return
	}
	if _, ok := b.of[key]; !ok {
		makeRoom(b.of, func(other bucket) bool { return b.refilled(other, now) >= b.burst })
	}
	b.of[key] = bucket{have, now}
}

// makeRoom keeps a map from growing beyond maxClients: what is spent goes, and
// then some at random, so many that this is not done each time. Who has that
// many addresses gains little by it.
func makeRoom[K comparable, V any](m map[K]V, spent func(V) bool) {
	if len(m) < maxClients {
		return
	}
	for key, value := range m {
		if spent(value) {
			delete(m, key)
		}
	}
	for key := range m {
		if len(m) <= maxClients-maxClients/16 {
			return
		}
		delete(m, key)
	}
}
