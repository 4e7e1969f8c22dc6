package admin

import (
	"context"
	"maps"
	"net/netip"
	"strings"
	"time"

	"github.com/penstock-db/penstock/engine"
)

// maxLookups is how many reverse lookups run at one time, over all requests.
// Those that get no turn in time fall back to the address.
const maxLookups = 16

// resolver finds the names of addresses. All lookups of one request share one
// time limit, so that a dead name server costs a request that limit and other
// requests nothing.
type resolver struct {
	lookup  func(ctx context.Context, address string) ([]string, error)
	timeout time.Duration
	turns   chan struct{}
}

func newResolver(lookup func(context.Context, string) ([]string, error), timeout time.Duration) *resolver {
	return &resolver{lookup: lookup, timeout: timeout, turns: make(chan struct{}, maxLookups)}
}

// hostNames are the names that were found, by address.
type hostNames map[string]string

// replace puts the name in the place of a session's remote address, if there is one.
func (n hostNames) replace(s *engine.Snapshot) {
	if name := n[s.Remote]; name != "" {
		s.Remote = name
	}
}

// names looks up those that are addresses.
func (r *resolver) names(ctx context.Context, addresses map[string]bool) hostNames {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	maps.DeleteFunc(addresses, func(text string, _ bool) bool {
		_, err := netip.ParseAddr(text)
		return err != nil
	})
	return r.find(ctx, addresses)
}

// find looks the addresses up side by side and returns what is known when all
// are done or ctx is. A lookup that does not heed ctx goes on alone and keeps
// its turn, so that there are never more than maxLookups of them.
func (r *resolver) find(ctx context.Context, addresses map[string]bool) hostNames {
	type result struct{ address, name string }
	results := make(chan result, len(addresses)) // nobody waits to deliver
	running := 0
start:
	for address := range addresses {
		select {
		case <-ctx.Done():
			break start
		case r.turns <- struct{}{}:
			running++
			go func() {
				defer func() { <-r.turns }()
				results <- result{address, r.one(ctx, address)}
			}()
		}
	}
	names := make(hostNames, running)
	for range running {
		select {
		case <-ctx.Done():
			return names
		case found := <-results:
			names[found.address] = found.name
		}
	}
	return names
}

// one returns the first name of an address, empty if there is none in time.
func (r *resolver) one(ctx context.Context, address string) string {
	names, err := r.lookup(ctx, address)
	if err != nil || len(names) == 0 {
		return ""
	}
	return strings.TrimSuffix(names[0], ".")
}
