package wasm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/penstock-db/penstock/wasm/abi"
)

// VerifyError says that a module does not speak the plugin ABI: which export
// or import is wrong and what was expected.
type VerifyError struct {
	What    string // "export" or "import"
	Name    string // the export's name; for imports module.name
	Problem string
}

// Error returns all of it in one line.
func (e *VerifyError) Error() string { return fmt.Sprintf("%s %s %s", e.What, e.Name, e.Problem) }

// signature writes a function type as docs/abi.md does: (i32, i64) -> i32.
func signature(params, results []api.ValueType) string {
	list := func(types []api.ValueType) string {
		names := make([]string, len(types))
		for n, t := range types {
			names[n] = api.ValueTypeName(t)
		}
		return strings.Join(names, ", ")
	}
	if len(results) == 1 {
		return fmt.Sprintf("(%s) -> %s", list(params), list(results))
	}
	return fmt.Sprintf("(%s) -> (%s)", list(params), list(results))
}

// valueTypes turns the ABI's types into wazero's; the numbers are the binary
// format's in both.
func valueTypes(types []abi.ValueType) []api.ValueType {
	out := make([]api.ValueType, len(types))
	for n, t := range types {
		out[n] = api.ValueType(t)
	}
	return out
}

// checkSignature compares a definition with what was expected.
func checkSignature(what, name string, d api.FunctionDefinition, params, results []api.ValueType) error {
	if slices.Equal(d.ParamTypes(), params) && slices.Equal(d.ResultTypes(), results) {
		return nil
	}
	return &VerifyError{what, name, fmt.Sprintf("has the signature %s, expected %s",
		signature(d.ParamTypes(), d.ResultTypes()), signature(params, results))}
}

// verifyExports checks the exports that the ABI names and returns which are there.
func verifyExports(c wazero.CompiledModule) (map[string]bool, error) {
	if _, ok := c.ExportedMemories()[abi.ExportMemory]; !ok {
		return nil, &VerifyError{"export", abi.ExportMemory, "is missing: a plugin must export its memory under this name"}
	}
	exported := c.ExportedFunctions()
	have := make(map[string]bool)
	for _, f := range abi.Exports {
		d, ok := exported[f.Name]
		if !ok {
			continue
		}
		if err := checkSignature("export", f.Name, d, valueTypes(f.Params), valueTypes(f.Results)); err != nil {
			return nil, err
		}
		have[f.Name] = true
	}
	if !have[abi.Module] {
		for name := range exported {
			if strings.HasPrefix(name, "penstock_v") && !strings.HasPrefix(name, "penstock_v1_") {
				return nil, &VerifyError{"export", abi.Module, fmt.Sprintf("is missing: the module speaks %s, this Penstock speaks %s", name, abi.Module)}
			}
		}
		return nil, &VerifyError{"export", abi.Module, "is missing: the module is not a Penstock plugin, or speaks another version of the plugin ABI"}
	}
	if !have[abi.ExportInit] {
		return nil, &VerifyError{"export", abi.ExportInit, "is missing: every plugin must export it as (i64, i32) -> i32"}
	}
	if _, ok := exported["_start"]; ok && !have[abi.ExportInitialize] {
		return nil, &VerifyError{"export", "_start", "makes the module a command; build it as a reactor, which exports _initialize (Go: -buildmode=c-shared)"}
	}
	return have, nil
}

// importKey names an imported function.
type importKey struct{ module, name string }

// verifyImports checks every imported function and returns those to provide.
func verifyImports(c wazero.CompiledModule) (map[importKey]api.FunctionDefinition, error) {
	wanted := make(map[importKey]api.FunctionDefinition)
	for _, d := range c.ImportedFunctions() {
		module, name, _ := d.Import()
		key := importKey{module, name}
		full := module + "." + name
		known, err := lookupImport(key)
		if err != nil {
			return nil, err
		}
		if known != nil {
			err = checkSignature("import", full, d, known.params, known.results)
		} else if r := d.ResultTypes(); len(r) != 1 || r[0] != api.ValueTypeI32 {
			err = &VerifyError{"import", full, fmt.Sprintf("is unknown to this Penstock and has the signature %s, which cannot answer UNSUPPORTED: it must return one i32",
				signature(d.ParamTypes(), r))}
		}
		if err != nil {
			return nil, err
		}
		if old, ok := wanted[key]; ok {
			if err := checkSignature("import", full, d, old.ParamTypes(), old.ResultTypes()); err != nil {
				return nil, err
			}
		}
		wanted[key] = d
	}
	return wanted, nil
}
