package engine

import "github.com/penstock-db/penstock/wasm"

// meter bounds guests' time from inside: see package wasm/binary.
var meter wasm.Meter
