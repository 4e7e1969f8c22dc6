// Package assemblyscript_test holds the SDK's declarations to what docs/abi.md says; the tests of
// the examples compile it, and run it in the sandbox, on node and in front of a server.
package assemblyscript_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// declaration is a function as imports.ts and exports.ts have it: name, parameters, result.
var declaration = regexp.MustCompile(`export (?:declare )?function (\w+)\((.*)\): (\w+)`)

// wire is what a type is on the boundary; void is nothing.
var wire = map[string]abi.ValueType{"i32": abi.I32, "u32": abi.I32, "usize": abi.I32, "i64": abi.I64, "u64": abi.I64}

func declared(t *testing.T, file string) map[string]abi.Func {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]abi.Func{}
	for _, m := range declaration.FindAllStringSubmatch(string(text), -1) {
		f := abi.Func{Name: m[1]}
		for p := range strings.SplitSeq(m[2], ", ") {
			if _, kind, ok := strings.Cut(p, ": "); ok {
				f.Params = append(f.Params, wire[kind])
			}
		}
		if m[3] != "void" {
			f.Results = append(f.Results, wire[m[3]])
		}
		all[f.Name] = f
	}
	return all
}

func check(t *testing.T, file string, want []abi.Func) {
	t.Helper()
	have := declared(t, file)
	for _, f := range want {
		if f.Name == abi.ExportInitialize { // the compiler makes it
			continue
		}
		got, ok := have[f.Name]
		if !ok || !slices.Equal(got.Params, f.Params) || !slices.Equal(got.Results, f.Results) {
			t.Errorf("%s: %s is %v (%v), want %v", file, f.Name, got, ok, f)
		}
	}
}

func TestImports(t *testing.T) {
	check(t, "assembly/imports.ts", abi.Imports)
	text, err := os.ReadFile("assembly/imports.ts")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range abi.Imports {
		if !strings.Contains(string(text), `@external("`+abi.Module+`", "`+f.Name+"\")\nexport declare function "+f.Name+"(") {
			t.Errorf("%s is imported under another name", f.Name)
		}
	}
}

func TestExports(t *testing.T) { check(t, "assembly/exports.ts", abi.Exports) }

// The host of the tests has every import.
func TestHost(t *testing.T) {
	text, err := os.ReadFile("testing/host.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range abi.Imports {
		if !regexp.MustCompile(`\n +` + f.Name + `: \(`).Match(text) {
			t.Errorf("testing/host.js lacks %s", f.Name)
		}
	}
}
