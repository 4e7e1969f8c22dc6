package wasm

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

func TestLoadMessages(t *testing.T) {
	fn := func(p, r []abi.ValueType) abi.Func { return abi.Func{Params: p, Results: r} }
	from := func(module, name string, kind byte, r ...abi.ValueType) []guestImport {
		return []guestImport{{module, abi.Func{Name: name, Results: r}, kind}}
	}
	for want, code := range map[string][]byte{
		"does not begin with the magic number":   []byte("MZ..........."),
		"components are not supported":           []byte("\x00asm\x0d\x00\x01\x00"),
		"not a WebAssembly module that Penstock": guest{raw: []byte{99, 0}}.build(),
		"export memory is missing":               guest{noMemory: true}.build(),
		"export penstock_v1 is missing":          guest{omit: []string{abi.Module}}.build(),
		"export ps_init is missing":              guest{omit: []string{abi.ExportInit}}.build(),
		"export ps_query has the signature (i32) -> i64, expected (i32, i32) -> i64": guest{retype: map[string]abi.Func{
			abi.ExportQuery: fn([]abi.ValueType{abi.I32}, []abi.ValueType{abi.I64})}}.build(),
		"export ps_close has the signature () -> (), expected (i32) -> ()": guest{retype: map[string]abi.Func{
			abi.ExportClose: fn(nil, nil)}}.build(),
		"import env.abort cannot be provided: a plugin may import from penstock_v1 and wasi_snapshot_preview1 only": guest{imports: from("env", "abort", 0)}.build(),
		"import penstock_v1.log has the signature () -> i32, expected (i32, i32, i32) -> i32":                       guest{imports: from(abi.Module, "log", 0, abi.I32)}.build(),
		"import penstock_v1.later is unknown to this Penstock and has the signature () -> i64":                      guest{imports: from(abi.Module, "later", 0, abi.I64)}.build(),
		"import wasi_snapshot_preview1.fd_write has the signature () -> i32":                                        guest{imports: from(wasiModule, "fd_write", 0, abi.I32)}.build(),
		"import env.memory is a memory; a plugin may import functions only":                                         guest{imports: from("env", "memory", 2)}.build(),
		"import env.g is a global": guest{imports: from("env", "g", 3)}.build(),
		"import env.t is a table":  guest{imports: from("env", "t", 1)}.build(),
	} {
		t.Run(want, func(t *testing.T) {
			_, err := newRuntime(t).Load(t.Context(), "m", code)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestModulesAreShared(t *testing.T) {
	r := newRuntime(t)
	code := guest{}.build()
	handles := make([]*Module, 8)
	var wg sync.WaitGroup
	for n := range handles {
		wg.Go(func() {
			m, err := r.Load(t.Context(), "m", code)
			if err != nil {
				t.Error(err)
			}
			handles[n] = m
		})
	}
	wg.Wait()
	if r.Modules() != 1 {
		t.Errorf("%d modules", r.Modules())
	}
	tpl, err := handles[0].Template(t.Context(), Definition{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range handles {
		m.Close()
		m.Close()
	}
	i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tpl.Close()
	if _, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := handles[0].Template(t.Context(), Definition{}); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	var h abi.Header
	if _, err := i.Query(&h, nil); err != nil {
		t.Error("an open instance must outlive its template:", err)
	}
	i.Close(abi.CloseSessionEnd)
	if _, err := i.Query(&h, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if r.Modules() != 0 {
		t.Error("the module was not released")
	}
}

func TestSessionsInParallel(t *testing.T) {
	tpl := template(t, guest{}.build(), Definition{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
				if err != nil {
					t.Error(err)
					return
				}
				var h abi.Header
				if _, err := i.Query(&h, []byte("q")); err != nil {
					t.Error(err)
				}
				i.Close(abi.CloseSessionEnd)
			}
		})
	}
	wg.Wait()
}

func TestStateIsHandedOver(t *testing.T) {
	// ps_open(reason): what state_read answers is kept.
	tpl := template(t, guest{imports: []guestImport{imported("state_read")}, hooks: map[string][]byte{
		abi.ExportOpen: code(store(code(c32(guestText), c32(100), opCall, 0)), c32(0))}}.build(), Definition{})
	for want, state := range map[int32][]byte{3: []byte("abc"), int32(abi.NotFound): nil, 0: {}} {
		i, err := tpl.Open(t.Context(), abi.OpenSwap, &session{}, state)
		if err != nil {
			t.Fatal(err)
		}
		if i.stored() != want {
			t.Errorf("state_read answered %d, want %d", i.stored(), want)
		}
		i.Close(abi.CloseSessionEnd)
	}
}

func TestOpenRefused(t *testing.T) {
	tpl := template(t, guest{imports: []guestImport{imported("fail")}, hooks: map[string][]byte{
		abi.ExportOpen: code(c32(guestDesc), c32(1), opCall, 0, opDrop, c32(int32(abi.Quota)))}}.build(), Definition{Name: "d"})
	_, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
	var e *InitError
	if !errors.As(err, &e) || e.Export != abi.ExportOpen || e.Errno != abi.Quota || e.Message != "`" {
		t.Errorf("got %#v", err)
	}
}

func TestCacheDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRuntime(Config{CacheDir: dir}); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("a directory that anybody can write to: %v", err)
	}
	r := newRuntimeOf(t, Config{CacheDir: dir + "/sub/cache"})
	m, err := r.Load(t.Context(), "m", guest{}.build())
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	if files, err := os.ReadDir(dir + "/sub/cache"); err != nil || len(files) == 0 {
		t.Errorf("nothing in the cache: %v", err)
	}
}
