package wasm

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

func pointer(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// span is a run of bytes of a mapping.
type span struct{ from, to int }

// Linux says which pages of a private mapping are no longer those of the file:
// by the ioctl PAGEMAP_SCAN since 6.7, page by page in /proc/self/pagemap before.
// See Documentation/admin-guide/mm/pagemap.rst.
const (
	pagemapScan = 0xC0606610 // _IOWR('f', 16, struct pm_scan_arg)

	pageIsFile    = 1 << 2
	pageIsPresent = 1 << 3
	pageIsSwapped = 1 << 4
	pageIsZero    = 1 << 5

	entryFile    = 1 << 61
	entrySwapped = 1 << 62
	entryPresent = 1 << 63
)

// scanArg is struct pm_scan_arg.
type scanArg struct {
	size, flags, start, end, walkEnd, vec, vecLen, maxPages       uint64
	categoryInverted, categoryMask, categoryAnyofMask, returnMask uint64
}

// region is struct page_region.
type region struct{ start, end, categories uint64 }

// pagemap is the process's own, opened once.
var pagemap = sync.OnceValues(func() (*os.File, error) { return os.Open("/proc/self/pagemap") })

// canScan says whether the kernel has PAGEMAP_SCAN.
var canScan = sync.OnceValue(func() bool {
	var regions [1]region
	probe := make([]byte, pageSize)
	_, _, errno := scan(probe[:0], 0, regions[:])
	return errno == 0
})

// scan asks for the private pages of mapped from offset from on. It returns
// the regions found and where it stopped.
func scan(mapped []byte, from int, regions []region) (n, stopped int, errno unix.Errno) {
	f, err := pagemap()
	if err != nil {
		return 0, 0, unix.ENOENT
	}
	base := uint64(uintptr(pointer(mapped)))
	base -= base % uint64(pageSize)
	arg := scanArg{start: base + uint64(from), end: base + uint64(len(mapped)),
		vec: uint64(uintptr(unsafe.Pointer(&regions[0]))), vecLen: uint64(len(regions)),
		categoryInverted: pageIsFile | pageIsZero, categoryMask: pageIsFile | pageIsZero,
		categoryAnyofMask: pageIsPresent | pageIsSwapped, returnMask: pageIsPresent}
	arg.size = uint64(unsafe.Sizeof(arg))
	found, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), pagemapScan, uintptr(unsafe.Pointer(&arg)))
	if errno != 0 {
		return 0, 0, errno
	}
	return int(found), int(arg.walkEnd - base), 0
}

// privateSpans appends the spans of a mapping's pages that are its own, and no
// longer the file's or untouched. Where the kernel does not tell, that is all.
func privateSpans(dst []span, mapped []byte) []span {
	if !canScan() {
		return readSpans(dst, mapped)
	}
	var regions [64]region
	base := uint64(uintptr(pointer(mapped)))
	for from := 0; from < len(mapped); {
		n, stopped, errno := scan(mapped, from, regions[:])
		if errno != 0 || stopped <= from {
			return append(dst, span{from, len(mapped)})
		}
		for _, r := range regions[:n] {
			dst = append(dst, span{int(r.start - base), min(int(r.end-base), len(mapped))})
		}
		from = stopped
	}
	return dst
}

// readSpans is privateSpans by reading /proc/self/pagemap.
func readSpans(dst []span, mapped []byte) []span {
	f, err := pagemap()
	if err != nil {
		return append(dst, span{0, len(mapped)})
	}
	entries := make([]byte, 8*((len(mapped)+int(pageSize)-1)/int(pageSize)))
	at := int64(uintptr(pointer(mapped))) / pageSize * 8
	if n, err := f.ReadAt(entries, at); err != nil || n != len(entries) {
		return append(dst, span{0, len(mapped)})
	}
	for page := 0; page < len(entries)/8; page++ {
		e := binary.LittleEndian.Uint64(entries[page*8:])
		if e&(entryPresent|entrySwapped) == 0 || e&entryFile != 0 {
			continue
		}
		from := page * int(pageSize)
		to := min(from+int(pageSize), len(mapped))
		if n := len(dst); n > 0 && dst[n-1].to == from {
			dst[n-1].to = to
			continue
		}
		dst = append(dst, span{from, to})
	}
	return dst
}

// privatePages counts the pages of a mapping that are its own. Any goroutine may
// ask; of a mapping that is given back meanwhile the answer means nothing.
func privatePages(mapped []byte) (pages int64) {
	var spans [32]span
	for _, s := range privateSpans(spans[:0], mapped) {
		pages += (int64(s.to-s.from) + pageSize - 1) / pageSize
	}
	return pages
}

// cloning says why this host cannot clone, nil if it can.
var cloning = sync.OnceValue(func() error {
	im, err := freeze(make([]byte, pageSize), nil, 0)
	if err != nil {
		return fmt.Errorf("this system cannot make copy-on-write images: %w", err)
	}
	defer im.close()
	mapped, err := im.mapPrivate()
	if err != nil {
		return err
	}
	unmap(mapped)
	return nil
})
