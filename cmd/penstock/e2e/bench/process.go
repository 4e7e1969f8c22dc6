package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"syscall"
)

var privateLine = regexp.MustCompile(`(?m)^Private_(?:Clean|Dirty):\s+(\d+) kB$`)

// private returns the bytes of memory that a process shares with nobody.
func private(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	total := 0.0
	for _, m := range privateLine.FindAllSubmatch(text, -1) {
		kb, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			return 0, err
		}
		total += kb * 1024
	}
	return total, nil
}

// machines counts the plugin instances that a penstock has in memory, running or
// waiting for a session: each one's memory is a private mapping of its
// template's image. Those that sleep have none.
func machines(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, err
	}
	n := 0
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("penstock-template")) && bytes.Contains(line, []byte(" rw-p ")) {
			n++
		}
	}
	return n, nil
}

// raiseFileLimit lets this process and those that it starts open as many files
// as the system allows, and returns how many that are.
func raiseFileLimit() (int, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	// Root may go beyond the hard limit, if it has not been denied that.
	const most = 1 << 18
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: most, Max: max(most, limit.Max)}); err == nil {
		return most, nil
	}
	limit.Cur = limit.Max
	return int(limit.Cur), syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// gcLine is a line of GODEBUG=gctrace=1. Of its three times the first and the
// last are those in which the world stands still; the last of the three sizes is
// what was found to be in use.
var gcLine = regexp.MustCompile(`^gc \d+ @\S+ \d+%: ([\d.]+)\+[\d.]+\+([\d.]+) ms clock, .* ms cpu, \d+->\d+->(\d+) MB`)

// collections returns the longest pause of each garbage collection in
// milliseconds that a log tells of from an offset on, and the bytes in use after
// the last of them.
func collections(log string, offset int64) (pauses []float64, live float64, err error) {
	f, err := os.Open(log)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, 0, err
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		m := gcLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		var values [3]float64
		for i := range values {
			if values[i], err = strconv.ParseFloat(m[1+i], 64); err != nil {
				return nil, 0, err
			}
		}
		pauses, live = append(pauses, max(values[0], values[1])), values[2]*(1<<20)
	}
	return pauses, live, lines.Err()
}
