package wasm

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/metadata"
)

// described is a guest that says something of itself.
func described(t *testing.T, g guest, text string) []byte {
	t.Helper()
	code, err := metadata.Replace(g.build(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestMetadata(t *testing.T) {
	r := newRuntime(t)
	text := `{"version": "1.2.0", "plugins": {"a": {"options": {"properties": {"n": {"type": "integer"}}, "additionalProperties": false}}}}`
	// A guest whose ps_init traps shows that it is not run.
	code := described(t, guest{hooks: map[string][]byte{abi.ExportInit: {opUnreachable}}}, text)
	m, err := r.Load(t.Context(), "m", code)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Metadata().Version != "1.2.0" || m.Hash() != sha256.Sum256(code) {
		t.Errorf("%+v, %x", m.Metadata(), m.Hash())
	}
	var misfit *metadata.OptionsError
	_, err = m.Template(t.Context(), Definition{Name: "d", Options: []byte(`{"m": 1, "n": "x"}`)})
	if !errors.As(err, &misfit) || misfit.Definition != "d" || len(misfit.Problems) != 2 {
		t.Errorf("options that do not fit: %v", err)
	}
	if _, err := m.Template(t.Context(), Definition{Name: "d", Plugin: "b"}); err == nil || !strings.Contains(err.Error(), `plugin "b" is not in this module; it has: a`) {
		t.Errorf("another plugin: %v", err)
	}
	var died *Failure
	if _, err := m.Template(t.Context(), Definition{Name: "d", Options: []byte(`{"n": 1}`)}); !errors.As(err, &died) {
		t.Errorf("options that fit: %v", err)
	}
	if _, err := r.Load(t.Context(), "m", described(t, guest{}, `{"plugins": []}`)); err == nil || !strings.Contains(err.Error(), `module m: custom section "penstock.plugins"`) {
		t.Errorf("metadata that makes no sense: %v", err)
	}
}

// Whatever a module says of itself, its code is the same: it is found in the
// cache.
func TestMetadataIsNoCode(t *testing.T) {
	dir := t.TempDir()
	r := newRuntimeOf(t, Config{CacheDir: dir})
	for _, text := range []string{`{"plugins": {"a": {}}}`, `{"version": "2", "plugins": {"a": {"description": "another"}}}`} {
		m, err := r.Load(t.Context(), "m", described(t, guest{}, text))
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
	}
	entries, err := filepath.Glob(filepath.Join(dir, "wazero-*", "*"))
	if err != nil || len(entries) != 1 {
		t.Errorf("%q, %v", entries, err)
	}
}
