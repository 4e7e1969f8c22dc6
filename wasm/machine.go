package wasm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// machine is a module's code with a memory and globals of its own, ready to be
// called: what the WebAssembly engine calls an instance. An [Instance] holds
// one while it has work to do.
//
// A plain machine has run the plugin's start-up itself and serves one Instance
// for good. A clone is a copy of its template's frozen one; it serves one
// Instance after another and becomes as new in between.
type machine struct {
	program *program
	mod     api.Module
	memory  linearMemory
	base    context.Context // set while the engine instantiates the module

	functions [hookCount]api.Function // looked up when first needed: each holds a call stack of its own
	fuel      api.MutableGlobal       // of a metered module, once it has ticked
	stackLeft api.MutableGlobal       // likewise
	deep      bool                    // calls have nested so deeply that the call stacks are large
	image     *image                  // of a clone
	globals   []api.MutableGlobal     // of a clone: in the order of image.globals

	call // the running one, or the last
}

// call is what the host keeps about a call of a guest. It lies in the machine
// so that an instance that sleeps has none, and the next instance finds the
// buffers made.
type call struct {
	stack    [4]uint64 // parameters and result of the export that is called
	deadline int64     // of the running call, in the clock of Now, as the guest is told
	looked   int64     // when checkDeadline last looked
	counts   int64     // how much of the time until the next look counts at most
	left     int64     // of the call's budget, in nanoseconds
	work     int       // what imports did since the last look: see adapt

	payload  []byte // of the running hook, for payload_read
	appended []byte // by payload_append, in the running or last hook
	joined   []byte // scratch of Output
	scratch  []byte // scratch of imports
	window   uint32 // bytes of the window that the last verdict spoke of
	state    []byte // handed over, during ps_open
}

// lendable is the largest buffer that a machine keeps for its next instance.
const lendable = 4 << 10

// forget empties the call for the next instance.
func (c *call) forget() {
	*c = call{appended: lent(c.appended), joined: lent(c.joined), scratch: lent(c.scratch)}
}

func lent(buf []byte) []byte {
	if cap(buf) > lendable {
		return nil
	}
	return buf[:0]
}

// newMachine returns a machine whose memory is on the heap and empty.
func newMachine(p *program, limit uint64) *machine {
	m := &machine{program: p}
	m.memory.limit = limit
	return m
}

// instantiate has the engine make the instance. What the module's data segments
// put into memory is not there yet, and nothing of the module has run, unless
// the module cannot be cloned: then the engine does both.
func (m *machine) instantiate(caller *Instance) error {
	// wazero asks the context for the allocator and the resolver, and hands the
	// same context to host functions that a start function calls.
	caller.base = m.program.resolver(experimental.WithMemoryAllocator(context.Background(), &m.memory))
	defer func() { caller.base = nil }()
	var err error
	m.mod, err = m.program.runtime.wazero.InstantiateModule(caller, m.program.compiled, anonymous)
	return err
}

// anonymous configures a machine: any number of the same module, and nothing is
// started. Guests get their random bytes from an import of ours and not from
// here; but without a source the engine makes one of 5 KB for each machine.
var anonymous = wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader)

// fill does what instantiation would have done, had the module not been
// rewritten for cloning: data segments first, then the start function.
func (m *machine) fill(caller *Instance) error {
	for _, s := range m.program.module.Data {
		area, inside := m.memory.view(s.Offset, uint32(len(s.Bytes)))
		if !inside {
			return fmt.Errorf("a data segment of %d bytes at %#x is outside the module's %d bytes of memory", len(s.Bytes), s.Offset, len(m.memory.bytes))
		}
		copy(area, s.Bytes)
	}
	if m.program.module.Start == "" {
		return nil
	}
	return m.mod.ExportedFunction(m.program.module.Start).CallWithStack(caller, nil)
}

// errShape means that the engine's instance is not what the rewriter promised.
var errShape = errors.New("the engine's instance lacks a global that the rewritten module exports")

