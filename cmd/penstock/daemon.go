package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/penstock-db/penstock/admin"
	"github.com/penstock-db/penstock/admin/process"
	"github.com/penstock-db/penstock/cmd/penstock/modules"
	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// proxy is what the program needs of the engine beside what the REST API does.
type proxy interface {
	admin.Proxy
	Start(ctx context.Context) error
	Reload(*config.Config) error
	Apply(cfg *config.Config, keep func() error) error
	Drain(ctx context.Context) error
	Close() error
}

var _ proxy = (*engine.Proxy)(nil)

// daemon is `penstock run`.
type daemon struct {
	file         string
	drainTimeout time.Duration
	drainGiven   bool // drainTimeout comes from the command line

	open    func(context.Context, *config.Config, logger) (proxy, error) // nil: the engine
	signals chan os.Signal                                               // nil: the process's

	giveUp context.CancelFunc // what is waited for

	store *store
	cfg   *config.Config // that log and API have; changed in the store's turn
	out   *recentLog
	log   logger
	proxy proxy
	face  *face // nil without [admin]

	started time.Time
	process *process.Watcher
}

// run serves until it is told to stop, or cannot start.
func (d *daemon) run(ctx context.Context, stderr io.Writer) (err error) {
	if d.store, err = openStore(d.file); err != nil {
		return err
	}
	d.cfg = d.store.current
	file, err := newLogFile(d.cfg.Log.File, stderr)
	if err != nil {
		return err
	}
	d.out = &recentLog{logFile: file}
	defer d.out.Close()
	d.started, d.process = time.Now(), process.Watch()
	defer d.process.Close()
	d.log = newLogger(d.cfg.Log, d.out)
	if d.signals == nil {
		d.signals = make(chan os.Signal, 4)
		signal.Notify(d.signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		defer signal.Stop(d.signals)
	}
	if d.open == nil {
		d.open = openEngine
	}
	waiting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	d.giveUp = giveUp
	stop, _ := d.unlessStopped(func() { d.proxy, err = d.open(waiting, d.cfg, d.log) })
	switch {
	case stop && err != nil:
		return nil // it is what was given up
	case err != nil:
		return err
	case stop:
		return d.proxy.Close()
	}
	d.store.apply, d.store.adopt, d.store.log = d.proxy.Apply, d.adopt, d.log
	err = d.serve(ctx, waiting)
	return errors.Join(err, d.proxy.Close())
}

func openEngine(ctx context.Context, cfg *config.Config, log logger) (proxy, error) {
	p, err := engine.New(engine.Options{Config: cfg, Logger: log, Modules: modules.FS(), Context: ctx})
	if err != nil {
		return nil, err // not p: a nil *engine.Proxy is no nil proxy
	}
	return p, nil
}

// serve starts the engine and the REST API and heeds signals until it is to
// stop. The API goes last: during a drain it shows who is left.
func (d *daemon) serve(ctx, waiting context.Context) (err error) {
	if d.face, err = openFace(d.cfg, surroundings{d.proxy, d.store, d.log, d.program}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.face.close()) }()
	if stop, _ := d.unlessStopped(func() { err = d.proxy.Start(waiting) }); stop {
		return nil
	}
	if err != nil {
		return err
	}
	d.store.begin()
	v, _ := buildInfo()
	d.log.Info("penstock is ready", "version", v, "pid", os.Getpid(), "config", d.file)
	for {
		select {
		case <-ctx.Done():
			return d.drain()
		case s := <-d.signals:
			if s != syscall.SIGHUP {
				d.log.Info("stopping", "signal", s.String())
				return d.drain()
			}
			for again := true; again; {
				var stop bool
				if stop, again = d.unlessStopped(d.reload); stop {
					return d.drain()
				}
			}
		}
	}
}

// unlessStopped does what may take long, such as to ask a registry or to look at
// every server. A signal to stop has that given up: stop is then true. A SIGHUP
// that comes meanwhile is told by again.
func (d *daemon) unlessStopped(what func()) (stop, again bool) {
	done := make(chan struct{})
	go func() { what(); close(done) }()
	for {
		select {
		case <-done:
			return stop, again && !stop
		case s := <-d.signals:
			if s == syscall.SIGHUP {
				again = true
				continue
			}
			d.log.Info("stopping", "signal", s.String())
			stop = true
			d.giveUp()
		}
	}
}

// drain lets sessions finish until the timeout or the next signal to stop.
// Whatever is left is closed by the caller.
func (d *daemon) drain() error {
	d.giveUp() // who changes something holds what comes next
	timeout := d.store.config().Proxy.DrainTimeout
	if d.drainGiven {
		timeout = d.drainTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	drained := make(chan error, 1)
	go func() { drained <- d.proxy.Drain(ctx) }()
	for {
		select {
		case err := <-drained:
			if err != nil {
				d.log.Warn("closing the sessions that are left", "reason", err)
			} else {
				d.log.Info("all sessions have ended")
			}
			return nil
		case s := <-d.signals:
			if s != syscall.SIGHUP {
				d.log.Warn("stopping at once", "signal", s.String())
				cancel()
			}
		}
	}
}

// reload opens the log file anew and takes over the configuration as it is
// now. What does not work is logged, and stays as it was.
func (d *daemon) reload() {
	if err := d.out.reopen(d.store.config().Log.File); err != nil {
		d.log.Error("cannot open the log file anew", "error", err)
	}
	err := d.store.reload(d.takeOver)
	var problems *config.Errors
	switch {
	case errors.As(err, &problems):
		for _, p := range *problems {
			d.log.Error("the configuration has an error: nothing is changed", "error", p.Error())
		}
	case err != nil:
		d.log.Error("the configuration cannot be taken over: nothing is changed", "error", err)
	}
}

// takeOver takes over a configuration that was read anew.
func (d *daemon) takeOver(cfg *config.Config) error {
	if err := d.proxy.Reload(cfg); err != nil {
		return err
	}
	if err := d.adopt(cfg); err != nil {
		d.log.Error("the configuration is taken over, but not all of it", "error", err)
		return nil
	}
	d.log.Info("the configuration is read anew: new sessions have it, old ones when they are restarted", "config", d.file)
	return nil
}

// adopt takes over what is the program's own: log and REST API.
func (d *daemon) adopt(cfg *config.Config) error {
	old := d.cfg
	d.cfg = cfg
	var errs []error
	if cfg.Log.File != old.Log.File {
		errs = append(errs, d.out.reopen(cfg.Log.File))
	}
	if cfg.Log.Format != old.Log.Format {
		errs = append(errs, fmt.Errorf("log.format: a change needs a restart of penstock"))
	}
	d.log.SetLevel(hclogLevel(cfg.Log.Level))
	return errors.Join(append(errs, d.face.reload(cfg))...)
}
