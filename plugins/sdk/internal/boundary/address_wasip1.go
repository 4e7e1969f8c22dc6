//go:build wasip1

package boundary

import "unsafe"

// WindowAddress is the window's address in linear memory.
func WindowAddress() uint32 { return uint32(uintptr(unsafe.Pointer(&Window))) }

// HeaderAddress is the header's address in linear memory.
func HeaderAddress() uint32 { return uint32(uintptr(unsafe.Pointer(&Header))) }

// TextsAddress is the texts' address in linear memory.
func TextsAddress() uint32 { return uint32(uintptr(unsafe.Pointer(&Texts))) }
