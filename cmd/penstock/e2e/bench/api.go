package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// apiRequests is how often a page and a filter are asked for, one after the other.
const apiRequests = 200

// api measures what reading many sessions takes, and what it costs those that
// work meanwhile.
func api(o options) (err error) {
	n, files, err := affordable(o.sessions)
	if err != nil {
		return err
	}
	db, err := mariadbtest.StartMain(mariadbtest.Args("--thread-handling=pool-of-threads", "--max-connections="+strconv.Itoa(n+o.threads+100),
		"--open-files-limit="+strconv.Itoa(files), "--back-log=1000"))
	if err != nil {
		return err
	}
	defer db.Close()
	l := load{seconds: o.seconds, threads: o.threads}
	if err := l.prepare(db.Addr); err != nil {
		return err
	}
	p, err := rig.StartMain(rig.Setup{Primary: db.Addr, Services: []rig.Service{{Name: "bench", Router: "readwritesplit"}, {Name: "rare", Router: "readwritesplit"}}})
	if err != nil {
		return err
	}
	defer os.RemoveAll(p.Dir)
	defer func() { err = errors.Join(err, p.Stop()) }()
	h := &herd{proxy: p}
	defer h.close()
	if h.idle, err = machines(p.PID()); err != nil {
		return err
	}
	if err := h.open(n); err != nil {
		return err
	}
	for range 50 { // sessions that a filter finds
		c, err := rig.Connect(p.Addr("rare"), rig.Login{})
		if err != nil {
			return err
		}
		h.clients = append(h.clients, c)
	}
	// 10,000 sessions that fall asleep in the same seconds keep a core busy.
	if err := h.awaitParked(); err != nil {
		return err
	}
	figures, err := h.read()
	if err != nil {
		return err
	}
	printFigures(fmt.Sprintf("reading %d sessions, one request after the other", len(h.clients)), figures)
	fmt.Println()
	figures, err = h.readUnderLoad(l, o.rounds)
	if err != nil {
		return err
	}
	printFigures(fmt.Sprintf("sysbench oltp_point_select, %d connections, median of %d times %d s", l.threads, o.rounds, l.seconds), figures)
	return nil
}

// read measures how long the ways to read take.
func (h *herd) read() (figures []figure, err error) {
	last := strconv.Itoa((len(h.clients) - 1) / 100)
	for _, r := range []struct {
		what, query string
		times       int
		aim         float64
	}{
		{"the first 100", "page[size]=100", apiRequests, 100},
		{"the last 100", "page[size]=100&page[number]=" + last, apiRequests, 100},
		{"one user's, a page of 100", "page[size]=100&filter=" + url.QueryEscape(`/attributes/user="nobody"`), apiRequests, 100},
		{"one service's, a page of 100", "page[size]=100&filter=" + url.QueryEscape(`/relationships/services/data/0/id="rare"`), apiRequests, 100},
		{"user and idle time of all", "fields[sessions]=user,idle", 30, 0},
		{"all", "", 30, 0},
	} {
		progress("reading %s", r.what)
		var took []float64
		before, err := rig.CPU(h.proxy.PID())
		if err != nil {
			return nil, err
		}
		for range r.times {
			begun := time.Now()
			if _, err := h.proxy.API.Raw(http.MethodGet, "/v1/sessions?"+r.query, ""); err != nil {
				return nil, err
			}
			took = append(took, time.Since(begun).Seconds()*1e3)
		}
		after, err := rig.CPU(h.proxy.PID())
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure{what: r.what + ": median", got: median(took), unit: millis},
			figure{what: "  99th percentile", got: quantile(took, 0.99), aim: r.aim, unit: millis},
			figure{what: "  processor time of the proxy", got: (after - before).Seconds() * 1e3 / float64(r.times), unit: millis})
	}
	return figures, nil
}

// readUnderLoad compares sessions that work while others are read with such that
// work alone, in turns.
func (h *herd) readUnderLoad(l load, rounds int) ([]figure, error) {
	var alone, paged, all []float64
	for range rounds {
		for _, t := range []struct {
			qps   *[]float64
			path  string
			every time.Duration
		}{{&alone, "", 0}, {&paged, "/v1/sessions?page[size]=100", 100 * time.Millisecond}, {&all, "/v1/sessions", time.Second}} {
			stop := h.keepReading(t.path, t.every)
			r, err := l.run(h.proxy.Addr("bench"))
			if err = errors.Join(err, stop()); err != nil {
				return nil, err
			}
			*t.qps = append(*t.qps, r.qps)
		}
	}
	quiet := median(alone)
	return []figure{
		{what: "queries a second while nobody reads", got: quiet},
		{what: "  while a page of 100 is read every 100 ms, of that", got: 100 * median(paged) / quiet, unit: percent},
		{what: "  while all sessions are read every second, of that", got: 100 * median(all) / quiet, unit: percent},
	}, nil
}

// keepReading reads a path again and again until it is stopped.
func (h *herd) keepReading(path string, every time.Duration) (stop func() error) {
	var reader sync.WaitGroup
	var failure error
	done := make(chan struct{})
	if path != "" {
		reader.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for {
				select {
				case <-done:
					return
				case <-tick.C:
				}
				if _, failure = h.proxy.API.Raw(http.MethodGet, path, ""); failure != nil {
					return
				}
			}
		})
	}
	return func() error {
		close(done)
		reader.Wait()
		return failure
	}
}
