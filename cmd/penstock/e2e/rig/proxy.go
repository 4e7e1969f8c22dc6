package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// Proxy is a running penstock.
type Proxy struct {
	API *API
	Dir string // configuration and log

	addresses map[string]string
	setup     Setup
	cmd       *exec.Cmd
}

// Start starts a proxy that ends with the test. The test fails if the proxy
// does not end in order.
func Start(t testing.TB, setup Setup) *Proxy {
	t.Helper()
	p, err := StartMain(setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Errorf("stop Penstock: %v", err)
		}
		if err := p.API.Broken(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("Penstock's log:\n%s", p.Log())
		}
		os.RemoveAll(p.Dir)
	})
	return p
}

// StartMain starts a proxy for a TestMain or a program, which has to Stop it
// and remove its Dir.
func StartMain(setup Setup) (*Proxy, error) {
	binary, err := Binary()
	if err != nil {
		return nil, fmt.Errorf("build penstock: %w", err)
	}
	text, admin, addresses, err := setup.render()
	if err != nil {
		return nil, err
	}
	p := &Proxy{API: newAPI(admin), addresses: addresses, setup: setup}
	if p.Dir, err = os.MkdirTemp("", "penstock-e2e-"); err != nil {
		return nil, err
	}
	config := filepath.Join(p.Dir, "config.toml")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return nil, err
	}
	if err := p.run(binary); err != nil {
		return nil, err
	}
	if err := p.awaitReady(setup); err != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		err = fmt.Errorf("%w\n%s", err, p.Log())
		os.RemoveAll(p.Dir)
		return nil, err
	}
	return p, nil
}

// run starts the process; its log goes on where an earlier one's ended.
func (p *Proxy) run(binary string) error {
	log, err := os.OpenFile(filepath.Join(p.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd = exec.Command(binary, "run", "-c", filepath.Join(p.Dir, "config.toml"))
	p.cmd.Env = append(os.Environ(), p.setup.Env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start penstock: %w", err)
	}
	return nil
}

// Kill ends the process at once, as kill -9 does.
func (p *Proxy) Kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// Again starts a process that has ended once more, and waits until its REST API
// answers.
func (p *Proxy) Again(t testing.TB) {
	t.Helper()
	binary, err := Binary()
	if err == nil {
		err = p.run(binary)
	}
	if err == nil {
		err = Await("Penstock to serve again", func() error {
			if p.Exited() {
				return fmt.Errorf("it ended: %w", errHopeless)
			}
			_, err := p.API.Servers()
			return err
		})
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, p.Log())
	}
}

// Restart stops the proxy with a signal and starts it again.
func (p *Proxy) Restart(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if sig == syscall.SIGKILL {
		p.Kill()
	} else if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	p.Again(t)
}

// awaitReady waits until the monitor has found its servers and clients are let in.
func (p *Proxy) awaitReady(setup Setup) error {
	return Await("Penstock to serve", func() error {
		if p.Exited() {
			return fmt.Errorf("it ended: %w", errHopeless)
		}
		servers, err := p.API.Servers()
		if err != nil {
			return err
		}
		if !strings.Contains(servers["primary"].Attributes.State, "Primary") {
			return fmt.Errorf("the primary's state is %q", servers["primary"].Attributes.State)
		}
		if setup.Replica != "" && !strings.Contains(servers["replica"].Attributes.State, "Replica") {
			return fmt.Errorf("the replica's state is %q", servers["replica"].Attributes.State)
		}
		for _, address := range p.addresses {
			// A service learns its users from the servers; a complete login shows that it has.
			c, err := Connect(address, Login{})
			if err != nil {
				return err
			}
			c.Close()
		}
		return nil
	})
}

// Addr is the address of the service's listener.
func (p *Proxy) Addr(service string) string { return p.addresses[service] }

// DSN is a go-sql-driver data source name for the service, as the application's user.
func (p *Proxy) DSN(service string) string {
	return fmt.Sprintf("%s:%s@tcp(%s)/%s", mariadbtest.AppUser, mariadbtest.AppPassword, p.Addr(service), mariadbtest.Schema)
}

// PID is the process id.
func (p *Proxy) PID() int { return p.cmd.Process.Pid }

// Exited says whether the process has ended.
func (p *Proxy) Exited() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, p.PID(), &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err != nil || info.Signo != 0
}

// Signal sends a signal, for example SIGHUP.
func (p *Proxy) Signal(sig syscall.Signal) error { return p.cmd.Process.Signal(sig) }

// Stop sends SIGTERM, waits, and reports how the process ended if that was
// not in order. It may be called again.
func (p *Proxy) Stop() error {
	if p.cmd.ProcessState != nil {
		return nil
	}
	if p.Exited() {
		return errors.Join(errors.New("it had ended before"), p.cmd.Wait())
	}
	_ = p.Signal(syscall.SIGTERM)
	err := Await("Penstock to end", func() error {
		if !p.Exited() {
			return errors.New("it still runs")
		}
		return nil
	})
	if err != nil {
		_ = p.Signal(syscall.SIGQUIT) // its log then shows where it hangs
	}
	return errors.Join(err, p.cmd.Wait())
}

// Log returns the last lines of the log.
func (p *Proxy) Log() string {
	b, err := os.ReadFile(filepath.Join(p.Dir, "log"))
	if err != nil {
		return err.Error()
	}
	const most = 8 << 10
	if len(b) > most {
		b = append([]byte("…"), b[len(b)-most:]...)
	}
	return string(b)
}

// patience bounds every wait for something that happens soon or never.
const patience = 30 * time.Second

// errHopeless ends a wait before its time.
var errHopeless = errors.New("waiting is no use")

// Await calls f until it returns nil. After 30 seconds it gives up and returns
// what was awaited and f's last error.
func Await(what string, f func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(patience)
	for {
		err := f()
		if err == nil {
			return nil
		}
		if errors.Is(err, errHopeless) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %v for %s: %w", patience, what, err)
		}
		<-tick.C
	}
}
