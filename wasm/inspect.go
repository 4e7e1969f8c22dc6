package wasm

import (
	"maps"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// Function is an imported or exported function of a module, for reading.
type Function struct {
	Name      string // of an import with its module: penstock_v1.log
	Signature string // as docs/abi.md writes it: (i32, i32) -> i64
	Known     bool   // this Penstock calls the export, or serves the import
}

// Exports lists the functions that the module exports, by name. What the
// loader has added is left out.
func (m *Module) Exports() []Function {
	var list []Function
	exported := m.program.compiled.ExportedFunctions()
	for _, name := range slices.Sorted(maps.Keys(exported)) {
		if strings.HasPrefix(name, reserved) && name != abiMarker {
			continue
		}
		list = append(list, Function{name, signatureOf(exported[name]), m.program.exports[name]})
	}
	return list
}

// Imports lists the functions that the module imports, in its own order. Those
// that are not known are answered UNSUPPORTED or ENOSYS.
func (m *Module) Imports() []Function {
	var list []Function
	for _, d := range m.program.compiled.ImportedFunctions() {
		module, name, _ := d.Import()
		if module == meterModule {
			continue
		}
		known, err := lookupImport(importKey{module, name})
		list = append(list, Function{module + "." + name, signatureOf(d), err == nil && known != nil})
	}
	return list
}

// Memory returns the bytes of memory that the module begins with.
func (m *Module) Memory() uint64 { return m.program.minimum }

func signatureOf(d api.FunctionDefinition) string {
	return signature(d.ParamTypes(), d.ResultTypes())
}

// The prefix of names that belong to the host, and the one that a module must
// export under it.
const (
	reserved  = "penstock_"
	abiMarker = "penstock_v1"
)
