package wasm

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/go-hclog"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/penstock-db/penstock/wasm/binary"
)

// Config configures a Runtime.
type Config struct {
	// CacheDir is where compiled code is kept between runs of the process. It
	// is created if need be and must be this user's alone, because what is in
	// it is executed. Empty: nothing is kept on disk.
	CacheDir string
	// Rewrite makes modules ready to be run: see the type. Nil: binary.Rewrite,
	// as it should be for guests that are not known to end.
	Rewrite Rewriter
	// Logger takes the log lines of plugins that have no session yet and no
	// Services.Log. Nil: they are dropped.
	Logger hclog.Logger
	// Trace is told of every call between host and guests, on the goroutine that
	// makes it, for tools: it costs a multiple of the call. Nil: nobody is.
	Trace func(*Crossing)
}

// Runtime compiles and runs modules. A process needs one.
type Runtime struct {
	wazero  wazero.Runtime
	cache   wazero.CompilationCache
	disk    *diskCache // nil: compiled code is not kept
	log     hclog.Logger
	rewrite Rewriter
	trace   func(*Crossing)

	mu     sync.Mutex
	loaded map[[32]byte]*program // by SHA-256 of the module
	closed bool
}

// ErrClosed is returned when something is asked of a Runtime, Module, Template
// or Instance that has been closed.
var ErrClosed = errors.New("wasm: closed")

// NewRuntime returns a runtime with no modules. Its Close must be called.
func NewRuntime(cfg Config) (*Runtime, error) {
	r := &Runtime{log: cfg.Logger, rewrite: cfg.Rewrite, trace: cfg.Trace, loaded: make(map[[32]byte]*program)}
	if r.rewrite == nil {
		r.rewrite = binary.Rewrite
	}
	if r.log == nil {
		r.log = hclog.NewNullLogger()
	}
	rc := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2).
		// Only of what the rewriter writes itself: it can be trusted (binary.StubName).
		WithDebugInfoEnabled(cfg.Rewrite == nil)
	r.cache = wazero.NewCompilationCache()
	if cfg.CacheDir != "" {
		disk, cache, err := openCache(cfg.CacheDir)
		if err != nil {
			return nil, err
		}
		r.disk, r.cache = disk, cache
	}
	r.wazero = wazero.NewRuntimeWithConfig(context.Background(), rc.WithCompilationCache(r.cache))
	return r, nil
}

// Close releases the runtime. All instances must have been closed before.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.mu.Unlock()
	return errors.Join(r.wazero.Close(ctx), r.cache.Close(ctx))
}

// Modules returns how many different modules are loaded.
func (r *Runtime) Modules() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.loaded)
}
