package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

const (
	openRate  = 1000 // sessions that are opened a second, so that earlier ones fall asleep meanwhile
	openers   = 16
	probes    = 1000 // sleeping sessions that are woken
	spareFile = 250  // descriptors that the proxy needs beside its sessions'
	settling  = 90 * time.Second
)

// herd is a proxy with many sessions that do nothing.
type herd struct {
	proxy   *rig.Proxy
	clients []*rig.Client
	idle    int // machines without any session
}

// sessions measures what idle sessions take, what they do to the garbage
// collector, and how they wake up.
func sessions(o options) (err error) {
	n, files, err := affordable(o.sessions)
	if err != nil {
		return err
	}
	db, err := mariadbtest.StartMain(mariadbtest.Args("--thread-handling=pool-of-threads", "--max-connections="+strconv.Itoa(n+100),
		"--open-files-limit="+strconv.Itoa(files), "--back-log=1000"))
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := rig.StartMain(rig.Setup{Primary: db.Addr, Filters: filterDefinitions, More: "[plugins]\npark_after = \"2s\"\n",
		Services: []rig.Service{{Name: "bench", Router: "readwritesplit", Filters: threeFilters}}, Env: []string{"GODEBUG=gctrace=1"}})
	if err != nil {
		return err
	}
	defer os.RemoveAll(p.Dir)
	defer func() { err = errors.Join(err, p.Stop()) }()
	h := &herd{proxy: p}
	defer h.close()
	figures, err := h.measure(n)
	if err != nil {
		return err
	}
	printFigures(fmt.Sprintf("%d idle sessions, readwritesplit and 3 filters each, parked", n), figures)
	return nil
}

// affordable is how many sessions the system's limit of open files allows, at
// most those that are wanted.
func affordable(wanted int) (n, files int, err error) {
	files, err = raiseFileLimit()
	if err != nil {
		return 0, 0, err
	}
	// The proxy has two connections a session, client and server one each.
	n = min(wanted, (files-spareFile)/2)
	if n < wanted {
		progress("%d sessions instead of %d: a process may open %d files here (ulimit -Hn), and the proxy needs two a session", n, wanted, files)
	}
	if n < 1 {
		return 0, 0, fmt.Errorf("a process may open %d files here (ulimit -Hn): too few for anything", files)
	}
	return n, files, nil
}

func (h *herd) measure(n int) ([]figure, error) {
	for range 100 { // what the first sessions bring about is not what each one costs
		if err := shortSession(h.proxy.Addr("bench")); err != nil {
			return nil, err
		}
	}
	var err error
	if h.idle, err = machines(h.proxy.PID()); err != nil {
		return nil, err
	}
	before, liveBefore, err := h.rest()
	if err != nil {
		return nil, err
	}
	if err := h.open(n); err != nil {
		return nil, err
	}
	if err := h.awaitParked(); err != nil {
		return nil, err
	}
	progress("collecting garbage while they sleep")
	pauses, _, err := h.collect(10, func() error { return h.proxy.API.Do(http.MethodGet, "/v1/sessions", nil, nil) })
	if err != nil {
		return nil, err
	}
	after, live, err := h.rest()
	if err != nil {
		return nil, err
	}
	service, err := h.proxy.API.Service("bench")
	if err != nil {
		return nil, err
	}
	if got := service.Attributes.Statistics.Connections; got < uint64(n) {
		return nil, fmt.Errorf("only %d of %d sessions are still there", got, n)
	}
	asleep, awake, err := h.wake()
	if err != nil {
		return nil, err
	}
	return []figure{
		{what: "private memory of the proxy a session", got: (after - before) / float64(n), aim: 24e3, unit: kilobyte},
		{what: "  of it in use, on the heap after a garbage collection", got: (live - liveBefore) / float64(n), unit: kilobyte},
		{what: fmt.Sprintf("longest stop of the world in %d garbage collections", len(pauses)), got: quantile(pauses, 1), aim: 5, unit: millis},
		{what: fmt.Sprintf("first query of %d sleeping sessions, one by one: median", len(asleep)), got: median(asleep), unit: millis},
		{what: "  95th percentile", got: quantile(asleep, 0.95), unit: millis},
		{what: "  their next query: median", got: median(awake), unit: millis},
	}, nil
}

