package wasm

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/metadata"
)

// Template is a definition that has been started once: its options were
// accepted and its descriptor is valid. Sessions' instances are opened from it:
// as clones of the started instance, which was frozen for that, or, where a
// module or a host cannot, by starting the plugin again each time.
//
// It must be closed; instances that are open keep what they need.
type Template struct {
	program *program
	def     Definition
	desc    *Descriptor
	pool    *pool  // of clones; nil: every instance is a plain one
	packer  packer // of those that sleep
	plain   string // why
	closed  atomic.Bool

	population population // the instances
}

// Template starts a definition: it instantiates the module, runs _initialize
// and ps_init with the definition's options and checks the descriptor. If the
// plugin cannot be started with these options the error is an [*InitError]. If
// what the module says of itself does not allow them, it is a
// [*metadata.OptionsError], and no code of the module has run.
func (m *Module) Template(ctx context.Context, def Definition) (*Template, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.closed.Load() {
		return nil, fmt.Errorf("module %s: %w", m.name, ErrClosed)
	}
	limits, err := def.Limits.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", def.Name, err)
	}
	def.Limits = limits
	if err := describes(m.program.about, &def); err != nil {
		return nil, err
	}
	t := &Template{program: m.program, def: def}
	t.program.retain()
	i, err := t.start()
	if err != nil {
		t.program.release()
		return nil, err
	}
	t.desc = i.desc
	pool, err := t.freeze(i)
	i.discard()
	if err != nil {
		t.plain = err.Error()
		return t, nil
	}
	t.pool = pool
	return t, nil
}

// describes holds a definition against what the module says of itself.
func describes(m *metadata.Module, def *Definition) error {
	if err := m.Has(def.Plugin); err != nil {
		return fmt.Errorf("plugin %s: %w", def.Name, err)
	}
	if problems := m.Plugin(def.Plugin).Check(def.Options); problems != nil {
		return &metadata.OptionsError{Definition: def.Name, Problems: problems}
	}
	return nil
}

// freeze makes the pool of the started instance's clones, or says why there can
// be none.
func (t *Template) freeze(i *Instance) (*pool, error) {
	if t.program.module.Bound != "" {
		return nil, errors.New(t.program.module.Bound)
	}
	if err := cloning(); err != nil {
		return nil, err
	}
	if err := i.bind(); err != nil {
		return nil, err
	}
	globals := make([]uint64, len(i.globals))
	for n, g := range i.globals {
		globals[n] = g.Get()
	}
	im, err := freeze(i.memory.bytes, globals, i.memory.limit)
	if err != nil {
		return nil, err
	}
	p := newPool(t.program, im, i.memory.limit)
	t.program.retain()
	if err := p.warm(); err != nil {
		p.leave()
		return nil, err
	}
	return p, nil
}

// Plain says why the template's instances are started one by one instead of
// cloned; it is empty if they are clones.
func (t *Template) Plain() string { return t.plain }

// Stats returns how the template's instances are doing; zeros if they are plain.
func (t *Template) Stats() Stats {
	if t.pool == nil {
		return Stats{}
	}
	return t.pool.stats()
}

