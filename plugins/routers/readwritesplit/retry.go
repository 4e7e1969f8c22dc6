package readwritesplit

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
// the case that its server fails, and which servers failed lately.
type retry struct {
	way     way
	begins  bool // the command begins a read-only transaction
	repeats bool // executing the command twice does no harm
	count   int

	version uint32 // of the target table when the failures were noted
	failed  uint64 // bit n: target n failed; targets beyond 63 are not noted
	tried   uint64 // those of them that failed the command that is being executed
	until   time.Duration
}

func (t *retry) reset() { *t = retry{} }

func (t *retry) begin(w way, q *sdk.Query) {
	t.way, t.count, t.tried = w, 0, 0
	t.begins = w == toReader && q.Is(abi.TypeBegin)
	t.repeats = w == toReplica || t.begins || w == toAll ||
		q.Command() == sdk.ComPing || q.Command() == sdk.ComStatistics
	if v := q.TargetsVersion(); v != t.version {
		t.version, t.failed = v, 0 // the monitor knows better now
	}
}

func (t *retry) avoids(index uint32) bool {
	return index < 64 && t.failed>>index&1 != 0 && sdk.Now() < t.until
}

func (t *retry) fail(index uint32) {
	if sdk.Now() >= t.until {
		t.failed = 0
	}
	if index < 64 {
		t.failed |= 1 << index
		t.tried |= 1 << index
	}
	t.until = sdk.Now() + avoidFor
}

// BackendConnected implements sdk.BackendHandler.
func (r *router) BackendConnected(target uint32) {
	if target < 64 {
		r.retry.failed &^= 1 << target
	}
}

// BackendFailed implements sdk.BackendHandler: nothing was sent, so what any
// other server can do goes to another one.
func (r *router) BackendFailed(target uint32, _ uint16) sdk.Verdict {
	r.retry.fail(target)
	return r.elsewhere(target)
}

// BackendLost implements sdk.BackendHandler: a read goes to another server if
// the client has seen nothing of its reply; anything goes again if it was
// never executed.
func (r *router) BackendLost(target uint32, lost uint64) sdk.Verdict {
	s := &r.state
	reader := s.reader
	if reader == target {
		s.reader = none
	}
	if s.primary == target {
		r.moved()
	}
	if s.varsAt == target {
		s.varsAt = none
	}
	unsent := lost&abi.LostNotSent != 0
	if !unsent {
		r.retry.fail(target)
	}
	if lost&abi.LostCommandOutstanding == 0 || lost&(abi.LostReplyStarted|abi.LostInTransaction) != 0 ||
		reader == target && !r.retry.begins {
		return sdk.Pass
	}
	if unsent && r.retry.way == toPrimary && !s.pinned {
		return r.primaryAgain(target)
	}
	if !unsent && !r.options.retryReads {
		return sdk.Pass
	}
	return r.elsewhere(target)
}

// elsewhere sends the command to another server than the one that failed, if
// that does no harm and there is one.
func (r *router) elsewhere(target uint32) sdk.Verdict {
	if !r.retry.repeats {
		if r.retry.way == toPrimary && r.options.failure != errorOnWrite {
			return r.noPrimary(true)
		}
		return sdk.Pass
	}
	next := none
	if r.retry.way == toAll {
		next = r.primary()
	}
	if next == none || next == target || r.retry.avoids(next) {
		next = r.reader(target)
	}
	if next == none && r.retry.failed != r.retry.tried {
		r.retry.failed = r.retry.tried // rather one that failed an earlier command than none
		next = r.reader(target)
	}
	if next == none || r.retry.count >= maxRetries {
		return sdk.Pass
	}
	if r.retry.begins {
		r.state.reader = next
	}
	return r.resend(next)
}

// primaryAgain repeats what provably was not executed, on the primary as it is
// now; that may be the same server on a new connection.
func (r *router) primaryAgain(target uint32) sdk.Verdict {
	p := r.primary()
	if p == none || r.retry.count >= maxRetries {
		return r.elsewhere(target)
	}
	r.state.primary = p
	return r.resend(p)
}

func (r *router) resend(target uint32) sdk.Verdict {
	r.retry.count++
	r.retries.Add(1)
	return sdk.One(target)
}
