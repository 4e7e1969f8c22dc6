package main

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// maxRetries is how often one command is sent again.
const maxRetries = 3

// avoidFor is how long a server that could not be reached is left alone, unless
// its status changes before.
const avoidFor = 5 * time.Second

// retry is what the router knows about the command that is being executed, for
// the case that its backend is lost, and which server failed last.
type retry struct {
	way    way
	count  int
	failed uint32
	until  time.Duration
}

func (t *retry) reset()   { *t = retry{failed: none} }
func (t *retry) forgive() { t.failed = none }

func (t *retry) begin(w way) { t.way, t.count = w, 0 }

func (t *retry) avoids(index uint32) bool { return t.failed == index && sdk.Now() < t.until }

func (t *retry) fail(index uint32) { t.failed, t.until = index, sdk.Now()+avoidFor }

// BackendConnected implements sdk.BackendHandler.
func (r *router) BackendConnected(target uint32) {
	if r.retry.failed == target {
		r.retry.forgive()
	}
}

// BackendFailed implements sdk.BackendHandler.
func (r *router) BackendFailed(target uint32, _ uint16) sdk.Verdict {
	r.retry.fail(target)
	return sdk.Pass
}

// BackendLost implements sdk.BackendHandler: a read goes to another server if
// the client has seen nothing of its reply; anything goes again if it was
// never executed.
func (r *router) BackendLost(target uint32, lost uint64) sdk.Verdict {
	s := &r.state
	reader := s.reader
	if s.reader == target {
		s.reader = none
	}
	if s.primary == target {
		r.moved()
	}
	unsent := lost&abi.LostNotSent != 0
	if !unsent {
		r.retry.fail(target)
	}
	if r.options.failure == failInstantly && s.primary == target {
		return r.noPrimary(true)
	}
	if lost&abi.LostCommandOutstanding == 0 || lost&(abi.LostReplyStarted|abi.LostInTransaction) != 0 ||
		reader == target || r.retry.count >= maxRetries {
		return sdk.Pass
	}
	switch r.retry.way {
	case toReplica:
		if r.options.retryReads || unsent {
			return r.retryRead(target)
		}
	case toPrimary:
		if unsent && !s.pinned {
			return r.retryWrite()
		}
	}
	return sdk.Pass
}

func (r *router) retryRead(lost uint32) sdk.Verdict {
	best, second := r.readers(lost)
	if best == none {
		return sdk.Pass
	}
	r.retry.count++
	r.retries.Add(1)
	r.state.last = best
	if second != none {
		return sdk.OneOr(best, second)
	}
	return sdk.One(best)
}

// retryWrite repeats what provably was not executed, on the primary as it is
// now; that may be the same server on a new connection.
func (r *router) retryWrite() sdk.Verdict {
	p := r.primary()
	if p == none {
		return sdk.Pass
	}
	r.retry.count++
	r.retries.Add(1)
	r.state.primary = p
	return r.to(p)
}
