package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// target is one way to the database.
type target struct {
	name string
	addr string
	pid  int // of the proxy; 0: none
	runs []result
}

// queries runs the same load through each way, in turns, and prints the table.
func queries(o options) (err error) {
	l := load{seconds: o.seconds, threads: o.threads}
	db, err := mariadbtest.StartMain()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := l.prepare(db.Addr); err != nil {
		return err
	}
	targets := []*target{{name: "direct", addr: db.Addr}}

	ha, err := startHAProxy(db.Addr)
	if err != nil {
		return err
	}
	defer ha.stop()
	targets = append(targets, &target{name: "HAProxy, TCP", addr: ha.addr, pid: ha.pid()})

	// A process for each number of filters, so that each one's time is its own.
	for _, filters := range [][]string{nil, threeFilters[:1], threeFilters} {
		p, err := rig.StartMain(rig.Setup{Primary: db.Addr, Filters: filterDefinitions,
			Services: []rig.Service{{Name: "bench", Router: "readwritesplit", Filters: filters}}})
		if err != nil {
			return err
		}
		defer os.RemoveAll(p.Dir)
		defer func() { err = errors.Join(err, p.Stop()) }()
		name := fmt.Sprintf("Penstock, %d filters", len(filters))
		if len(filters) == 1 {
			name = "Penstock, 1 filter"
		}
		targets = append(targets, &target{name: name, addr: p.Addr("bench"), pid: p.PID()})
	}

	fmt.Printf("sysbench oltp_point_select, %d connections, median of %d times %d s\n\n", l.threads, o.rounds, l.seconds)
	for range o.rounds { // in turns: whatever else the machine does meets all of them
		for _, t := range targets {
			if err := t.measure(l); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	printTargets(targets)
	return nil
}

// measure runs the load once.
func (t *target) measure(l load) error {
	var before, after time.Duration
	var err error
	if t.pid != 0 {
		if before, err = rig.CPU(t.pid); err != nil {
			return err
		}
	}
	r, err := l.run(t.addr)
	if err != nil {
		return err
	}
	if t.pid != 0 {
		if after, err = rig.CPU(t.pid); err != nil {
			return err
		}
		r.cpu = float64((after - before).Microseconds()) / float64(r.queries)
	}
	t.runs = append(t.runs, r)
	return nil
}

// median returns the middle one of what pick takes from each run.
func (t *target) median(pick func(result) float64) float64 {
	values := make([]float64, len(t.runs))
	for i, r := range t.runs {
		values[i] = pick(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func printTargets(targets []*target) {
	var haproxy float64
	fmt.Printf("%-22s %10s %10s %14s %12s\n", "", "queries/s", "p95 ms", "CPU µs/query", "of HAProxy")
	for _, t := range targets {
		qps := t.median(func(r result) float64 { return r.qps })
		p95 := t.median(func(r result) float64 { return r.p95 })
		cpu := t.median(func(r result) float64 { return r.cpu })
		fmt.Printf("%-22s %10.0f %10.2f", t.name, qps, p95)
		if t.pid == 0 {
			fmt.Printf(" %14s %12s\n", "-", "-")
			continue
		}
		if haproxy == 0 {
			haproxy = cpu
		}
		fmt.Printf(" %14.1f %11.2fx\n", cpu, cpu/haproxy)
	}
}
