package wasm

import (
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// WASI preview 1, as far as a guest without files and sockets needs it: see
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md. What
// is not in the table answers ENOSYS.

// WASI errnos.
const (
	wasiOK    = 0
	wasiBadF  = 8
	wasiFault = 21
	wasiInval = 28
	wasiNoSys = 52
	wasiNotup = 58 // ENOTSUP
)

// Bounds of what one WASI call does, so that none takes long.
const (
	maxRandom = 64 << 10 // bytes between two looks at the deadline
	maxIOVecs = 1024
	maxWrite  = 8 << 10
	maxEvents = 1024
)

var wasiImports = map[string]*hostImport{
	"args_get":          wasi(wasiEmptyGet, i32, i32),
	"args_sizes_get":    wasi(wasiEmptySizes, i32, i32),
	"environ_get":       wasi(wasiEmptyGet, i32, i32),
	"environ_sizes_get": wasi(wasiEmptySizes, i32, i32),
	"clock_res_get":     wasi(wasiClockRes, i32, i32),
	"clock_time_get":    wasi(wasiClockTime, i32, i64, i32),
	"random_get":        wasi(wasiRandom, i32, i32),
	"fd_write":          wasi(wasiWrite, i32, i32, i32, i32),
	"sched_yield":       wasi(func(*Instance, []uint64) int32 { return wasiOK }),
	"poll_oneoff":       wasi(wasiPoll, i32, i32, i32, i32),
	"proc_exit": {params: []api.ValueType{i32}, call: func(_ *Instance, stack []uint64) {
		panic(sys.NewExitError(uint32(stack[0])))
	}},
	// Runtimes look for open files when they start and take EBADF for "no
	// more"; Go's panics at any other errno.
	"fd_close":            wasi(wasiNoFile, i32),
	"fd_fdstat_get":       wasi(wasiFdstat, i32, i32),
	"fd_fdstat_set_flags": wasi(wasiNoFile, i32, i32),
	"fd_filestat_get":     wasi(wasiNoFile, i32, i32),
	"fd_prestat_get":      wasi(wasiNoFile, i32, i32),
	"fd_prestat_dir_name": wasi(wasiNoFile, i32, i32, i32),
	"fd_read":             wasi(wasiNoFile, i32, i32, i32, i32),
	"fd_seek":             wasi(wasiNoFile, i32, i64, i32, i32),
}

const (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
)

// wasi makes an import of a function that returns an errno.
func wasi(f func(i *Instance, args []uint64) int32, params ...api.ValueType) *hostImport {
	return &hostImport{params: params, results: []api.ValueType{i32}, call: func(i *Instance, stack []uint64) {
		errno := f(i, stack)
		result(stack[:1], errno)
	}}
}

func noSys(_ *Instance, stack []uint64) { result(stack, wasiNoSys) }

func wasiNoFile(*Instance, []uint64) int32 { return wasiBadF }

// args_get(argv, buf), environ_get(environ, buf): there are none.
func wasiEmptyGet(*Instance, []uint64) int32 { return wasiOK }

// args_sizes_get(count, size), environ_sizes_get(count, size)
func wasiEmptySizes(i *Instance, a []uint64) int32 {
	count, ok1 := i.in(a[0], 4)
	size, ok2 := i.in(a[1], 4)
	if !ok1 || !ok2 {
		return wasiFault
	}
	clear(count)
	clear(size)
	return wasiOK
}

// putU64 stores a result.
func (i *Instance) putU64(ptr, v uint64) int32 {
	p, valid := i.in(ptr, 8)
	if !valid {
		return wasiFault
	}
	binary.LittleEndian.PutUint64(p, v)
	return wasiOK
}

// clock_res_get(clock, result)
func wasiClockRes(i *Instance, a []uint64) int32 {
	if uint32(a[0]) > 1 {
		return wasiInval
	}
	return i.putU64(a[1], 1)
}

// clock_time_get(clock, precision, result): 0 is the wall clock, 1 the
// monotonic one.
func wasiClockTime(i *Instance, a []uint64) int32 {
	switch uint32(a[0]) {
	case 0:
		return i.putU64(a[2], uint64(time.Now().UnixNano()))
	case 1:
		return i.putU64(a[2], uint64(Now()))
	}
	return wasiInval
}

// random_get(ptr, len)
func wasiRandom(i *Instance, a []uint64) int32 {
	p, valid := i.in(a[0], a[1])
	if !valid {
		return wasiFault
	}
	for len(p) > 0 {
		n := min(len(p), maxRandom)
		rand.Read(p[:n]) // never fails
		p = p[n:]
		i.checkDeadline()
	}
	return wasiOK
}

// fd_write(fd, iovs, count, written): standard output and error go to the log.
func wasiWrite(i *Instance, a []uint64) int32 {
	fd, count := uint32(a[0]), uint32(a[2])
	if fd != 1 && fd != 2 {
		return wasiBadF
	}
	if count > maxIOVecs {
		return wasiInval
	}
	iovs, ok1 := i.in(a[1], uint64(count)*8)
	written, ok2 := i.in(a[3], 4)
	if !ok1 || !ok2 {
		return wasiFault
	}
	i.checkDeadline() // every byte can be a line
	total := 0
	for ; len(iovs) > 0 && total < maxWrite; iovs = iovs[8:] {
		p, valid := i.memory.view(binary.LittleEndian.Uint32(iovs), binary.LittleEndian.Uint32(iovs[4:]))
		if !valid {
			return wasiFault
		}
		p = p[:min(len(p), maxWrite-total)]
		i.write(fd, p)
		total += len(p)
	}
	binary.LittleEndian.PutUint32(written, uint32(total))
	return wasiOK
}

// fd_fdstat_get(fd, result): fd 0 to 2 are character devices, 1 and 2 can be
// written.
func wasiFdstat(i *Instance, a []uint64) int32 {
	fd := uint32(a[0])
	if fd > 2 {
		return wasiBadF
	}
	p, valid := i.in(a[1], 24)
	if !valid {
		return wasiFault
	}
	clear(p)
	p[0] = 2
	if fd > 0 {
		binary.LittleEndian.PutUint64(p[8:], 1<<6)
	}
	return wasiOK
}
