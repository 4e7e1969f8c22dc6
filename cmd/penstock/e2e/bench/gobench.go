package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// results are what go test says of benchmarks: all values by name and unit.
type results map[string]map[string][]float64

// goBench runs Go benchmarks of the package in a directory of the repository.
func goBench(dir string, args ...string) (results, error) {
	root, err := rig.Root()
	if err != nil {
		return nil, err
	}
	args = append([]string{"test", "-run=^$", "-timeout=10m"}, args...)
	progress("in %s: go %s", dir, strings.Join(args, " "))
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join(root, dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s in %s: %w\n%s", cmd, dir, err, bytes.TrimSpace(out.Bytes()))
	}
	return parseBench(out.String())
}

// processors is what go test appends to names.
var processors = regexp.MustCompile(`-\d+$`)

// parseBench reads lines like
//
//	BenchmarkEvent/penstock-2   12345678   96.4 ns/op   0 B/op   0 allocs/op
func parseBench(text string) (results, error) {
	all := make(results)
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || len(fields)%2 != 0 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		if all[name] == nil {
			all[name] = make(map[string][]float64)
		}
		for i := 2; i < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("cannot read what go test printed: %s", line)
			}
			all[name][fields[i+1]] = append(all[name][fields[i+1]], v)
		}
	}
	return all, nil
}

// of returns the median of a benchmark's values in a unit; NaN if there is none.
func (r results) of(name, unit string) float64 { return median(r[name][unit]) }

// most returns the largest.
func (r results) most(name, unit string) float64 { return quantile(r[name][unit], 1) }
