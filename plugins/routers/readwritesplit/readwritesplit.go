// Package readwritesplit is a router that sends reads to replicas, writes and
// transactions to the primary, and session commands everywhere. See README.md.
package readwritesplit

import (
	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterRouter("readwritesplit", setup) }

// none is a target that there is not.
const none uint32 = abi.NoTarget

// router is one session's router.
type router struct {
	options options
	state   state
	retry   retry
	reads   [1 << 7]bool         // by a target's status: it can serve reads
	list    [maxCandidates]uint8 // of candidates, kept between calls
	// choosing is that the last read had several servers to choose from, so
	// that the next one will need fresh figures too.
	choosing bool
	order    uint64 // breaks ties between equally good servers, the same way for the whole session

	readCount, writeCount, sessionCommands, retries sdk.Metric
}

// state is what the router remembers of its session.
type state struct {
	reader    uint32 // target of the read-only transaction, none if there is none
	primary   uint32 // the primary that was used last
	pinned    bool   // everything goes to the primary for the rest of the session
	varsThere bool   // user variables were set by a statement that only the primary saw
	varsAt    uint32 // target whose variables GET DIAGNOSTICS set, none if none: they are there only
	locked    bool   // LOCK TABLES is in force on the primary
	nextTrx   bool   // SET TRANSACTION waits on the primary for the next transaction
	temporary []string
}

func (s *state) reset() {
	*s = state{reader: none, primary: none, varsAt: none, temporary: s.temporary[:0]}
}

func setup(o *sdk.Options) (sdk.Router, error) {
	r := &router{options: decode(o)}
	for status := range r.reads {
		r.reads[status] = r.options.servesReads(uint32(status))
	}
	r.state.reset()
	r.retry.reset()
	o.AllCommands()
	o.Needs(abi.NeedSQL | abi.NeedClassify | abi.NeedTransaction)
	r.readCount = sdk.NewMetric(abi.MetricCounter, "reads")
	r.writeCount = sdk.NewMetric(abi.MetricCounter, "writes")
	r.sessionCommands = sdk.NewMetric(abi.MetricCounter, "session_commands")
	r.retries = sdk.NewMetric(abi.MetricCounter, "retries")
	return r, nil
}

// Open implements sdk.Opener.
func (r *router) Open(abi.OpenReason) error {
	r.state.reset()
	r.retry.reset()
	r.order = sdk.Random()
	if state := sdk.HandedOver(); state != nil {
		return r.attach(state)
	}
	return nil
}

// SessionReset implements sdk.ResetHandler: the server forgot the session's
// state, and so does the router.
func (r *router) SessionReset() { r.state.reset() }

// Route implements sdk.Router.
func (r *router) Route(q *sdk.Query) sdk.Verdict {
	if r.options.failure == failInstantly && r.primary() == none {
		return r.noPrimary(true)
	}
	c := r.classify(q)
	r.retry.begin(c, q)
	switch c {
	case toAll:
		return r.everywhere()
	case toLast:
		return r.again(q.LastTarget())
	case toVars:
		return r.again(r.state.varsAt)
	case toReader:
		return sdk.One(r.state.reader)
	case toReplica:
		return r.read()
	case toNamed:
		_, name := q.Hint()
		if t := r.named(name); t != none {
			return sdk.One(t)
		}
		return r.byDefault(q)
	case refused:
		return sdk.Reject(1792, "25006", "this ends the read-only transaction, which runs on a replica, and begins to write: COMMIT or ROLLBACK first")
	}
	return r.write()
}

// byDefault routes by the statement alone, when its hint names no usable server.
func (r *router) byDefault(q *sdk.Query) sdk.Verdict {
	if r.readable(q) {
		return r.read()
	}
	return r.write()
}

func (r *router) read() sdk.Verdict {
	best := r.reader(none)
	if best == none && r.retry.failed != 0 {
		r.retry.failed = 0 // one that failed lately is better than none
		best = r.reader(none)
	}
	if best == none {
		return r.noServer()
	}
	r.readCount.Add(1)
	return sdk.One(best)
}

func (r *router) write() sdk.Verdict {
	p := r.primary()
	if p == none {
		return r.noPrimary(false)
	}
	if r.state.primary != none && r.state.primary != p {
		r.moved()
	}
	r.state.primary = p
	r.writeCount.Add(1)
	return sdk.One(p)
}

// moved drops what lived on the connection to the old primary.
func (r *router) moved() {
	r.state.locked, r.state.nextTrx = false, false
	r.state.temporary = r.state.temporary[:0]
}

// everywhere sends a session command to every backend. The reply that counts
// is the read-only transaction's server's, the primary's, or else any usable one's.
func (r *router) everywhere() sdk.Verdict {
	t := r.state.reader
	if t == none {
		t = r.primary()
	}
	if t == none {
		t = r.reader(none)
	}
	if t == none {
		return r.noServer()
	}
	r.sessionCommands.Add(1)
	return sdk.All(t)
}

// again sends the command to where the previous one went.
func (r *router) again(last uint32) sdk.Verdict {
	if last != none && usable(last) {
		return sdk.One(last)
	}
	if t := r.primary(); t != none {
		return sdk.One(t)
	}
	return r.read()
}

func (r *router) noServer() sdk.Verdict {
	return sdk.Reject(1927, "08S01", "no server of this service can serve the statement: see their states with GET /v1/servers")
}

// noPrimary answers a statement that only a primary may execute.
func (r *router) noPrimary(closing bool) sdk.Verdict {
	const message = "the statement needs the primary and no server is primary now; replicas that are up go on serving reads"
	if closing || r.options.failure != errorOnWrite {
		return sdk.Close(1927, "08S01", "session closed: "+message)
	}
	return sdk.Reject(1290, "HY000", message)
}
