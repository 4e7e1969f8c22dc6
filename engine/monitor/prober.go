package monitor

import (
	"context"
	"time"

	"github.com/penstock-db/penstock/engine/config"
)

// How often a server is probed that does not answer: quickly until it counts as
// down, then less and less often, up to maxBackoff intervals.
const (
	retry      = 250 * time.Millisecond
	maxBackoff = 5
)

// calm is the least time between two probes, however often someone kicks:
// every session that finds a server dead does.
const calm = 20 * time.Millisecond

// prober probes one server again and again. Its goroutine owns the connection.
type prober struct {
	cfg    *config.Monitor
	kicked chan struct{} // capacity 1
	probe  func(context.Context) (facts, error)
	close  func()

	last     facts // of the last probe that succeeded, and whether it is still believed
	failures int   // in a row
}

func newProber(cfg *config.Monitor, s *config.Server) *prober {
	c := &connection{monitor: cfg, server: s}
	return &prober{cfg: cfg, kicked: make(chan struct{}, 1), probe: c.probe, close: c.close}
}

func (p *prober) kick() {
	select {
	case p.kicked <- struct{}{}:
	default:
	}
}

// run probes until ctx ends, and reports every result.
func (p *prober) run(ctx context.Context, report func(facts)) {
	defer p.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var began time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.kicked:
			if rest := calm - time.Since(began); rest > 0 {
				timer.Reset(rest)
				continue
			}
		case <-timer.C:
		}
		began = time.Now()
		timer.Reset(p.once(ctx, report))
	}
}

// once probes, reports, and returns how long to wait before the next probe.
func (p *prober) once(ctx context.Context, report func(facts)) time.Duration {
	probeCtx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	f, err := p.probe(probeCtx)
	cancel()
	if ctx.Err() != nil {
		return 0 // stopping: the error is our own doing
	}
	if err == nil {
		p.last, p.failures = f, 0
		report(f)
		return p.cfg.Interval
	}
	p.failures++
	p.last.err = err
	if p.failures >= p.cfg.FailCount {
		p.last = facts{err: err, wsrepState: -1}
	}
	report(p.last)
	return p.backoff()
}

func (p *prober) backoff() time.Duration {
	if p.failures < p.cfg.FailCount {
		return min(retry, p.cfg.Interval)
	}
	n := p.failures - p.cfg.FailCount // 0 when it has just gone down
	return p.cfg.Interval * time.Duration(min(1<<min(n, 10), maxBackoff))
}
