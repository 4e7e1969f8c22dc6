package wasm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Instance is one session's plugin. Its methods must be called by the session's
// goroutine only, and not from inside an import that the instance is calling.
//
// It is also the context.Context that is passed through the WebAssembly
// engine, which is how imports find it without a map or a lock.
type Instance struct {
	template *Template
	mod      api.Module
	memory   linearMemory
	fuel     api.MutableGlobal // of a metered module, once it has ticked
	base     context.Context   // set while the module is being instantiated
	desc     *Descriptor

	session Session
	targets Targets // the optional faces of session, nil if it has none
	sql     Statements
	replies ReplyBuilder
	timers  Timers
	tee     Tee
	caller  Caller

	functions [hookCount]api.Function // looked up when first needed: each holds a call stack of its own
	stack     [4]uint64               // parameters and result of the export that is called
	phase     phase                   // what the guest is doing, phaseNone if it is not running
	deadline  int64                   // of the running call, in the clock of Now, as the guest is told
	looked    int64                   // when checkDeadline last looked
	left      int64                   // of the call's budget, in nanoseconds
	hostCalls uint32
	failed    *Failure
	closed    bool

	payload  []byte // of the running hook, for payload_read
	appended []byte // by payload_append, in the running or last hook
	joined   []byte // scratch of Output
	scratch  []byte // scratch of imports
	window   uint32 // bytes of the window that the last verdict spoke of
	state    []byte // handed over, during ps_open
	message  string // what fail() was given
	log      guestLog
}

var epoch = time.Now()

// Now returns the monotonic clock that headers, deadlines and the guests' own
// clock use, in nanoseconds since the process began. It is never zero.
func Now() int64 { return int64(time.Since(epoch)) + 1 }

func newInstance(t *Template) *Instance {
	i := &Instance{template: t}
	t.program.retain()
	i.memory.limit = uint64(t.def.Limits.Memory) &^ (abi.PageSize - 1)
	i.log.init()
	return i
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

// Memory returns the bytes of memory that the instance holds.
func (i *Instance) Memory() int64 {
	return int64(cap(i.memory.bytes) + cap(i.appended) + cap(i.joined) + cap(i.scratch))
}

// Failed returns the failure that the instance died of, nil if it lives.
func (i *Instance) Failed() *Failure { return i.failed }

// errRunning is a mistake of the caller: a hook called from inside an import.
var errRunning = errors.New("wasm: instance called while it is running")

// ready says why a hook cannot be called now, if so.
func (i *Instance) ready() error {
	switch {
	case i.failed != nil:
		return i.failed
	case i.closed:
		return fmt.Errorf("plugin %s: instance: %w", i.template.def.Name, ErrClosed)
	case i.phase != phaseNone:
		return errRunning
	}
	return nil
}

// begin starts the clock of a call.
func (i *Instance) begin(k hook, budget int64) {
	i.phase = hooks[k].phase
	i.looked = Now()
	i.deadline = i.looked + budget
	i.left = budget
	i.log.last = i.log.last[:0]
}

// run calls an export with the parameters that are in i.stack; its result is
// in i.stack[0] afterwards. begin must have been called.
func (i *Instance) run(k hook) error {
	f := i.functions[k]
	if f == nil {
		if f = i.mod.ExportedFunction(hooks[k].export); f == nil {
			i.phase = phaseNone
			return i.failure(k, FailureNonsense, errors.New("the module does not export it"))
		}
		i.functions[k] = f
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
	i.begin(k, i.template.def.Limits.Init.Nanoseconds())
	err := i.run(k)
	i.functions[k] = nil
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
	}
	i.payload = nil
	return i.failed
}

// stretch is the most that the time between two looks at the clock counts, in
// nanoseconds: what a quantum of fuel takes on a slow machine. More than that
// was not the guest's doing: the operating system or the garbage collector had
// taken the processor away, and a healthy plugin must not die of a busy host.
const stretch = 1_000_000

// checkDeadline ends the running call if its time budget is used up. What
// counts is the time that the guest ran, as far as it can be told.
func (i *Instance) checkDeadline() {
	now := Now()
	i.left -= min(now-i.looked, stretch)
	i.looked = now
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
	if i.failed == nil && i.template.program.exports[abi.ExportClose] {
		i.stack[0] = uint64(reason)
		i.begin(hookClose, i.template.def.Limits.Call.Nanoseconds())
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
	if i.mod != nil {
		i.mod.Close(context.Background())
	}
	i.memory.bytes = nil
	i.functions = [hookCount]api.Function{}
	i.payload, i.appended, i.joined, i.scratch, i.state = nil, nil, nil, nil, nil
	i.template.program.release()
}

// Deadline implements context.Context; guests' deadlines are checked otherwise.
func (i *Instance) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context.
func (i *Instance) Done() <-chan struct{} { return nil }

// Err implements context.Context.
func (i *Instance) Err() error { return nil }

// Value implements context.Context.
func (i *Instance) Value(key any) any {
	if i.base != nil {
		return i.base.Value(key)
	}
	return nil
}