// bind looks the mutable globals up.
func (m *machine) bind() error {
	m.globals = make([]api.MutableGlobal, len(m.program.module.Globals))
	for n, g := range m.program.module.Globals {
		var ok bool
		if m.globals[n], ok = m.mod.ExportedGlobal(g.Export).(api.MutableGlobal); !ok {
			return errShape
		}
	}
	return nil
}

// clone makes a machine from an image: nothing of the module runs.
func clone(im *image, p *program, limit uint64) (*machine, error) {
	m := newMachine(p, limit)
	mapped, err := im.mapPrivate()
	if err != nil {
		return nil, err
	}
	m.image, m.memory.mapped, m.memory.frozen = im, mapped, uint64(len(im.bytes))
	if err = m.instantiate(&Instance{machine: m}); err == nil {
		if err = m.bind(); err == nil {
			m.setGlobals()
			return m, nil
		}
	}
	m.close()
	return nil, err
}

// fewPages is up to how many pages are copied back instead of dropped.
const fewPages = 32

// restoreFew copies the frozen bytes over the pages that are the machine's own,
// if they are few, and reports whether it did. The next session writes the
// same pages; copying them here costs a tenth of its page faults. The
// machine keeps them while it waits.
func (m *machine) restoreFew() bool {
	mem := &m.memory
	if mem.touched > mem.frozen {
		return false
	}
	var found [fewPages]span
	spans, pages := privateSpans(found[:0], mem.mapped[:mem.frozen]), int64(0)
	for _, s := range spans {
		pages += int64(s.to-s.from) / pageSize
	}
	if pages > fewPages {
		return false // also where the system does not tell
	}
	for _, s := range spans {
		copy(mem.mapped[s.from:s.to], m.image.bytes[s.from:s.to])
	}
	return true
}

func (m *machine) setGlobals() {
	for n, g := range m.globals {
		g.Set(m.image.globals[n])
	}
}

// reset makes a clone as new: every byte and every global is the frozen one
// again. A machine that cannot be reset has to be closed.
func (m *machine) reset() error {
	mem := &m.memory
	if uint64(len(mem.bytes)) > mem.frozen {
		// The engine has no call that takes pages away, but it takes over
		// whatever size the allocator answers a growth with.
		mem.shrink = true
		_, grown := m.mod.Memory().Grow(1)
		mem.shrink = false
		if !grown || uint64(len(mem.bytes)) != mem.frozen {
			return fmt.Errorf("the memory cannot shrink from %d to %d bytes", len(mem.bytes), mem.frozen)
		}
	}
	if !m.restoreFew() {
		if err := m.image.renew(mem.mapped[:mem.touched]); err != nil {
			return err
		}
	}
	mem.touched, mem.denied = mem.frozen, false
	m.call.forget()
	if m.deep {
		// A call stack lives as long as its handle and only ever grows.
		clear(m.functions[:])
		m.deep = false
	}
	m.setGlobals()
	return nil
}

// function returns the handle of an export, nil if the module does not have it.
func (m *machine) function(k hook) api.Function {
	f := m.functions[k]
	if f == nil {
		if f = m.program.traced(m.mod.ExportedFunction(hooks[k].export), hooks[k].export); f != nil && k.repeats() {
			m.functions[k] = f
		}
	}
	return f
}

// private returns the bytes that the machine holds for itself alone: of a
// clone the pages that differ from the image. Any goroutine may ask.
func (m *machine) private() int64 {
	if m.memory.mapped == nil {
		return int64(m.memory.held.Load())
	}
	return privatePages(m.memory.mapped) * pageSize
}

// close gives everything back.
func (m *machine) close() {
	if m.mod != nil {
		m.mod.Close(context.Background())
	}
	m.memory.bytes = nil
	if m.memory.mapped != nil {
		unmap(m.memory.mapped) // the slice stays: private may be looking at it
	}
}
