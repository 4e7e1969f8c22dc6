package process

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is what the process runs on.
type Machine struct {
	Cores          int     // processors that the machine has
	CoresAvailable int     // of them those that the process may run on
	CoresVirtual   float64 // what a limit of its control group leaves of those; it may be part of one
	Memory         int64   // bytes of RAM
	// MemoryAvailable is what the process may take of it: all, or the limit of
	// its control group.
	MemoryAvailable int64
}

// OS is the operating system as uname tells it.
type OS struct{ Name, Node, Release, Version, Machine string }

// ThisMachine looks at the machine.
func ThisMachine() Machine {
	m := Machine{Cores: cores(), CoresAvailable: runtime.NumCPU(), Memory: Unknown, MemoryAvailable: Unknown}
	if kib := colonField("/proc/meminfo", "MemTotal"); kib != Unknown {
		m.Memory = kib << 10
		m.MemoryAvailable = m.Memory
	}
	m.CoresVirtual = float64(m.CoresAvailable)
	for _, dir := range controlGroups() {
		if quota, ok := cpuQuota(readWord(filepath.Join(dir, "cpu.max"))); ok {
			m.CoresVirtual = min(m.CoresVirtual, quota)
		}
		if limit, err := strconv.ParseInt(readWord(filepath.Join(dir, "memory.max")), 10, 64); err == nil {
			if m.MemoryAvailable == Unknown || limit < m.MemoryAvailable {
				m.MemoryAvailable = limit
			}
		}
	}
	return m
}

// cores counts the processors that are online, whoever may run on them.
func cores() int {
	set := readWord("/sys/devices/system/cpu/online")
	n := 0
	for part := range strings.SplitSeq(set, ",") {
		low, high, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(low)
		if err != nil {
			return runtime.NumCPU()
		}
		to := from
		if isRange {
			if to, err = strconv.Atoi(high); err != nil {
				return runtime.NumCPU()
			}
		}
		n += to - from + 1
	}
	return n
}

// controlGroups are the directories of the process's control group (version 2)
// and of those above it: the narrowest limit counts.
func controlGroups() (dirs []string) {
	const root = "/sys/fs/cgroup"
	_, path, ok := strings.Cut(readWord("/proc/self/cgroup"), "0::")
	if !ok {
		return nil
	}
	for path = filepath.Clean(path); ; path = filepath.Dir(path) {
		dirs = append(dirs, filepath.Join(root, path))
		if path == "/" || path == "." {
			return dirs
		}
	}
}

// cpuQuota reads cpu.max: "QUOTA PERIOD", or "max PERIOD" for none.
func cpuQuota(text string) (cores float64, ok bool) {
	quota, period, _ := strings.Cut(text, " ")
	q, err := strconv.ParseFloat(quota, 64)
	if err != nil {
		return 0, false
	}
	p, err := strconv.ParseFloat(period, 64)
	if err != nil || p <= 0 {
		return 0, false
	}
	return q / p, true
}

func readWord(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// ThisOS asks uname; what it does not tell is empty.
func ThisOS() OS {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return OS{}
	}
	return OS{
		Name: unix.ByteSliceToString(u.Sysname[:]), Node: unix.ByteSliceToString(u.Nodename[:]),
		Release: unix.ByteSliceToString(u.Release[:]), Version: unix.ByteSliceToString(u.Version[:]),
		Machine: unix.ByteSliceToString(u.Machine[:]),
	}
}
