package wasm

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

var pageSize = int64(os.Getpagesize())

// image is a template's frozen state: the memory and the mutable globals that
// every clone begins with. The memory is an anonymous file that nobody can
// change any more; clones map it copy-on-write, so that a page that no clone
// writes is there once, and one that a clone writes becomes its own.
//
// Behind the frozen memory the file has a hole as large as clones may grow, so
// that a clone is a single mapping: their number in a process is limited
// (vm.max_map_count).
type image struct {
	fd      int
	bytes   []byte // the frozen memory, mapped read-only
	size    uint64 // with the room to grow
	globals []uint64
}

// freeze makes an image of a memory, which is copied, with room to grow up to
// limit bytes.
func freeze(memory []byte, globals []uint64, limit uint64) (im *image, err error) {
	im = &image{fd: -1, size: max(limit, uint64(len(memory))), globals: globals}
	defer func() {
		if err != nil {
			im.close()
			im = nil
		}
	}()
	if len(memory) == 0 {
		return im, fmt.Errorf("the module has an empty memory")
	}
	if im.fd, err = unix.MemfdCreate("penstock-template", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING); err != nil {
		return im, fmt.Errorf("memfd_create: %w", err)
	}
	if err = unix.Ftruncate(im.fd, int64(im.size)); err != nil {
		return im, fmt.Errorf("ftruncate: %w", err)
	}
	if err = im.write(memory); err != nil {
		return im, err
	}
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err = unix.FcntlInt(uintptr(im.fd), unix.F_ADD_SEALS, seals); err != nil {
		return im, fmt.Errorf("F_ADD_SEALS: %w", err)
	}
	if im.bytes, err = unix.Mmap(im.fd, 0, len(memory), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return im, fmt.Errorf("mmap: %w", err)
	}
	return im, nil
}

// write copies the memory into the file; pages of zeros stay holes.
func (im *image) write(memory []byte) error {
	zeros := make([]byte, pageSize)
	for at := int64(0); at < int64(len(memory)); at += pageSize {
		page := memory[at:min(at+pageSize, int64(len(memory)))]
		if string(page) == string(zeros[:len(page)]) {
			continue
		}
		for done := 0; done < len(page); {
			n, err := unix.Pwrite(im.fd, page[done:], at+int64(done))
			if err != nil {
				return fmt.Errorf("pwrite: %w", err)
			}
			done += n
		}
	}
	return nil
}

// mapPrivate maps a copy of the image with its room to grow, which is zeros
// until it is written. Nothing is reserved: a clone pays for the pages that it
// touches. The mapping has to be given back with unmap.
func (im *image) mapPrivate() ([]byte, error) {
	mapped, err := unix.Mmap(im.fd, 0, int(im.size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("cannot map an instance's %d bytes of memory; if many sessions work at once, raise the sysctl vm.max_map_count or lower park_after: %w", im.size, err)
	}
	mappings.Add(1)
	return mapped, nil
}

// mappings counts the clones' memories that are mapped in this process.
var mappings atomic.Int64

// mostMappings is how many mappings a process may have.
var mostMappings = sync.OnceValue(func() int64 {
	const initial = 65530
	text, err := os.ReadFile("/proc/sys/vm/max_map_count")
	if err != nil {
		return initial
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return initial
	}
	return n
})

// Crowded reports whether so many instances are awake that the system's bound
// on mappings (vm.max_map_count) comes near: those that are idle should be
// parked soon.
func (r *Runtime) Crowded() bool { return mappings.Load() > mostMappings()/2 }

// renew makes a part of a private mapping, from its beginning on, the image's
// again.
func (im *image) renew(mapped []byte) error {
	if err := unix.Madvise(mapped, unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("madvise: %w", err)
	}
	return nil
}

// close gives the image back. Mappings that were made of it stay valid.
func (im *image) close() {
	if im.bytes != nil {
		unix.Munmap(im.bytes)
		im.bytes = nil
	}
	if im.fd >= 0 {
		unix.Close(im.fd)
		im.fd = -1
	}
}

func unmap(mapped []byte) {
	unix.Munmap(mapped)
	mappings.Add(-1)
}
