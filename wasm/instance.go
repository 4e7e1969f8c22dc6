package wasm

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Instance is one session's plugin. Its methods must be called by the session's
// goroutine only, and not from inside an import that the instance is calling.
//
// It is also the context.Context that is passed through the WebAssembly
// engine, which is how imports find it without a map or a lock.
type Instance struct {
	*machine // nil while it is parked, and when it is closed
	template *Template
	packed   packed                  // what it is made of while it has no machine
	live     atomic.Pointer[machine] // the machine, for other goroutines
	asleep   atomic.Int64            // bytes of the parked state, for other goroutines
	desc     *Descriptor

	session Session
	targets Targets // the optional faces of session, nil if it has none
	sql     Statements
	replies ReplyBuilder
	timers  Timers
	tee     Tee
	caller  Caller

	phase   phase // what the guest is doing, phaseNone if it is not running
	closed  bool
	failed  *Failure
	message string // what fail() was given
	log     guestLog
}

var epoch = time.Now()

// Now returns the monotonic clock that headers, deadlines and the guests' own
// clock use, in nanoseconds since the process began. It is never zero.
func Now() int64 { return int64(time.Since(epoch)) + 1 }

// newInstance returns an instance without a machine.
func newInstance(t *Template) *Instance {
	i := &Instance{template: t, desc: t.desc}
	i.log.init()
	return i
}

// runOn gives the instance its machine.
func (i *Instance) runOn(m *machine) {
	i.machine = m
	i.live.Store(m)
	i.template.population.awake(m)
}

// attach gives the instance its session.
func (i *Instance) attach(s Session) {
	i.session = s
	i.targets, _ = s.(Targets)
	i.sql, _ = s.(Statements)
	i.replies, _ = s.(ReplyBuilder)
	i.timers, _ = s.(Timers)
	i.tee, _ = s.(Tee)
	i.caller, _ = s.(Caller)
}

// Template returns the template that the instance was opened from.
func (i *Instance) Template() *Template { return i.template }

// Descriptor returns what the plugin declared. It must not be changed.
func (i *Instance) Descriptor() *Descriptor { return i.desc }

// Memory returns the bytes that the instance holds for itself alone: of a
// clone the pages that differ from its template's, of a plain instance all of
// its memory, of a parked one what is kept of it. Unlike the other methods it
// may be called by any goroutine.
func (i *Instance) Memory() int64 {
	if m := i.live.Load(); m != nil {
		return m.private()
	}
	return i.asleep.Load()
}

// Parked reports whether the instance sleeps: see [Instance.Park]. Any
// goroutine may ask.
func (i *Instance) Parked() bool { return i.asleep.Load() != 0 }

// Park puts the instance to sleep: what it differs in from its template is
// kept, and its machine is free for another session. The next call wakes it.
// It reports false if the instance cannot sleep: it is no clone, has failed, or
// is running or parked already.
func (i *Instance) Park() bool {
	if i.machine == nil || i.machine.image == nil || i.failed != nil || i.closed || i.phase != phaseNone {
		return false
	}
	m := i.machine
	borrow(func(buf []byte) []byte {
		state := m.park(buf, i.desc.loose()...)
		i.packed = i.template.packer.pack(state)
		return state
	})
	i.asleep.Store(int64(len(i.packed.bytes)))
	i.template.population.sleeping(i.asleep.Load())
	i.live.Store(nil)
	i.machine = nil
	i.template.population.away(m)
	i.template.pool.sleeping(1)
	i.template.pool.give(m)
	return true
}

// wake gives a parked instance a machine again.
func (i *Instance) wake() error {
	m, err := i.template.pool.take()
	if err != nil {
		return i.failure(hookOpen, FailureHost, fmt.Errorf("it slept and cannot be woken: %w", err))
	}
	if err := i.packed.unpack(m.restore); err != nil {
		i.template.pool.drop(m)
		return i.failure(hookOpen, FailureHost, fmt.Errorf("it slept and cannot be woken: %w", err))
	}
	i.runOn(m)
	i.packed = packed{}
	i.template.population.sleeping(-i.asleep.Swap(0))
	i.template.pool.sleeping(-1)
	return nil
}

// Failed returns the failure that the instance died of, nil if it lives.
func (i *Instance) Failed() *Failure { return i.failed }

// errRunning is a mistake of the caller: a hook called from inside an import.
var errRunning = errors.New("wasm: instance called while it is running")

