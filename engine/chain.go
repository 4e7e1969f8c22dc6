package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// maxFailures is how often an instance with on_failure = restart is replaced
// in one session before the session is closed after all.
const maxFailures = 3

// link is one place in a session's chain: a definition and the session's
// instance of it.
type link struct {
	name     string
	def      *definition
	host     host           // the session as the instance sees it
	inst     *wasm.Instance // nil once detached or bypassed
	failures int
	level    abi.ReplyLevel // how much it sees of the current command's reply
	held     []byte         // its stage's buffers, between replies
	built    []byte
	live     atomic.Pointer[wasm.Instance] // the same as inst, for other goroutines
}

// set changes the link's instance; nil: none.
func (l *link) set(i *wasm.Instance) {
	l.inst = i
	l.live.Store(i)
}

// memory returns the bytes that the link's instance holds. Any goroutine may
// ask.
func (l *link) memory() int64 {
	if i := l.live.Load(); i != nil {
		return i.Memory()
	}
	return 0
}

func (l *link) wants(code wire.Command) bool {
	return l.inst != nil && l.def.desc.WantsCommand(byte(code))
}

// subscribe recomputes what the body's links want to see.
func (b *body) subscribe() {
	b.needs, b.commands = 0, wasm.CommandSet{}
	for _, l := range b.chain {
		if l.inst == nil {
			continue
		}
		b.needs |= l.def.desc.Needs
		for n, bits := range l.def.desc.Commands {
			b.commands[n] |= bits
		}
	}
	b.needs |= b.router.def.desc.Needs
}

func names(chain []*link) []string { return appendNames(nil, chain) }

func appendNames(list []string, chain []*link) []string {
	list = slices.Grow(list, len(chain))
	for _, l := range chain {
		list = append(list, l.name)
	}
	return list
}

// openLink opens an instance of a definition for the session. It may be called
// from any goroutine; the instance belongs to the session's from then on.
func (s *Session) openLink(ctx context.Context, def *definition, reason abi.OpenReason, plan *plan) (*link, error) {
	return s.openLinkWith(ctx, def, reason, plan, nil)
}

// openLinkWith is openLink with the state that a predecessor handed over.
func (s *Session) openLinkWith(ctx context.Context, def *definition, reason abi.OpenReason, plan *plan, state []byte) (*link, error) {
	l := &link{name: def.name, def: def}
	l.host.s, l.host.link, l.host.plan = s, l, plan
	inst, err := def.template.Open(ctx, reason, &l.host, state)
	if err != nil {
		return nil, err
	}
	l.set(inst)
	def.acquire()
	def.instances.Add(1)
	return l, nil
}

func (s *Session) closeLinks(b *body, reason abi.CloseReason) {
	for _, l := range b.chain {
		s.closeLink(l, reason)
	}
	s.closeLink(b.router, reason)
}

func (s *Session) closeLink(l *link, reason abi.CloseReason) {
	if l == nil || l.def == nil {
		return
	}
	l.host.stopTimers()
	if l.inst != nil {
		l.inst.Close(reason)
		l.set(nil)
	}
	l.def.instances.Add(-1)
	l.def.release()
	l.def = nil
}

// quietFilters says that no filter looks at the command or its reply, until it
// is asked.
func (s *Session) quietFilters() {
	for _, l := range s.body.chain {
		l.level = abi.ReplyNone
	}
}

// runFilters runs the command down the chain. answered means that a filter
// has answered it and it goes no further.
func (s *Session) runFilters(c *command) (answered bool, err error) {
	s.prepareHeader(c)
	for k := 0; k < len(s.body.chain); k++ {
		l := s.body.chain[k]
		if !l.wants(c.code) || c.sql != nil && !c.large && !l.def.desc.Texts.In(c.sql) {
			continue
		}
		verdict, err := s.ask(c, l, (*wasm.Instance).Query)
		if err == nil {
			answered, err = s.obey(c, k, verdict)
		}
		if answered || err != nil && l.inst != nil {
			return answered, err
		} // else it passes, or has failed and is bypassed
	}
	return false, nil
}

// ask calls a hook of a link for the command, again after each Hold.
func (s *Session) ask(c *command, l *link, hook func(*wasm.Instance, *abi.Header, []byte) (abi.Verdict, error)) (abi.Verdict, error) {
	for {
		verdict, err := hook(l.inst, &s.hdr, s.window(c, l))
		if err != nil {
			return 0, s.linkFailed(l, err)
		}
		l.level = l.def.desc.ReplyLevel
		if raised := s.hdr.U32(abi.HdrReplyLevel); raised != uint32(abi.ReplyKeep) {
			l.level = abi.ReplyLevel(min(raised, uint32(abi.ReplyBuffered)))
		}
		if verdict.Action() != abi.Hold {
			return verdict, nil
		}
		if err := s.hold(time.Duration(verdict.Arg()) * time.Millisecond); err != nil {
			return 0, err
		}
		s.hdr.SetU64(abi.HdrNow, uint64(wasm.Now()))
	}
}

// obey does what a filter's verdict on a command says.
func (s *Session) obey(c *command, k int, verdict abi.Verdict) (answered bool, err error) {
	l := s.body.chain[k]
	switch verdict.Action() {
	case abi.Pass:
	case abi.Detach:
		s.closeDetached(l)
	case abi.Replaced:
		return false, s.replaceCommand(c, l)
	case abi.Reply:
		if err := s.vetBuilt(c, l); err != nil {
			return false, err
		}
		if err := s.discardLarge(c); err != nil {
			return true, err
		}
		return true, s.answerBuilt(c, k)
	case abi.Reject, abi.Close:
		ce := s.rejection(l)
		s.info("command rejected", "filter", l.def.name, "errno", ce.Errno, "error", ce.Message)
		if verdict.Action() == abi.Close {
			return true, ce.fatal()
		}
		if err := s.discardLarge(c); err != nil {
			return true, err
		}
		if !c.code.HasReply() {
			return true, nil
		}
		return true, s.answer(c, k, ce.packet(nil))
	}
	return false, nil
}

