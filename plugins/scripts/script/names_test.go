package script

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// TestNamesAreComplete holds the names of types and operations against package abi.
func TestNamesAreComplete(t *testing.T) {
	var all uint64
	for name, bit := range types {
		if bit == 0 || bit&(bit-1) != 0 || all&bit != 0 {
			t.Errorf("type %s is %x", name, bit)
		}
		all |= bit
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../../../wasm/abi/statement.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared, verbs := 0, 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, name := range spec.Names {
				if strings.HasPrefix(name.Name, "Type") {
					declared++
				}
				if op, ok := strings.CutPrefix(name.Name, "Op"); ok {
					if verbs >= len(operations) || strings.ReplaceAll(operations[verbs], "_", "") != strings.ToLower(op) {
						t.Errorf("operation %d is %s", verbs, name.Name)
					}
					verbs++
				}
			}
		}
		return true
	})
	if declared != len(types) || verbs != len(operations) || operations[abi.OpOther] != "other" {
		t.Errorf("%d types of %d, %d operations of %d", len(types), declared, len(operations), verbs)
	}
}