// ready says why a hook cannot be called now, if so. An instance that sleeps
// is woken.
func (i *Instance) ready() error {
	switch {
	case i.failed != nil:
		return i.failed
	case i.closed:
		return fmt.Errorf("plugin %s: instance: %w", i.template.def.Name, ErrClosed)
	case i.phase != phaseNone:
		return errRunning
	case i.machine == nil:
		return i.wake()
	}
	return nil
}

// begin starts the clock of a call at now.
func (i *Instance) begin(k hook, now int64, budget time.Duration) {
	i.phase = hooks[k].phase
	i.looked, i.deadline = now, now+int64(budget)
	i.left, i.counts = int64(budget), stretch
	i.log.last = i.log.last[:0]
}

// run calls an export with the parameters that are in i.stack; its result is
// in i.stack[0] afterwards. begin must have been called.
func (i *Instance) run(k hook) error {
	f := i.functions[k]
	if f == nil {
		if f = i.function(k); f == nil {
			i.phase = phaseNone
			return i.failure(k, FailureNonsense, errors.New("the module does not export it"))
		}
	}
	err := f.CallWithStack(i, i.stack[:])
	i.phase = phaseNone
	if err != nil {
		return i.failure(k, i.classify(err), err)
	}
	return nil
}

// startUp runs an export that is called once.
func (i *Instance) startUp(k hook) error {
	i.begin(k, Now(), i.template.def.Limits.Init)
	err := i.run(k)
	i.log.flush(i)
	return err
}

// failure marks the instance as dead.
func (i *Instance) failure(k hook, kind FailureKind, err error) *Failure {
	i.phase = phaseNone
	i.failed = &Failure{
		Definition: i.template.def.Name,
		Export:     hooks[k].export,
		Kind:       kind,
		Output:     i.log.lastWords(i),
		Err:        err,
		sources:    i.template.program.sources,
	}
	if i.machine != nil {
		i.payload = nil
	}
	return i.failed
}

// stretch is the most that the time between two looks at the clock counts, in
// nanoseconds: what a quantum of fuel takes on a slow machine. More than that
// was not the guest's doing: the operating system or the garbage collector had
// taken the processor away, and a healthy plugin must not die of a busy host.
// What is known to take longer, because it handles much memory at once, adds to
// it: see [tick] and [Instance.handles].
const stretch = 1_000_000

// checkDeadline ends the running call if its time budget is used up. What
// counts is the time that the guest ran, as far as it can be told.
func (i *Instance) checkDeadline() {
	now := Now()
	i.left -= min(now-i.looked, i.counts)
	i.looked, i.counts, i.work = now, stretch, 0
	if i.left < 0 {
		panic(errTimeBudget)
	}
}

// Close ends the instance. A living one is told why first (ps_close); that it
// fails while being told is returned but changes nothing. Closing twice does
// nothing.
func (i *Instance) Close(reason abi.CloseReason) error {
	if i.closed {
		return nil
	}
	if i.phase != phaseNone {
		return errRunning
	}
	var err error
	if i.failed == nil && i.template.program.exports[abi.ExportClose] && i.ready() == nil {
		i.stack[0] = uint64(reason)
		i.begin(hookClose, Now(), i.template.def.Limits.Call)
		err = i.run(hookClose)
	}
	i.log.flush(i)
	i.discard()
	return err
}

// discard frees everything that the instance holds, telling nobody.
func (i *Instance) discard() {
	if i.closed {
		return
	}
	i.closed = true
	m, pool := i.machine, i.template.pool
	i.machine, i.packed = nil, packed{}
	i.live.Store(nil)
	i.template.population.away(m)
	slept := i.asleep.Swap(0)
	i.template.population.sleeping(-slept)
	switch {
	case pool == nil:
		if m != nil {
			m.close()
		}
		i.template.program.release()
		return
	case slept != 0:
		pool.sleeping(-1)
	case m != nil && i.failed != nil:
		pool.drop(m)
	case m != nil:
		pool.give(m)
	}
	pool.leave()
}

// Deadline implements context.Context; guests' deadlines are checked otherwise.
func (i *Instance) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context.
func (i *Instance) Done() <-chan struct{} { return nil }

// Err implements context.Context.
func (i *Instance) Err() error { return nil }

// Value implements context.Context.
func (i *Instance) Value(key any) any {
	if i.machine != nil && i.base != nil {
		return i.base.Value(key)
	}
	return nil
}
