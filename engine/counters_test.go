package engine

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/penstock-db/penstock/engine/wire"
)

// oneCounter counts commands only.
type oneCounter struct{ commands atomic.Uint64 }

func (c *oneCounter) addTo(sum *Statistics) { sum.Commands += c.commands.Load() }

// TestLedgerLosesNothing has many come, count and go while their sum is asked
// for: it never shrinks, never runs ahead of what was counted, and ends exact.
func TestLedgerLosesNothing(t *testing.T) {
	const hands, lives, counts = 8, 50, 100
	var l ledger[Statistics]
	var counted atomic.Uint64 // before it is in a counter
	var working sync.WaitGroup
	for range hands {
		working.Go(func() {
			for range lives {
				c := &oneCounter{}
				l.enter(c)
				for range counts {
					counted.Add(1)
					c.commands.Add(1)
				}
				l.leave(c)
				l.leave(c) // once is enough
			}
		})
	}
	done := make(chan struct{})
	go func() { working.Wait(); close(done) }()
	for last := uint64(0); ; {
		sum := l.sum().Commands
		if most := counted.Load(); sum < last || sum > most {
			t.Fatalf("the sum is %d after %d, and at most %d are counted", sum, last, most)
		}
		last = sum
		select {
		case <-done:
			if got := l.sum().Commands; got != hands*lives*counts || len(l.live) != 0 {
				t.Errorf("the sum is %d, want %d; %d are left", got, hands*lives*counts, len(l.live))
			}
			return
		default:
		}
	}
}

// trafficOf is that of all servers.
func trafficOf(p *Proxy) (sum Traffic) {
	for _, s := range p.Servers() {
		t := s.Traffic
		sum = Traffic{sum.Commands + t.Commands, sum.Errors + t.Errors, sum.BytesSent + t.BytesSent, sum.BytesReceived + t.BytesReceived}
	}
	return sum
}

// TestServiceSumsOfSessionsThatComeAndGo has real sessions work and end while
// their service is asked.
func TestServiceSumsOfSessionsThatComeAndGo(t *testing.T) {
	p := startProxy(t, "", "")
	const clients, lives, queries = 4, 5, 10
	var working sync.WaitGroup
	for range clients {
		working.Go(func() {
			for range lives {
				t.Run("life", func(t *testing.T) { // its end quits
					c := rawClient(t, p)
					var r wire.Reply
					for range queries {
						roundTrip(t, c, &r, append([]byte{byte(wire.ComQuery)}, "SELECT 1"...))
					}
				})
			}
		})
	}
	done := make(chan struct{})
	go func() { working.Wait(); close(done) }()
	var last Statistics
	var traffic Traffic
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		now := p.Services()[0].Statistics
		if now.Commands < last.Commands || now.BytesFromClient < last.BytesFromClient || now.BytesToClient < last.BytesToClient {
			t.Fatalf("a sum shrank: %+v after %+v", now, last)
		}
		last = now
		sum := trafficOf(p)
		if sum.Commands < traffic.Commands || sum.BytesSent < traffic.BytesSent || sum.BytesReceived < traffic.BytesReceived {
			t.Fatalf("a sum shrank: %+v after %+v", sum, traffic)
		}
		traffic = sum
	}
	eventually(t, "the sessions to end", func() bool { return len(p.Sessions()) == 0 })
	const lived = clients * lives
	eventually(t, "everything to be counted", func() bool {
		s := p.Services()[0].Statistics
		return s.Queries == lived*queries && s.Commands == lived*(queries+1) && s.Errors == 0
	})
	sum := trafficOf(p)
	if want := uint64(lived * (queries + 1)); sum.Commands < want { // COM_QUIT; and a second backend each has its own
		t.Errorf("the servers got %d commands, want at least %d", sum.Commands, want)
	}
}

// TestErrorsAreCountedWhoeverMakesThem: a server, Penstock, and a filter in the
// place of a result.
func TestErrorsAreCountedWhoeverMakesThem(t *testing.T) {
	p := startProxy(t, `filters = ["trap"]`, hideFilter)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	get(t, c, "SELECT 1") // whatever the driver's log in left to count is counted
	base := s.Snapshot().Statistics
	for i, wrong := range []string{"SELEC 1", "KILL 4000000000", "SELECT 1 UNION SELECT 2 UNION SELECT 3"} {
		if _, err := c.ExecContext(t.Context(), wrong); err == nil {
			t.Errorf("%s worked", wrong)
		}
		if now := s.Snapshot().Statistics; now.Errors-base.Errors != uint64(i+1) || now.Queries-base.Queries != uint64(i+1) {
			t.Errorf("after %s: %+v, at first %+v", wrong, now, base)
		}
	}
	if got := trafficOf(p).Errors; got != 1 {
		t.Errorf("%d errors of servers, want 1", got)
	}
}
