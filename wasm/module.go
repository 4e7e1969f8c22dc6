package wasm

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/penstock-db/penstock/wasm/binary"
)

// Module is a handle on one loaded .wasm file. Modules with the same content
// share one compiled program; it goes when the last handle, template and
// instance has been closed.
type Module struct {
	name    string
	program *program
	closed  atomic.Bool
}

// program is a verified and compiled module.
type program struct {
	runtime *Runtime
	hash    [32]byte
	refs    int // handles, templates, instances; guarded by runtime.mu

	once     sync.Once
	err      error
	module   *binary.Module // as it was rewritten; without its code
	fuel     int            // which of module.Globals the meter counts in, -1 if none
	compiled wazero.CompiledModule
	imports  map[string]api.Module // host modules, by import module name
	hosts    []wazero.CompiledModule
	exports  map[string]bool // the ABI's exports that it has
	sources  *sources        // nil: the module has no debug information
	minimum  uint64          // bytes of memory that it starts with
}

// Load verifies and compiles a module. Names and exact signatures of all
// exports and imports are checked first; the error says which one is wrong and
// what was expected. Nothing of the module is run. name is for messages.
//
// Loading the same bytes again is cheap and returns another handle. Each
// handle must be closed.
func (r *Runtime) Load(ctx context.Context, name string, code []byte) (*Module, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("module %s: %w", name, err)
	}
	hash := sha256.Sum256(code)
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, fmt.Errorf("module %s: %w", name, ErrClosed)
	}
	p := r.loaded[hash]
	if p == nil {
		p = &program{runtime: r, hash: hash}
		r.loaded[hash] = p
	}
	p.refs++
	r.mu.Unlock()

	p.once.Do(func() { p.err = p.compile(context.WithoutCancel(ctx), code) })
	if p.err != nil {
		p.release()
		return nil, fmt.Errorf("module %s: %w", name, p.err)
	}
	return &Module{name: name, program: p}, nil
}

// compile does the work of Load, once for each content.
func (p *program) compile(ctx context.Context, code []byte) (err error) {
	defer func() {
		// A module that the engine cannot cope with is refused; it does not
		// take the process with it.
		if bug := recover(); bug != nil {
			err = fmt.Errorf("the WebAssembly engine cannot compile it: %v", bug)
		}
	}()
	if err := checkImportKinds(code); err != nil {
		return err
	}
	if p.module, err = p.runtime.rewrite(code); err != nil {
		return fmt.Errorf("not a WebAssembly module that Penstock can run: %w", err)
	}
	if p.compiled, err = p.runtime.compile(ctx, p.module.Code); err != nil {
		return fmt.Errorf("not a WebAssembly module that Penstock can run: %w", err)
	}
	p.module.Code = nil
	p.sources, p.module.Origins = newSources(code, p.module), nil
	p.fuel = slices.IndexFunc(p.module.Globals, func(g binary.Global) bool { return g.Export == binary.FuelGlobal })
	if p.exports, err = verifyExports(p.compiled); err != nil {
		return err
	}
	for _, m := range p.compiled.ExportedMemories() {
		p.minimum = uint64(m.Min()) << 16
	}
	wanted, err := verifyImports(p.compiled)
	if err != nil {
		return err
	}
	return p.link(ctx, wanted)
}

// compile has wazero compile the code, or take it from the cache. A cache that
// is damaged costs time and nothing else.
func (r *Runtime) compile(ctx context.Context, code []byte) (wazero.CompiledModule, error) {
	ctx = experimental.WithCompilationWorkers(ctx, compileWorkers)
	compiled, err := r.wazero.CompileModule(ctx, code)
	if err != nil && r.disk != nil && strings.HasPrefix(err.Error(), "compilationcache:") {
		r.log.Warn("the cache of compiled modules is damaged and begun anew", "directory", r.disk.dir, "error", err)
		if err := r.disk.forget(); err != nil {
			return nil, err
		}
		compiled, err = r.wazero.CompileModule(ctx, code)
	}
	if err != nil {
		return nil, err
	}
	if err := r.disk.note(); err != nil {
		r.log.Warn("compiled code cannot be kept for the next start", "error", err)
	}
	return compiled, nil
}

// retain adds a reference; the caller must already hold one.
func (p *program) retain() {
	p.runtime.mu.Lock()
	p.refs++
	p.runtime.mu.Unlock()
}

// release gives a reference back and frees the program with the last one.
func (p *program) release() {
	r := p.runtime
	r.mu.Lock()
	p.refs--
	last := p.refs == 0
	if last && r.loaded[p.hash] == p {
		delete(r.loaded, p.hash)
	}
	closed := r.closed
	r.mu.Unlock()
	if !last || closed {
		return
	}
	ctx := context.Background()
	if p.compiled != nil {
		p.compiled.Close(ctx)
	}
	for _, m := range p.imports {
		m.Close(ctx)
	}
	for _, h := range p.hosts {
		h.Close(ctx)
	}
}

// Name returns the name that the module was loaded with.
func (m *Module) Name() string { return m.name }

// Hash returns the SHA-256 of the module's bytes as they were given to Load.
func (m *Module) Hash() [32]byte { return m.program.hash }

// Close gives the handle back. Templates made from it live on. Closing twice
// does nothing.
func (m *Module) Close() {
	if m.closed.CompareAndSwap(false, true) {
		m.program.release()
	}
}
