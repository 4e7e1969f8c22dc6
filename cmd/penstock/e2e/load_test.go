package e2e

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// sysbench runs one of its workloads and returns what it printed.
func sysbench(t *testing.T, address string, args ...string) string {
	t.Helper()
	host, port, _ := net.SplitHostPort(address)
	out, err := tool(t, "", "sysbench", append([]string{"--mysql-host=" + host, "--mysql-port=" + port, "--mysql-user=" + mariadbtest.AppUser,
		"--mysql-password=" + mariadbtest.AppPassword, "--mysql-db=sbtest", "--tables=4", "--table-size=2000"}, args...)...)
	if err != nil {
		t.Fatalf("sysbench %v: %v\n%s", args, err, out)
	}
	return out
}

func TestSysbench(t *testing.T) {
	schema(t, "sbtest")
	sysbench(t, primary.Addr, "oltp_read_write", "prepare")
	replica.WaitForSync(t, primary)
	for _, workload := range []string{"oltp_point_select", "oltp_read_write"} {
		for _, ps := range []string{"auto", "disable"} {
			t.Run(workload+"/ps="+ps, func(t *testing.T) {
				out := sysbench(t, proxy.Addr(split), workload, "--threads=64", "--time=6", "--db-ps-mode="+ps, "run")
				// Deadlocks are the workload's own and retried ("ignored errors").
				for line := range strings.Lines(out) {
					if strings.Contains(line, "FATAL") || strings.Contains(line, "reconnects:") && !strings.Contains(line, " 0 ") {
						t.Errorf("sysbench printed:\n%s", out)
						break
					}
				}
			})
		}
	}
	must(t, rig.Await("the sessions to end", noSessions))
	replica.WaitForSync(t, primary)
	for i := 1; i <= 4; i++ {
		q := fmt.Sprintf("CHECKSUM TABLE sbtest.sbtest%d", i)
		if a, b := cli(t, primary.Addr, q), cli(t, replica.Addr, q); a != b {
			t.Errorf("primary and replica differ:\n%s%s", a, b)
		}
	}
}

// reader reads without a pause until stop is closed, and counts.
type reader struct {
	reads  atomic.Int64
	mu     sync.Mutex
	errors []error
}

func (r *reader) run(ctx context.Context, db *sql.DB) {
	for ctx.Err() == nil {
		var v int
		err := db.QueryRowContext(ctx, "SELECT v FROM failover.t WHERE id = ?", 1).Scan(&v)
		if err == nil && v != 42 {
			err = fmt.Errorf("read %d, want 42", v)
		}
		if err != nil && ctx.Err() == nil {
			r.mu.Lock()
			r.errors = append(r.errors, err)
			r.mu.Unlock()
			continue
		}
		r.reads.Add(1)
	}
}

// more waits until n further reads have succeeded.
func (r *reader) more(t *testing.T, n int64) {
	t.Helper()
	want := r.reads.Load() + n
	must(t, rig.Await("reads to go on", func() error {
		if got := r.reads.Load(); got < want {
			return fmt.Errorf("%d of %d reads", n-(want-got), n)
		}
		return nil
	}))
}

func (r *reader) failures() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.errors
}

func TestServersThatDie(t *testing.T) {
	primary, replica := mariadbtest.StartPair(t)
	p := rig.Start(t, rig.Setup{Primary: primary.Addr, Replica: replica.Addr, Services: []rig.Service{{Name: split, Router: "readwritesplit"}}})
	primary.Exec(t, "CREATE DATABASE failover", "CREATE TABLE failover.t (id INT PRIMARY KEY, v INT)", "INSERT INTO failover.t VALUES (1, 42)",
		"CREATE TABLE failover.w (id INT PRIMARY KEY AUTO_INCREMENT)")
	replica.WaitForSync(t, primary)

	ctx, stop := context.WithCancel(t.Context())
	var r reader
	var wg sync.WaitGroup
	for i := range 8 {
		db := open(t, p.DSN(split)+fmt.Sprintf("?interpolateParams=%v", i%2 == 0))
		db.SetMaxOpenConns(1) // one session each, kept
		wg.Go(func() { r.run(ctx, db) })
	}
	writer := open(t, p.DSN(split))
	write := func() error {
		_, err := writer.ExecContext(t.Context(), "INSERT INTO failover.w () VALUES ()")
		return err
	}
	must(t, write())
	r.more(t, 500)

	must(t, replica.Kill())
	r.more(t, 500)
	must(t, write())
	must(t, replica.Restart())
	must(t, rig.Await("the replica to be seen again", serverIs(p, "replica", "Replica")))
	r.more(t, 500)
	if errs := r.failures(); len(errs) > 0 {
		t.Errorf("%d reads failed when the replica died, the first with: %v", len(errs), errs[0])
	}

	before := len(r.failures())
	must(t, primary.Kill())
	err := write()
	for err == nil || errors.Is(err, mysql.ErrInvalidConn) { // the driver's own word for a connection that closed
		err = write()
	}
	var e *mysql.MySQLError
	if !errors.As(err, &e) || e.Message == "" {
		t.Errorf("a write without a primary answered %v, want an error of the protocol", err)
	}
	t.Logf("a write without a primary: %v", err)
	r.more(t, 500)
	if errs := r.failures()[before:]; len(errs) > 0 {
		t.Errorf("%d reads failed when the primary died, the first with: %v", len(errs), errs[0])
	}
	must(t, primary.Restart())
	must(t, rig.Await("writes to work again", write))
	r.more(t, 500)
	stop()
	wg.Wait()
}

// serverIs returns a condition for Await.
func serverIs(p *rig.Proxy, name, state string) func() error {
	return func() error {
		servers, err := p.API.Servers()
		if err == nil && !strings.Contains(servers[name].Attributes.State, state) {
			err = fmt.Errorf("its state is %q", servers[name].Attributes.State)
		}
		return err
	}
}

// Load, and then nothing: descriptors, sessions and backend connections are back.
func TestNothingLeaks(t *testing.T) {
	must(t, rig.Await("earlier sessions to end", noSessions))
	before, err := rig.FDs(proxy.PID())
	must(t, err)
	for range 3 {
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				c, err := rig.Connect(proxy.Addr(split), rig.Login{Schema: mariadbtest.Schema})
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				for _, q := range []string{"SELECT 1", "SET @a = 1", "BEGIN", "SELECT @a", "COMMIT"} {
					if err := c.Exec(q); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	must(t, rig.Await("the sessions to end", noSessions))
	must(t, rig.Await("the descriptors to be closed", func() error { return noMoreFDs(before) }))
	for _, s := range []*mariadbtest.Server{primary, replica} {
		must(t, rig.Await("connections to the servers to end", func() error {
			if n := s.Connections(t, mariadbtest.AppUser); n > 0 {
				return fmt.Errorf("%d are open", n)
			}
			return nil
		}))
	}
}

// slack is how many descriptors may come and go for the monitor's and the
// service accounts' own connections.
const slack = 6

func noMoreFDs(before int) error {
	now, err := rig.FDs(proxy.PID())
	if err == nil && now > before+slack {
		err = fmt.Errorf("%d descriptors are open, %d were before", now, before)
	}
	return err
}
