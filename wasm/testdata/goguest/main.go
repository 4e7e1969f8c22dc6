// Command goguest is an ordinary Go plugin without the SDK, for the tests of
// package wasm: what it does is decided by the first byte of the command.
package main

import (
	"encoding/binary"
	"os"
	"regexp"
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

// masked is the work that filters do most.
var masked = regexp.MustCompile(`(?i)\bcredit_card\s*=\s*'(\d{4})-?(\d{4})-?(\d{4})-?(\d{4})'`)

// dig calls itself for ever.
func dig(n uint64) uint64 { return dig(n+1) + n }

// climb makes many small calls.
//
//go:noinline
func climb(n uint64) uint64 {
	if n < 2 {
		return n
	}
	return climb(n-1) + climb(n-2)
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
	case 'd':
		return dig(uint64(n))
	case 'r':
		if masked.Match(window[:n]) {
			return uint64(abi.NewVerdict(abi.Replaced, n))
		}
	case 'b':
		sum := byte(0)
		for _, c := range window[:n] {
			sum = sum*31 ^ c
		}
		window[1] = sum
	case 'c':
		return climb(20) & 0
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
