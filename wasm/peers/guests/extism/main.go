//go:build wasip1

// Command extism is the filter for Extism.
package main

import (
	"encoding/binary"

	pdk "github.com/extism/go-pdk"

	"github.com/penstock-db/penstock/wasm/abi"
)

// headerSize is where the payload begins in what the host sends.
const headerSize = 64

var verdict [8]byte

// query gets the header's fields and the payload, and answers with a verdict
// of 8 bytes. Its own result is Extism's: 0 means that it did not fail.
//
//go:wasmexport query
func query() int32 {
	v := abi.Pass
	if in := pdk.Input(); len(in) > headerSize+1 && in[headerSize+1] == '!' {
		v = abi.Reject
	}
	binary.LittleEndian.PutUint64(verdict[:], uint64(v))
	pdk.Output(verdict[:])
	return 0
}

func main() {}
