package readwritesplit

import (
	"testing"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

func TestRetry(t *testing.T) {
	const outstanding = abi.LostCommandOutstanding
	read := sdktest.Command{SQL: "SELECT 1", Type: abi.TypeRead}
	write := sdktest.Command{SQL: "INSERT", Type: abi.TypeWrite}
	cases := []struct {
		name, options string
		c             sdktest.Command
		lost          uint64
		act           abi.Action
		arg           uint32
	}{
		{"read", `{}`, read, outstanding, abi.One, r2},
		{"read, not allowed", `{"retry_failed_reads":false}`, read, outstanding, abi.Pass, 0},
		{"read, not sent", `{"retry_failed_reads":false}`, read, outstanding | abi.LostNotSent, abi.One, r2},
		{"reply begun", `{}`, read, outstanding | abi.LostReplyStarted, abi.Pass, 0},
		{"in transaction", `{}`, read, outstanding | abi.LostInTransaction, abi.Pass, 0},
		{"idle", `{}`, read, 0, abi.Pass, 0},
		{"write", `{}`, write, outstanding, abi.Pass, 0},
		{"write, not sent", `{}`, write, outstanding | abi.LostNotSent, abi.One, p},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := sdktest.Start(t, c.options, cluster)
			at := s.Run(c.c).Arg
			want(t, s.Event(abi.EventBackendLost, uint64(at), c.lost), c.act, c.arg)
		})
	}
}

// Each server gets a failed read once.
func TestRetryEnds(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
	want(t, s.Event(abi.EventBackendLost, r1, abi.LostCommandOutstanding), abi.One, r2)
	want(t, s.Event(abi.EventBackendLost, r2, abi.LostCommandOutstanding), abi.One, p)
	want(t, s.Event(abi.EventBackendLost, p, abi.LostCommandOutstanding), abi.Pass, 0)
	if s.Metrics["retries"] != 2 {
		t.Errorf("metrics %v", s.Metrics)
	}
	// A server that failed is better than none.
	s = sdktest.Start(t, `{}`, cluster)
	set(s.Host, p, func(t *sdktest.Target) { t.Status = 0 })
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
	want(t, s.Event(abi.EventBackendLost, r1, abi.LostCommandOutstanding), abi.One, r2)
	want(t, s.Event(abi.EventBackendLost, r2, abi.LostCommandOutstanding), abi.Pass, 0)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
}

// A server that has failed an earlier command is the last that is tried, and it
// is tried: it may be back before its status has changed.
func TestRetryWhereItFailedBefore(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	set(s.Host, p, func(t *sdktest.Target) { t.Status = 0 })
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
	want(t, s.Event(abi.EventBackendLost, r1, abi.LostCommandOutstanding), abi.One, r2)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r2)
	want(t, s.Event(abi.EventBackendLost, r2, abi.LostCommandOutstanding), abi.One, r1)
	want(t, s.Event(abi.EventBackendFailed, r1, 0), abi.Pass, 0)
}

// A server that could not be connected is left alone for a while, or until
// the monitor has seen a change.
func TestUnreachable(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
	want(t, s.Event(abi.EventBackendFailed, r1, 2003), abi.One, r2)
	want(t, s.Event(abi.EventBackendFailed, r2, 2003), abi.One, p)
	want(t, s.Event(abi.EventBackendFailed, p, 2003), abi.Pass, 0)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, p)
	s.Now += avoidFor + time.Second
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
	s.Event(abi.EventBackendFailed, r1, 2003)
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r2)
	s.TargetsVersion++
	want(t, s.Query("SELECT 1", abi.TypeRead), abi.One, r1)
}

// What a server that is gone did not get goes to another one.
func TestElsewhere(t *testing.T) {
	const unsent = abi.LostCommandOutstanding | abi.LostNotSent
	s := sdktest.Start(t, `{}`, cluster)
	want(t, s.Run(sdktest.Command{Type: abi.TypeSessionWrite, Operation: abi.OpSet}), abi.All, p)
	want(t, s.Event(abi.EventBackendFailed, p, 2003), abi.One, r1)

	s = sdktest.Start(t, `{}`, cluster)
	want(t, s.Query("START TRANSACTION READ ONLY", abi.TypeBegin|abi.TypeReadOnly), abi.One, r1)
	want(t, s.Event(abi.EventBackendFailed, r1, 2003), abi.One, r2)
	want(t, s.Run(sdktest.Command{Type: abi.TypeRead, Flags: inTrx}), abi.One, r2)
	want(t, s.Event(abi.EventBackendLost, r2, unsent|abi.LostInTransaction), abi.Pass, 0)

	s = sdktest.Start(t, `{}`, cluster)
	want(t, s.Query("INSERT", abi.TypeWrite), abi.One, p)
	want(t, s.Run(sdktest.Command{Com: sdk.ComPing}), abi.One, p)
	want(t, s.Event(abi.EventBackendLost, p, unsent), abi.One, r1)

	s = sdktest.Start(t, `{"master_failure_mode":"fail_on_write"}`, cluster)
	want(t, s.Query("INSERT", abi.TypeWrite), abi.One, p)
	if r := s.Event(abi.EventBackendFailed, p, 2003); r.Action != abi.Close {
		t.Errorf("%v", r.Action)
	}
}
