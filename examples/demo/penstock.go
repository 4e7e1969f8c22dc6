package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	// startPatience is how long Penstock may take to accept clients. The first
	// start compiles the plugins' WebAssembly.
	startPatience = 2 * time.Minute
	// stopPatience is how long it may drain.
	stopPatience = 20 * time.Second
)

// addresses are where Penstock listens, as its configuration says.
type addresses struct{ clients, admin string }

const whatNext = `
Penstock is ready, in front of a demo database: a primary and a read replica. In another terminal:

  mariadb -h %[1]s -P %[2]s -u app -papp demo
      SELECT @@hostname;                      a read: the replica answers
      BEGIN; SELECT @@hostname; COMMIT;       a transaction: the primary does
      SELECT name, card FROM customers;

  curl -s -u admin:penstock 'http://%[3]s/v1/sessions?pretty'

Hang a filter into the live session (put its id for 1), then SELECT name, card once more:

  curl -u admin:penstock -X PATCH http://%[3]s/v1/sessions/1 -H 'Content-Type: application/json' \
    -d '{"data":{"relationships":{"filters":{"data":[{"id":"hide","type":"filters"}]}}}}'

Ctrl-C stops everything.

`

// runPenstock runs Penstock until ctx ends, and then lets it drain. It returns
// an error if Penstock ended by itself.
func runPenstock(ctx context.Context, binary, config string, at addresses) error {
	host, port, err := net.SplitHostPort(at.clients)
	if err != nil {
		return err
	}
	for _, address := range []string{at.clients, at.admin} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("%w (is another Penstock running?)", err)
		}
		l.Close()
	}
	cmd := exec.Command(binary, "run", "-c", config)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	// A process group of its own: the terminal's Ctrl-C reaches only us, and we
	// stop Penstock before its databases. It must not outlive us either.
	cmd.SysProcAttr = childAttributes()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the proxy: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	starting, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	accepts := make(chan bool, 1)
	go func() { accepts <- awaitListener(starting, at.clients) }()
	select {
	case ok := <-accepts:
		if !ok && ctx.Err() == nil {
			terminate(cmd, ended)
			return fmt.Errorf("the proxy did not accept clients on %s within %v", at.clients, startPatience)
		}
		if ok {
			fmt.Printf(whatNext, host, port, at.admin)
		}
	case err := <-ended:
		return endedEarly(err)
	}
	select {
	case err := <-ended:
		return endedEarly(err)
	case <-ctx.Done():
		terminate(cmd, ended)
		return nil
	}
}

func endedEarly(err error) error {
	if err == nil {
		err = errors.New("exit status 0")
	}
	return fmt.Errorf("the proxy ended by itself (its messages are above): %w", err)
}

// terminate asks the process to end, and kills it if it does not.
func terminate(cmd *exec.Cmd, ended <-chan error) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	timeout := time.NewTimer(stopPatience)
	defer timeout.Stop()
	select {
	case <-ended:
	case <-timeout.C:
		_ = cmd.Process.Kill()
		<-ended
	}
}

// awaitListener returns true when somebody listens on address, false when ctx ends.
func awaitListener(ctx context.Context, address string) bool {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			c.Close()
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
