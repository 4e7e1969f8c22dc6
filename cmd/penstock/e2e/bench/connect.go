package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// connectClients connect at the same time.
const connectClients = 4

// connecting is a proxy under a load of short sessions.
type connecting struct {
	filters int
	proxy   *rig.Proxy
	rate    []float64 // sessions a second
	cpu     []float64 // nanoseconds of the proxy's processor time a session
}

// connects measures what a session costs that runs one query.
func connects(o options) (err error) {
	db, err := mariadbtest.StartMain()
	if err != nil {
		return err
	}
	defer db.Close()
	var targets []*connecting
	for _, filters := range [][]string{nil, threeFilters} {
		p, err := rig.StartMain(rig.Setup{Primary: db.Addr, Filters: filterDefinitions,
			Services: []rig.Service{{Name: "bench", Router: "readwritesplit", Filters: filters}}})
		if err != nil {
			return err
		}
		defer os.RemoveAll(p.Dir)
		defer func() { err = errors.Join(err, p.Stop()) }()
		targets = append(targets, &connecting{filters: len(filters), proxy: p})
	}
	length := time.Duration(o.seconds) * time.Second
	for range o.rounds {
		for _, t := range targets {
			if err := t.measure(length); err != nil {
				return fmt.Errorf("with %d filters: %w", t.filters, err)
			}
		}
	}
	var figures []figure
	for _, t := range targets {
		f := figure{what: fmt.Sprintf("processor time of the proxy, readwritesplit and %d filters", t.filters), got: median(t.cpu), unit: micros}
		if t.filters == len(threeFilters) {
			f.aim = 250e3
		}
		figures = append(figures, f, figure{what: fmt.Sprintf("  sessions a second, %d clients", connectClients), got: median(t.rate)})
	}
	printFigures(fmt.Sprintf("connect, one query, disconnect; median of %d times %d s", o.rounds, o.seconds), figures)
	return nil
}

// measure runs short sessions for some time.
func (t *connecting) measure(length time.Duration) error {
	before, err := rig.CPU(t.proxy.PID())
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	var count atomic.Int64
	failed := make(chan error, connectClients)
	begun := time.Now()
	for range connectClients {
		group.Go(func() {
			for time.Since(begun) < length {
				if err := shortSession(t.proxy.Addr("bench")); err != nil {
					failed <- err
					return
				}
				count.Add(1)
			}
		})
	}
	group.Wait()
	took := time.Since(begun)
	select {
	case err := <-failed:
		return err
	default:
	}
	after, err := rig.CPU(t.proxy.PID())
	if err != nil {
		return err
	}
	t.rate = append(t.rate, float64(count.Load())/took.Seconds())
	t.cpu = append(t.cpu, float64((after-before).Nanoseconds())/float64(count.Load()))
	return nil
}

// shortSession connects, runs one query and takes its leave.
func shortSession(addr string) error {
	c, err := rig.Connect(addr, rig.Login{})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Exec("SELECT 1"); err != nil {
		return err
	}
	if err := c.Send(wire.ComQuit, nil); err != nil {
		return err
	}
	_ = c.Conn.Fill() // returns when the other side has closed
	return nil
}
