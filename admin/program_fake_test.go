package admin

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/admin/process"
	"github.com/penstock-db/penstock/engine/config"
)

// fakeProcess takes what its name says.
type fakeProcess struct{}

func (fakeProcess) Figures() process.Figures {
	return process.Figures{Load: process.Load{Second: 41.7, Minute: 12.2, Hour: 3}, Threads: 8, Goroutines: 120, Descriptors: 31,
		Reads: 900, Writes: 800, Resident: 90 << 20, Heap: 40 << 20, QueueTime: 2500 * time.Microsecond}
}

// fakeLog has five lines, the first of which have been forgotten.
type fakeLog struct{ reopened atomic.Int64 }

var errNoReopen = errors.New("log file: no such directory")

func (l *fakeLog) Lines() []LogLine {
	at := func(n int) time.Time { return fakeStart.Add(time.Duration(n) * time.Millisecond) }
	return []LogLine{
		{41, at(0), "notice", "listening: listener=app-tcp"},
		{42, at(1), "info", "admin: api request: user=admin"},
		{43, at(2), "warning", "monitor: server has a problem: server=replica"},
		{44, at(3), "error", "cannot accept a client: listener=app-tcp"},
		{45, at(4), "notice", "the last one"},
	}
}

func (l *fakeLog) Reopen() error {
	if l.reopened.Add(1) > 1 {
		return errNoReopen
	}
	return nil
}

// fakeProgram is what the tests' API belongs to.
func fakeProgram() Program {
	return Program{
		Version: "1.2.3", Commit: "0123abcd", Started: fakeStart,
		Config: &config.Config{
			File:    "/etc/penstock/penstock.toml",
			Proxy:   config.Proxy{DrainTimeout: 10 * time.Second},
			Admin:   config.Admin{Enabled: true, Address: "127.0.0.1:8989", DNSTimeout: time.Second, User: "admin", Password: "hunter2"},
			Log:     config.Log{Level: "notice", Format: "text", File: "/var/log/penstock.log"},
			Plugins: config.Plugins{ParkAfter: 10 * time.Second, Watch: true},
		},
		Plugins: []Plugin{
			{Name: "readwritesplit", Kind: "router", Description: "splits reads from writes"},
			{Name: "regexfilter", Kind: "filter", Description: "replaces text in statements"},
		},
		Process: fakeProcess{},
		Log:     &fakeLog{},
	}
}