// open opens n sessions, each of which runs one query.
func (h *herd) open(n int) error {
	h.clients = make([]*rig.Client, n)
	next := make(chan int)
	stop := make(chan struct{})
	var once sync.Once
	var failure error
	var group sync.WaitGroup
	for range openers {
		group.Go(func() {
			for i := range next {
				c, err := rig.Connect(h.proxy.Addr("bench"), rig.Login{})
				if err == nil {
					h.clients[i] = c
					err = c.Exec("SELECT 1")
					c.Conn.Release()
				}
				if err != nil {
					once.Do(func() { failure = fmt.Errorf("session %d: %w", i, err); close(stop) })
					return
				}
			}
		})
	}
	tick := time.NewTicker(time.Second / openRate)
	defer tick.Stop()
feed:
	for i := range n {
		<-tick.C
		select {
		case next <- i:
		case <-stop:
			break feed
		}
		if i%2000 == 0 {
			progress("opening sessions: %d of %d", i, n)
		}
	}
	close(next)
	group.Wait()
	return failure
}

// awaitParked waits until no session has an instance in memory any more and the
// machines that nobody needs are gone.
func (h *herd) awaitParked() error {
	progress("waiting until all are parked")
	deadline := time.Now().Add(settling)
	for {
		now, err := machines(h.proxy.PID())
		if err != nil || now <= h.idle {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after %v of silence there are %d plugin instances in memory, %d before the sessions", settling, now, h.idle)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// collect makes garbage until some collections have been seen. It returns their
// pauses in milliseconds and the bytes that the last one left.
func (h *herd) collect(enough int, garbage func() error) (pauses []float64, live float64, err error) {
	log := filepath.Join(h.proxy.Dir, "log")
	info, err := os.Stat(log)
	if err != nil {
		return nil, 0, err
	}
	for deadline := time.Now().Add(settling); ; {
		if err := garbage(); err != nil {
			return nil, 0, err
		}
		if pauses, live, err = collections(log, info.Size()); err != nil || len(pauses) >= enough {
			return pauses, live, err
		}
		if time.Now().After(deadline) {
			if len(pauses) == 0 {
				err = fmt.Errorf("no garbage collection in %v", settling)
			}
			return pauses, live, err
		}
	}
}

// rest returns the private memory of the proxy, and what of it is in use, when
// there is no garbage in it and it falls no more: the runtime gives back bit by
// bit what it does not need.
func (h *herd) rest() (bytes, live float64, err error) {
	progress("waiting until memory is given back")
	if _, live, err = h.collect(1, func() error { return shortSession(h.proxy.Addr("bench")) }); err != nil {
		return 0, 0, err
	}
	since := time.Now()
	for deadline := since.Add(30 * time.Second); time.Now().Before(deadline) && time.Since(since) < 4*time.Second; {
		now, err := private(h.proxy.PID())
		if err != nil {
			return 0, 0, err
		}
		if bytes == 0 || now < bytes*0.99 {
			bytes, since = now, time.Now()
		}
		time.Sleep(500 * time.Millisecond)
	}
	bytes, err = private(h.proxy.PID())
	return bytes, live, err
}

// wake asks some of the sleeping sessions, one after the other, and each once
// more when it is awake. It returns the milliseconds that each took.
func (h *herd) wake() (asleep, awake []float64, err error) {
	progress("waking some")
	count := min(probes, len(h.clients))
	for n := range count {
		i := n * len(h.clients) / count
		for _, times := range []*[]float64{&asleep, &awake} {
			begun := time.Now()
			if err := h.clients[i].Exec("SELECT 1"); err != nil {
				return nil, nil, fmt.Errorf("wake session %d: %w", i, err)
			}
			*times = append(*times, time.Since(begun).Seconds()*1e3)
		}
	}
	return asleep, awake, nil
}

func (h *herd) close() {
	for _, c := range h.clients {
		if c != nil {
			c.Close()
		}
	}
}
