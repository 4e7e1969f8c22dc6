package sql

import "github.com/penstock-db/penstock/wasm/abi"

// Class says what a statement does.
type Class struct {
	Type      uint64        // abi.Type* bits; those of all statements in a multi-statement
	Operation abi.Operation // the verb, of the first statement in a multi-statement
}

// Classify says what stmt does. It reads stmt once and allocates nothing.
func Classify(stmt []byte, m Mode) Class {
	return Class{Type: abi.TypeUnknown | abi.TypeWrite}
}