// start makes a plain instance on which ps_init has succeeded. It has no session.
func (t *Template) start() (*Instance, error) {
	i := newInstance(t)
	t.program.retain()
	i.runOn(newMachine(t.program, uint64(t.def.Limits.Memory)&^(abi.PageSize-1)))
	fail := func(export string, err error) (*Instance, error) {
		i.discard()
		var init *InitError
		if errors.As(err, &init) {
			return nil, err
		}
		return nil, &InitError{Definition: t.def.Name, Export: export, Message: i.message, Err: err}
	}
	if t.program.minimum > i.memory.limit {
		return fail("", fmt.Errorf("the module starts with %d bytes of memory, the definition's cap is %d", t.program.minimum, i.memory.limit))
	}
	if err := i.boot(); err != nil {
		return fail(abi.ExportInitialize, err)
	}
	i.stack[0] = t.def.Services.features()
	i.stack[1] = uint64(len(t.def.Options))
	if err := i.startUp(hookInit); err != nil {
		return fail(abi.ExportInit, err)
	}
	ptr := int32(uint32(i.stack[0]))
	if ptr < 0 {
		return fail(abi.ExportInit, &InitError{Definition: t.def.Name, Export: abi.ExportInit, Errno: abi.Errno(ptr), Message: i.message})
	}
	var err error
	if i.desc, err = DecodeDescriptor(i.memory.bytes, uint32(ptr)); err == nil {
		err = i.desc.fits(&t.def, t.program.exports)
	}
	if err != nil {
		return fail(abi.ExportInit, err)
	}
	return i, nil
}

// boot makes the WebAssembly instance and initialises it. A start function and
// _initialize run under the time budget of starting up, each.
func (i *Instance) boot() error {
	i.begin(hookInitialize, Now(), i.template.def.Limits.Init)
	err := i.instantiate(i)
	if err == nil {
		err = i.fill(i)
	}
	i.phase = phaseNone
	if err != nil {
		return i.failure(hookInitialize, i.classify(err), err)
	}
	if i.template.program.exports[abi.ExportInitialize] {
		return i.startUp(hookInitialize)
	}
	return nil
}

// make returns an instance that is ready for its session.
func (t *Template) make() (*Instance, error) {
	if t.pool == nil {
		return t.start()
	}
	m, err := t.pool.take()
	if err != nil {
		return nil, &InitError{Definition: t.def.Name, Export: abi.ExportOpen, Err: err}
	}
	i := newInstance(t)
	t.pool.enter()
	i.runOn(m)
	return i, nil
}

// Open makes an instance for a session and calls ps_open with the reason.
// state is what an instance of the same plugin handed over (OpenSwap), nil if
// nothing; the plugin reads it with state_read during ps_open. If the plugin
// refuses, the error is an [*InitError] with its message. The instance belongs
// to the calling goroutine's session and must be closed.
func (t *Template) Open(ctx context.Context, reason abi.OpenReason, s Session, state []byte) (*Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.closed.Load() {
		return nil, fmt.Errorf("plugin %s: %w", t.def.Name, ErrClosed)
	}
	i, err := t.make()
	if err != nil {
		return nil, err
	}
	i.attach(s)
	if !t.program.exports[abi.ExportOpen] {
		return i, nil
	}
	i.state = state
	i.stack[0] = uint64(reason)
	err = i.startUp(hookOpen)
	i.state = nil
	if err != nil {
		err = &InitError{Definition: t.def.Name, Export: abi.ExportOpen, Message: i.message, Err: err}
	} else if n := int32(uint32(i.stack[0])); n < 0 {
		err = &InitError{Definition: t.def.Name, Export: abi.ExportOpen, Errno: abi.Errno(n), Message: i.message}
	}
	if err != nil {
		i.discard()
		return nil, err
	}
	i.message = ""
	return i, nil
}

// Descriptor returns what the plugin declared. It must not be changed.
func (t *Template) Descriptor() *Descriptor { return t.desc }

// Definition returns the definition with its limits filled in.
func (t *Template) Definition() *Definition { return &t.def }

// OnFailure returns the policy in force: the definition's, else the plugin's,
// else FailureClose.
func (t *Template) OnFailure() abi.FailurePolicy {
	for _, p := range []abi.FailurePolicy{t.def.OnFailure, t.desc.OnFailure} {
		if p != abi.FailureDefault {
			return p
		}
	}
	return abi.FailureClose
}

// Close gives the template back. No instance can be opened from it any more;
// closing twice does nothing.
func (t *Template) Close() {
	if t.closed.CompareAndSwap(false, true) {
		if t.pool != nil {
			t.pool.leave()
		}
		t.program.release()
	}
}
