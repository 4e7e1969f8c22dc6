//go:build !wasip1

package boundary

// WindowAddress stands for an address: there is no linear memory here.
func WindowAddress() uint32 { return 1 << 16 }

// HeaderAddress stands for an address.
func HeaderAddress() uint32 { return 1 << 15 }

// TextsAddress stands for an address.
func TextsAddress() uint32 { return 1 << 14 }
