// Package readconnroute is a router that gives each session one server and
// sends it everything. See README.md.
package readconnroute

import (
	"math"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterRouter("readconnroute", setup) }

type router struct {
	roles        uint32 // abi.Target* bits of which a server must have one
	running      bool   // any role will do
	maxLag       time.Duration
	primaryReads bool
	target       uint32
	order        uint64
}

func setup(o *sdk.Options) (sdk.Router, error) {
	r := &router{target: abi.NoTarget, maxLag: -1}
	want := o.Set("router_options", "master", "primary", "slave", "replica", "running", "synced")
	for _, w := range want {
		switch w {
		case "master", "primary":
			r.roles |= abi.TargetPrimary
		case "slave", "replica":
			r.roles |= abi.TargetReplica
		case "synced":
			r.roles |= abi.TargetSynced
		case "running":
			r.running = true
		}
	}
	r.running = r.running || len(want) == 0
	for _, name := range []string{"max_replication_lag", "max_slave_replication_lag"} {
		if d := o.Duration(name, math.MinInt64); d != math.MinInt64 {
			r.maxLag = d
		}
	}
	r.primaryReads = o.Bool("master_accept_reads", true)
	o.AllCommands()
	return r, nil
}

// Open implements sdk.Opener.
func (r *router) Open(abi.OpenReason) error {
	r.target = abi.NoTarget
	r.order = sdk.Random()
	if state := sdk.HandedOver(); state != nil {
		return r.attach(state)
	}
	return nil
}

// form is the form of the state that is handed over.
const form = 1

// Detach implements sdk.Detacher: the session keeps its server.
func (r *router) Detach(dst []byte) []byte {
	return sdk.AppendNumber(sdk.AppendState(dst, form), uint64(r.target))
}

func (r *router) attach(state []byte) error {
	in := sdk.ReadState(state, form)
	r.target = uint32(in.Number())
	return in.End()
}

// Route implements sdk.Router.
func (r *router) Route(*sdk.Query) sdk.Verdict {
	if r.target != abi.NoTarget {
		targets := sdk.Targets()
		for i := range targets {
			// A session keeps its server while it has the role, whatever its lag.
			if t := &targets[i]; t.Index() == r.target && t.Usable() && r.suits(t) {
				return sdk.One(r.target)
			}
		}
		return sdk.Close(1927, "08S01", "session closed: its server is down or has lost the role of router_options; connect again for another one")
	}
	best, second := r.choose()
	if best == abi.NoTarget {
		return sdk.Close(1927, "08S01", "no server of this service has the role of router_options: see their states with GET /v1/servers")
	}
	r.target = best
	if second != abi.NoTarget {
		return sdk.OneOr(best, second)
	}
	return sdk.One(best)
}

// choose returns the two servers with the fewest connections for their weight.
func (r *router) choose() (best, second uint32) {
	best, second = abi.NoTarget, abi.NoTarget
	var a, b *sdk.Target
	targets := sdk.FreshTargets()
	for i := range targets {
		t := &targets[i]
		switch {
		case !t.Usable() || !r.suits(t) || !r.fresh(t):
		case a == nil || r.before(t, a):
			a, b = t, a
		case b == nil || r.before(t, b):
			b = t
		}
	}
	if a != nil {
		best = a.Index()
	}
	if b != nil {
		second = b.Index()
	}
	if best == abi.NoTarget && r.wants(abi.TargetReplica) {
		// Without a replica the primary serves: as in MaxScale, reads go on.
		for i := range targets {
			if t := &targets[i]; t.Usable() && t.Is(abi.TargetPrimary) {
				best = t.Index()
			}
		}
	}
	return best, second
}

func (r *router) wants(role uint32) bool { return r.roles&role != 0 }

// suits reports whether the server has one of the roles that are wanted.
func (r *router) suits(t *sdk.Target) bool {
	if r.wants(t.Status()) {
		return true
	}
	if t.Index() == r.target && t.Is(abi.TargetPrimary) && r.wants(abi.TargetReplica) {
		return true // the stand-in for a replica
	}
	if !r.running {
		return false
	}
	// master_accept_reads = false keeps "running" sessions off the primary.
	return r.primaryReads || !t.Is(abi.TargetPrimary)
}

// fresh reports whether a replica's lag is within the limit; one that is not
// known is not.
func (r *router) fresh(t *sdk.Target) bool {
	return r.maxLag < 0 || t.Is(abi.TargetPrimary) || t.Lag() >= 0 && time.Duration(t.Lag())*time.Second <= r.maxLag
}

// before compares by rank, then connections for weight, then by chance.
func (r *router) before(t, u *sdk.Target) bool {
	if t.Rank() != u.Rank() {
		return t.Rank() < u.Rank()
	}
	x, y := uint64(t.Connections())*uint64(u.Weight()), uint64(u.Connections())*uint64(t.Weight())
	if x != y {
		return x < y
	}
	return (r.order>>(t.Index()%64))&1 > (r.order>>(u.Index()%64))&1
}

// BackendConnected implements sdk.BackendHandler: the fallback may have been used.
func (r *router) BackendConnected(target uint32) { r.target = target }

// BackendFailed implements sdk.BackendHandler.
func (r *router) BackendFailed(uint32, uint16) sdk.Verdict { return sdk.Pass }

// BackendLost implements sdk.BackendHandler: what was provably not executed is
// sent again on a new connection to the same server.
func (r *router) BackendLost(target uint32, lost uint64) sdk.Verdict {
	const hopeless = abi.LostReplyStarted | abi.LostInTransaction
	if lost&abi.LostNotSent != 0 && lost&abi.LostCommandOutstanding != 0 && lost&hopeless == 0 && target == r.target {
		return sdk.One(target)
	}
	return sdk.Pass
}
