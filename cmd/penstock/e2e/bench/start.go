package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// startPatience is how long a start and an end may take.
const startPatience = 2 * time.Minute

// starter starts penstock with the repository's own configuration.
type starter struct {
	binary, dir, addr string
}

// starts measures how long it takes until the first query is served: with
// nothing compiled before, and with what the start before has left.
func starts(o options) error {
	binary, err := rig.Binary()
	if err != nil {
		return err
	}
	primary, replica, err := mariadbtest.StartPairMain()
	if err != nil {
		return err
	}
	defer primary.Close()
	defer replica.Close()
	s := starter{binary: binary}
	if s.dir, err = os.MkdirTemp("", "penstock-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	if err := s.configure(primary.Addr, replica.Addr); err != nil {
		return err
	}
	var cold, warm []float64
	for n := range o.rounds {
		progress("cold start %d of %d", n+1, o.rounds)
		if err := os.RemoveAll(s.cache()); err != nil {
			return err
		}
		for _, times := range []*[]float64{&cold, &warm} {
			took, err := s.firstQuery()
			if err != nil {
				return err
			}
			*times = append(*times, took.Seconds())
		}
	}
	printFigures(fmt.Sprintf("first query served after a start with config.toml; median of %d", o.rounds), []figure{
		{what: "cold: no plugin was ever compiled", got: median(cold), aim: 5, unit: seconds},
		{what: "warm: compiled plugins are in cache_dir", got: median(warm), aim: 0.5, unit: seconds},
	})
	return nil
}

func (s *starter) config() string { return filepath.Join(s.dir, "config.toml") }
func (s *starter) cache() string  { return filepath.Join(s.dir, "cache") }

// configure adapts config.toml to the servers that are there.
func (s *starter) configure(primary, replica string) error {
	root, err := rig.Root()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(root, "config.toml"))
	if err != nil {
		return err
	}
	var ports [2]string
	for i := range ports {
		port, err := mariadbtest.FreePort()
		if err != nil {
			return err
		}
		ports[i] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	s.addr = ports[0]
	config := string(text)
	for _, change := range [][2]string{
		{`"127.0.0.1:4011"`, primary}, {`"127.0.0.1:4012"`, replica},
		{`"127.0.0.1:4006"`, s.addr}, {`"127.0.0.1:8989"`, ports[1]},
		{`"demo"`, mariadbtest.Schema}, // of the user's schemas
	} {
		if strings.Count(config, change[0]) != 1 {
			return fmt.Errorf("config.toml has changed: %s is not in it exactly once", change[0])
		}
		config = strings.Replace(config, change[0], fmt.Sprintf("%q", change[1]), 1)
	}
	const plugins = "\n[plugins]\n"
	if strings.Count(config, plugins) != 1 {
		return fmt.Errorf("config.toml has changed: [plugins] is not in it exactly once")
	}
	config = strings.Replace(config, plugins, plugins+fmt.Sprintf("cache_dir = %q\n", s.cache()), 1)
	return os.WriteFile(s.config(), []byte(config), 0o600)
}

// firstQuery starts penstock, asks until a query is answered, and ends it.
func (s *starter) firstQuery() (took time.Duration, err error) {
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return 0, err
	}
	defer log.Close()
	cmd := exec.Command(s.binary, "run", "-c", s.config())
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case exit := <-ended:
			err = errors.Join(err, exit)
		case <-time.After(startPatience):
			_ = cmd.Process.Kill()
			err = errors.Join(err, errors.New("penstock does not end"))
		}
		if err != nil {
			text, _ := os.ReadFile(log.Name())
			err = fmt.Errorf("%w\n%s", err, text[max(0, len(text)-4000):])
		}
	}()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.ask()
		if err == nil {
			return time.Since(begun), nil
		}
		if time.Since(begun) > startPatience {
			return 0, fmt.Errorf("no query was served in %v: %w", startPatience, err)
		}
		select {
		case exit := <-ended:
			ended <- exit
			return 0, errors.New("penstock ended")
		case <-tick.C:
		}
	}
}

func (s *starter) ask() error {
	c, err := rig.Connect(s.addr, rig.Login{})
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Exec("SELECT 1")
}
