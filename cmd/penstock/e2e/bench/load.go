package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strconv"

	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// load is how sysbench is run.
type load struct{ seconds, threads int }

// result is what one run measured.
type result struct {
	qps     float64
	p95     float64 // milliseconds
	queries int64
	cpu     float64 // microseconds of the proxy's processor time a query
}

func (l load) sysbench(addr string, args ...string) ([]byte, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	args = append([]string{"oltp_point_select", "--mysql-host=" + host, "--mysql-port=" + port, "--mysql-user=" + mariadbtest.AppUser,
		"--mysql-password=" + mariadbtest.AppPassword, "--mysql-db=" + mariadbtest.Schema, "--tables=1", "--table-size=10000",
		"--percentile=95", "--db-ps-mode=disable"}, args...)
	out, err := exec.Command("sysbench", args...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("sysbench is not installed: make deps")
	}
	if err != nil {
		return nil, fmt.Errorf("sysbench: %w\n%s", err, bytes.TrimSpace(out))
	}
	return out, nil
}

// prepare makes the table.
func (l load) prepare(addr string) error {
	_, err := l.sysbench(addr, "prepare")
	return err
}

var (
	queriesLine    = regexp.MustCompile(`queries:\s+(\d+)\s+\(([\d.]+) per sec\.\)`)
	percentileLine = regexp.MustCompile(`95th percentile:\s+([\d.]+)`)
)

// run runs the load and reads what sysbench says about it.
func (l load) run(addr string) (r result, err error) {
	out, err := l.sysbench(addr, "--threads="+strconv.Itoa(l.threads), "--time="+strconv.Itoa(l.seconds), "run")
	if err != nil {
		return r, err
	}
	queries, percentile := queriesLine.FindSubmatch(out), percentileLine.FindSubmatch(out)
	if queries == nil || percentile == nil {
		return r, fmt.Errorf("cannot read what sysbench printed:\n%s", out)
	}
	r.queries, _ = strconv.ParseInt(string(queries[1]), 10, 64)
	r.qps, _ = strconv.ParseFloat(string(queries[2]), 64)
	r.p95, _ = strconv.ParseFloat(string(percentile[1]), 64)
	if r.queries == 0 {
		return r, fmt.Errorf("sysbench ran no query:\n%s", out)
	}
	return r, nil
}
