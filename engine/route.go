package engine

import (
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// destination is where a command goes.
type destination struct {
	all      bool
	target   int // index, -1 if none fits
	fallback int // index, -1 if none
	role     abi.Role
	any      bool // the host chooses by role
}

// route asks the router where the command goes and sends it there.
func (s *Session) route(c *command) error {
	d, err := s.destination(c)
	if err != nil {
		return err
	}
	if d.all && c.code != wire.ComStmtPrepare {
		return s.broadcast(c, d)
	}
	return s.deliver(c, d)
}

// destination decides where the command goes. What continues something on one
// server goes to that server, without asking.
func (s *Session) destination(c *command) (destination, error) {
	if c.stmt != nil {
		if pinned := s.statements.Pinned(c.stmt, c.code); pinned >= 0 {
			return destination{target: pinned, fallback: -1}, nil
		}
	}
	if !s.body.router.wants(c.code) {
		return s.defaultDestination(), nil
	}
	if err := s.tellTargets(); err != nil {
		return destination{}, err
	}
	if !c.prepared { // else it has what the filters left: their routing hint
		s.prepareHeader(c)
	}
	verdict, err := s.ask(c, s.body.router, (*wasm.Instance).Route)
	if err != nil {
		return destination{}, err
	}
	return s.routed(verdict, abi.ExportRoute)
}

// tellTargets tells the router that servers' status has changed, if it wants to
// know, before it is asked about the next command.
func (s *Session) tellTargets() error {
	now := s.proxy.version.Load()
	if now == s.body.version {
		return nil
	}
	s.body.version = now
	r := s.body.router
	if !r.def.desc.WantsEvent(abi.EventTargetsChanged) {
		return nil
	}
	if _, err := r.inst.Event(abi.EventTargetsChanged, uint64(now), 0); err != nil {
		return s.linkFailed(r, err)
	}
	return nil
}

// defaultDestination is where commands go that the router does not care for:
// where the last one went, else to any server that answers.
func (s *Session) defaultDestination() destination {
	if t := s.lastTarget; t >= 0 && s.body.upstreams[t] != nil {
		return destination{target: t, fallback: -1}
	}
	return destination{any: true, role: abi.RoleRunning, target: s.pick(abi.RoleRunning), fallback: -1}
}

// routed turns a router's verdict into a destination.
func (s *Session) routed(verdict abi.Verdict, export string) (destination, error) {
	d := destination{target: -1, fallback: int(int32(s.hdr.U32(abi.HdrFallback)))}
	servers := s.body.plan.targets.servers
	if d.fallback >= len(servers) {
		d.fallback = -1
	}
	switch verdict.Action() {
	case abi.One, abi.All:
		d.all = verdict.Action() == abi.All
		d.target = int(verdict.Arg())
		if uint64(verdict.Arg()) < uint64(len(servers)) {
			return d, nil
		}
	case abi.Any:
		d.any, d.role = true, abi.Role(verdict.Arg())
		d.target = s.pick(d.role)
		return d, nil
	case abi.Reject, abi.Close:
		ce := s.rejection(s.body.router)
		if verdict.Action() == abi.Close {
			ce = ce.fatal()
		}
		return d, ce
	}
	return d, s.linkFailed(s.body.router, &wasm.Failure{Definition: s.body.router.def.name, Export: export, Kind: wasm.FailureNonsense,
		Err: fmt.Errorf("verdict %s with argument %d is nothing a router of %d servers can answer", verdict.Action(), verdict.Arg(), len(servers))})
}

func (s *Session) pick(role abi.Role) int {
	return s.body.plan.targets.pick(role, s.isConnected)
}

func (s *Session) isConnected(target int) bool {
	return target < len(s.body.upstreams) && s.body.upstreams[target] != nil
}

// maxAttempts bounds how often one command is sent again after lost servers.
const maxAttempts = 4

// deliver sends the command to one server and its reply to the client. If the
// server cannot be reached, or is lost, the router may name another.
func (s *Session) deliver(c *command, d destination) error {
	return s.persist(c, d, func(d destination) error { return s.exchange(c, d) })
}

// reach connects to the destination, or to what the router names instead.
func (s *Session) reach(c *command, d destination) (u *upstream, err error) {
	err = s.persist(c, d, func(d destination) (err error) {
		u, err = s.connect(d)
		return err
	})
	return u, err
}

// persist tries the destination, and what the router names if that fails.
func (s *Session) persist(c *command, d destination, try func(destination) error) error {
	for attempt := 1; ; attempt++ {
		err := try(d)
		if err == nil {
			return nil
		}
		if d, err = s.reconsider(c, d, err); err != nil {
			return err
		}
		if attempt >= maxAttempts || s.stopping() {
			return clientErrorf(wire.ErConnectionKilled, "08S01", "Gave up after trying %d servers, the last one %q", attempt, s.serverName(d.target))
		}
	}
}

// reconsider decides what becomes of a command that could not be delivered.
func (s *Session) reconsider(c *command, d destination, err error) (destination, error) {
	var lost *lostError
	var unreachable *unreachableError
	switch {
	case errors.As(err, &unreachable):
		if d.fallback >= 0 && d.fallback != d.target {
			return destination{target: d.fallback, fallback: -1}, nil
		}
		next, answer, rerr := s.tellRouter(abi.EventBackendFailed, uint64(unreachable.errno), d.target)
		if rerr != nil || answer {
			return next, rerr
		}
		return d, unreachable.client()
	case errors.As(err, &lost):
		flags := uint64(abi.LostCommandOutstanding)
		inTrx := lost.inTransaction
		if lost.started {
			flags |= abi.LostReplyStarted
		}
		if inTrx {
			flags |= abi.LostInTransaction
		}
		if lost.notSent {
			flags |= abi.LostNotSent
		}
		next, answer, rerr := s.tellRouter(abi.EventBackendLost, flags, d.target)
		if rerr != nil {
			return d, rerr
		}
		if answer && !lost.started && !inTrx && !c.spent && !c.large {
			return next, nil
		}
		return d, s.lostAnswer(lost, inTrx)
	}
	return d, err
}

// lostAnswer is what the client is told of a lost server. A session whose
// transaction is lost must end: what the client sends next belongs to that
// transaction and must not be executed outside of it.
func (s *Session) lostAnswer(lost *lostError, inTrx bool) error {
	switch {
	case lost.started:
		return errors.Join(errServerGone, lost)
	case inTrx:
		return clientErrorf(wire.ErConnectionKilled, "08S01", "Lost connection to server %q during a transaction: it is rolled back unless this was its COMMIT, and the connection is closed (%w)", lost.server, lost.err).fatal()
	case lost.notSent:
		return clientErrorf(wire.ErConnectionKilled, "08S01", "Lost connection to server %q before the statement was sent: it was not executed (%w)", lost.server, lost.err)
	}
	return clientErrorf(wire.ErConnectionKilled, "08S01", "Lost connection to server %q while it worked on the statement: whether it was executed is not known (%w)", lost.server, lost.err)
}

// tellRouter tells the router of a server's failure. answer means that it
// named where to go instead.
func (s *Session) tellRouter(kind abi.EventKind, b uint64, target int) (next destination, answer bool, err error) {
	r := s.body.router
	if r.inst == nil || !r.def.desc.WantsEvent(kind) {
		return next, false, nil
	}
	s.hdr.SetU32(abi.HdrFallback, abi.NoTarget)
	verdict, err := r.inst.Event(kind, uint64(target), b)
	if err != nil {
		return next, false, s.linkFailed(r, err)
	}
	if verdict.Action() == abi.Pass {
		return next, false, nil
	}
	next, err = s.routed(verdict, abi.ExportEvent)
	return next, err == nil, err
}
