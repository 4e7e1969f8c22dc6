// Command goguest is an ordinary Go plugin without the SDK, for the tests of
// package wasm: what it does is decided by the first byte of the command.
package main

import (
	"encoding/binary"
	"os"
	"time"
	"unsafe"

	"github.com/penstock-db/penstock/wasm/abi"
)

var (
	window     [abi.MinWindow]byte
	header     [abi.HeaderSize]byte
	descriptor [abi.DescriptorSize]byte
	kept       [][]byte
)

func address[T any](p *T) uint32 { return uint32(uintptr(unsafe.Pointer(p))) }

//go:wasmimport penstock_v1 fail
func fail(ptr unsafe.Pointer, n uint32) int32

//go:wasmimport penstock_v1 config_read
func configRead(off uint32, ptr unsafe.Pointer, n uint32) int32

//go:wasmexport penstock_v1
func marker() {}

//go:wasmexport ps_init
func start(features uint64, n uint32) int32 {
	options := make([]byte, n)
	if n > 0 {
		configRead(0, unsafe.Pointer(&options[0]), n)
	}
	if string(options) == "refuse" {
		message := []byte("these options are wrong")
		fail(unsafe.Pointer(&message[0]), uint32(len(message)))
		return int32(abi.BadArg)
	}
	set := func(off int, v uint32) { binary.LittleEndian.PutUint32(descriptor[off:], v) }
	set(abi.DescSize, abi.DescriptorSize)
	set(abi.DescKind, uint32(abi.KindFilter))
	set(abi.DescWindow, address(&window))
	set(abi.DescWindowCap, abi.MinWindow)
	set(abi.DescHeader, address(&header))
	set(abi.DescHeaderCap, abi.HeaderSize)
	return int32(address(&descriptor))
}

//go:wasmexport ps_query
func query(n, flags uint32) uint64 {
	switch window[0] {
	case 'p':
		panic("the guest's own words")
	case 'l':
		for {
			flags++
		}
	case 'm':
		for {
			kept = append(kept, make([]byte, 1<<20))
		}
	case 's':
		time.Sleep(time.Hour)
	case 'f':
		_, err := os.ReadFile("/etc/passwd")
		if err == nil {
			panic("read a file")
		}
		return uint64(abi.NewVerdict(abi.Replaced, uint32(copy(window[:], err.Error()))))
	case 'o':
		os.Stdout.WriteString("half a ")
		os.Stdout.WriteString("line\n")
	case 't':
		binary.LittleEndian.PutUint64(window[:], uint64(time.Now().Unix()))
		return uint64(abi.NewVerdict(abi.Replaced, 8))
	}
	return 0
}

func main() {}
