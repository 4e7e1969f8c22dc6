package wasm

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

var pageSize = int64(os.Getpagesize())

// image is a template's frozen state: the memory and the mutable globals that
// every clone begins with. The memory is an anonymous file that nobody can
// change any more; clones map it copy-on-write, so that a page that no clone
// writes is there once, and one that a clone writes becomes its own.
type image struct {
	fd      int
	bytes   []byte // the whole of it, mapped read-only
	globals []uint64
}

// freeze makes an image of a memory, which is copied.
func freeze(memory []byte, globals []uint64) (im *image, err error) {
	im = &image{fd: -1, globals: globals}
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
	if err = unix.Ftruncate(im.fd, int64(len(memory))); err != nil {
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

// mapPrivate maps a copy of the image, with room to grow up to limit bytes
// behind it. The mapping has to be given back with unmap.
func (im *image) mapPrivate(limit uint64) ([]byte, error) {
	limit = max(limit, uint64(len(im.bytes)))
	// What is behind the image is zeros until it is written. Nothing is
	// reserved: an instance pays for the pages that it touches.
	mapped, err := unix.Mmap(-1, 0, int(limit), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("cannot map %d bytes for an instance (vm.max_map_count and the address space are the limits): %w", limit, err)
	}
	_, err = unix.MmapPtr(im.fd, 0, pointer(mapped), uintptr(len(im.bytes)), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_FIXED|unix.MAP_NORESERVE)
	if err != nil {
		unmap(mapped)
		return nil, fmt.Errorf("cannot map the image of %d bytes (vm.max_map_count may be reached): %w", len(im.bytes), err)
	}
	return mapped, nil
}

// renew makes a part of a private mapping, from its beginning on, the image's
// again, and zeros behind it.
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

func unmap(mapped []byte) { unix.Munmap(mapped) }