// rejection reads a Reject or Close verdict's errno, SQLSTATE and message.
func (s *Session) rejection(l *link) *clientError {
	errno, state := l.inst.Answer()
	ce := &clientError{Errno: uint16(errno), SQLState: string(state[:]), Message: string(l.inst.Output())}
	if ce.Errno == 0 {
		ce.Errno = wire.ErUnknownError
	}
	if ce.SQLState[0] == 0 {
		ce.SQLState = wire.SQLStateOf(ce.Errno)
	}
	if ce.Message == "" {
		ce.Message = fmt.Sprintf("The statement was rejected by %q", l.def.name)
	}
	return ce
}

// vetBuilt checks the reply that a filter made up, before any of it is sent.
func (s *Session) vetBuilt(c *command, l *link) error {
	s.built.finish()
	var v vet
	v.reset(c.code, s.ident.Capabilities)
	err := v.replacement(s.built.packets, wire.ReplyDone)
	if err == nil && len(s.built.packets) == 0 && c.code.HasReply() {
		err = errors.New("it made none up")
	}
	if err == nil {
		return nil
	}
	return s.linkFailed(l, &wasm.Failure{Definition: l.def.name, Export: abi.ExportQuery, Kind: wasm.FailureNonsense,
		Err: fmt.Errorf("its reply to a %s is none: %w", c.code, err)})
}

// replaceCommand takes over what a filter made of the command. It must be the
// same kind of command: what the client reads as its reply depends on that.
func (s *Session) replaceCommand(c *command, l *link) error {
	output := l.inst.Output()
	if len(output) == 0 || c.large || wire.Command(output[0]) != c.code || len(output) >= wire.MaxPayload {
		return s.linkFailed(l, &wasm.Failure{Definition: l.def.name, Export: abi.ExportQuery, Kind: wasm.FailureNonsense,
			Err: fmt.Errorf("its replacement of a %s is no command that can take its place", c.code)})
	}
	s.scratch = append(s.scratch[:0], output...)
	c.payload = s.scratch
	c.replaced, c.classified, c.sql, c.stmt = true, false, nil, nil
	hint, name := s.hdr.Hint()
	kept := string(name)
	if err := s.resolveStatement(c); err != nil {
		return err
	}
	s.prepareHeader(c)
	s.hdr.SetHint(hint, kept)
	return nil
}

// closeDetached closes an instance that is not to be called again.
func (s *Session) closeDetached(l *link) {
	l.host.stopTimers()
	if l.inst != nil {
		l.inst.Close(abi.CloseSessionEnd)
		l.set(nil)
	}
	l.level = abi.ReplyNone
	s.body.subscribe()
}

// linkFailed applies on_failure to a link whose instance has failed. The
// returned error is what the client gets; if the link is bypassed, its
// instance is nil afterwards and the error says only that.
func (s *Session) linkFailed(l *link, err error) *clientError {
	s.counters.failures.Add(1)
	l.def.failures.Add(1)
	l.failures++
	kind := l.def.desc.Kind
	s.fault("plugin failed", append([]any{kind.String(), l.def.name, "on_failure", l.def.onFailure.String(), "error", err}, s.circumstances(err)...)...)
	executed := "the statement was not executed"
	if s.cmd.sent != 0 {
		executed = "the statement had been sent to a server"
	}
	ce := clientErrorf(wire.ErUnknownError, "HY000", "%s %q failed, %s: %w", kind, l.def.name, executed, err)
	switch l.def.onFailure {
	case abi.FailureBypass:
		if kind == abi.KindFilter {
			s.closeDetached(l)
			return ce
		}
	case abi.FailureRestart:
		if l.inst == nil || l.failures > maxFailures {
			break
		}
		l.host.stopTimers()
		fresh, openErr := l.def.template.Open(s.ctx, abi.OpenAfterTrap, &l.host, nil)
		if openErr != nil {
			s.fault("plugin cannot be restarted", kind.String(), l.def.name, "error", openErr)
			break
		}
		l.inst.Close(abi.CloseSessionEnd)
		l.set(fresh)
		return ce
	}
	return ce.fatal()
}

// circumstances are what a plugin's author wants to know of its failure: where
// in its code, and at which statement. The statement is told by its digest,
// because its text may hold what the log must not.
func (s *Session) circumstances(err error) (kv []any) {
	c := &s.cmd
	if c.active {
		kv = append(kv, "command", c.code.String(), "sequence", c.sequence)
		if c.sql != nil {
			_, digest := s.service.statements.Canonical(c.sql, s.mode)
			kv = append(kv, "digest", fmt.Sprintf("%016x", digest))
		}
	}
	var f *wasm.Failure
	if errors.As(err, &f) {
		if stack := f.Stack(); len(stack) > 0 {
			kv = append(kv, "stack", strings.Join(stack, " < "))
		}
	}
	return kv
}

// hold waits, for a verdict Hold. It ends early only if the session ends.
func (s *Session) hold(d time.Duration) error {
	timer := time.NewTimer(max(d, time.Millisecond)) // never a busy loop
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}
