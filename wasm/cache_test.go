package wasm

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// entries returns the cache's entries; there must be some.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "wazero-*", "*"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no entries: %v", err)
	}
	return list
}

// loadOnce loads a module on a runtime of its own.
func loadOnce(t *testing.T, dir string, between func()) {
	t.Helper()
	r, err := NewRuntime(Config{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(context.Background())
	if between != nil {
		between()
	}
	m, err := r.Load(t.Context(), "m", guest{}.build())
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
}

func TestDamagedCacheEntries(t *testing.T) {
	flip := func(t *testing.T, file string, at func(int) int) {
		t.Helper()
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[at(len(b))] ^= 0x10
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damage := map[string]func(t *testing.T, file string){
		"first byte":  func(t *testing.T, f string) { flip(t, f, func(int) int { return 0 }) },
		"header":      func(t *testing.T, f string) { flip(t, f, func(int) int { return 20 }) },
		"middle":      func(t *testing.T, f string) { flip(t, f, func(n int) int { return n / 2 }) },
		"last byte":   func(t *testing.T, f string) { flip(t, f, func(n int) int { return n - 1 }) },
		"cut":         func(t *testing.T, f string) { os.Truncate(f, 30) },
		"empty":       func(t *testing.T, f string) { os.Truncate(f, 0) },
		"writable":    func(t *testing.T, f string) { os.Chmod(f, 0o666) },
		"a directory": func(t *testing.T, f string) { os.Remove(f); os.Mkdir(f, 0o700) },
	}
	for name, hurt := range damage {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			loadOnce(t, dir, nil)
			kept := entries(t, dir)
			loadOnce(t, dir, nil)
			if now := entries(t, dir); len(now) != len(kept) {
				t.Fatalf("%d entries, %d before: the cache is not used", len(now), len(kept))
			}
			for _, file := range kept {
				hurt(t, file)
			}
			c := &diskCache{dir}
			loadOnce(t, dir, func() {
				if left, _ := filepath.Glob(filepath.Join(dir, "wazero-*", "*")); len(left) != 0 {
					t.Errorf("entries that cannot be trusted are still there: %v", left)
				}
			})
			for _, file := range entries(t, dir) {
				if !c.matches(file, filepath.Join(dir, "sums", filepath.Base(file))) {
					t.Errorf("%s was not written anew", filepath.Base(file))
				}
			}
		})
	}
}

// What somebody else has put there is not executed.
func TestForeignCacheEntries(t *testing.T) {
	dir := t.TempDir()
	loadOnce(t, dir, nil)
	for _, file := range entries(t, dir) {
		if err := os.Remove(filepath.Join(dir, "sums", filepath.Base(file))); err != nil {
			t.Fatal(err)
		}
	}
	loadOnce(t, dir, func() {
		if left, _ := filepath.Glob(filepath.Join(dir, "wazero-*", "*")); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// Damage that comes while the process runs costs a compilation.
func TestCacheDamagedLater(t *testing.T) {
	dir := t.TempDir()
	loadOnce(t, dir, nil)
	loadOnce(t, dir, func() {
		for _, file := range entries(t, dir) {
			if err := os.Truncate(file, 30); err != nil {
				t.Fatal(err)
			}
		}
	})
}
