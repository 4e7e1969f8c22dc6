// Package c_test holds penstock.h to what docs/abi.md and C's dialects ask of it; the
// tests of the examples run it in the sandbox and in front of a server.
package c_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

func TestEveryImportIsDeclared(t *testing.T) {
	text, err := os.ReadFile("penstock.h")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range abi.Imports {
		if !strings.Contains(string(text), "PS_IMPORT("+f.Name+") int32_t ps_host_"+f.Name+"(") {
			t.Errorf("penstock.h does not declare %s", f.Name)
		}
	}
}

// The same source is C11 and C++17, with and without bulk memory and a C library, for WebAssembly,
// and says nothing with all warnings on.
func TestDialects(t *testing.T) {
	freestanding := []string{"--target=wasm32", "-nostdlib", "-Wl,--no-entry,--stack-first"}
	for name, c := range map[string]struct {
		compiler string
		flags    []string
	}{
		"C11":       {"clang", append([]string{"-std=c11", "-Wpedantic"}, freestanding...)},
		"C11, bulk": {"clang", append([]string{"-std=c11", "-mbulk-memory"}, freestanding...)},
		"C++17":     {"clang++", append([]string{"-x", "c++", "-std=c++17", "-mbulk-memory"}, freestanding...)},
		"C11, -O0":  {"clang", append([]string{"-std=c11", "-O0"}, freestanding...)},
		"C11, -Oz":  {"clang", append([]string{"-std=c11", "-Oz"}, freestanding...)},
		"wasi-libc": {"clang", []string{"--target=wasm32-wasi", "-mexec-model=reactor", "-nodefaultlibs", "-lc", "-DPENSTOCK_LIBC"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "out.wasm")
			args := append([]string{"-Wall", "-Wextra", "-Werror", "-O2"}, c.flags...)
			args = append(args, "-I.", "-o", out, "testdata/everything.c")
			if text, err := exec.Command(c.compiler, args...).CombinedOutput(); err != nil {
				t.Errorf("%s %s: %v\n%s", c.compiler, strings.Join(args, " "), err, text)
			}
		})
	}
}
