package engine

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"

	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// TestSnapshotTellsWhatWaits follows a session that is kept from being idle by
// one thing after the other.
func TestSnapshotTellsWhatWaits(t *testing.T) {
	p := startProxy(t, `filters = ["shout"]`, hideFilter)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	check := func(what string, filters []string, restart bool, waitingFor string) {
		t.Helper()
		// The client has a reply a moment before the session is done with it.
		eventually(t, what+", the session to wait for: "+waitingFor, func() bool {
			snap := s.Snapshot()
			return slices.Equal(snap.Filters, filters) && snap.Pending != nil && slices.Equal(snap.Pending.Filters, filters) &&
				snap.Pending.Restart == restart && snap.Pending.WaitingFor == waitingFor
		})
	}
	if snap := s.Snapshot(); snap.Pending != nil || snap.RestartError != "" || !slices.Equal(snap.Filters, []string{"shout"}) {
		t.Errorf("at first: %v, %+v", snap.Filters, snap.Pending)
	}
	do(t, c, "BEGIN")
	setFilters(t, s, "hide")
	check("in a transaction", []string{"hide"}, false, "open transaction")
	if at := s.Snapshot().Memory.Plugins[0].Name; at != "shout" {
		t.Errorf("the filter at work is %s", at)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := c.ExecContext(ctx, "DO SLEEP(60)")
		result <- err
	}()
	eventually(t, "the query to run", func() bool { return works(s, "DO SLEEP(60)") })
	check("while a query runs", []string{"hide"}, false, "outstanding reply")
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("a restart defines the chain anew", []string{"shout"}, true, "outstanding reply")
	setFilters(t, s)
	check("and a swap is put on top of it", []string{}, true, "outstanding reply")
	cancel()
	<-result // the driver gave the connection up
}

// TestPendingNamesCursorsAndLongData opens both and closes them.
func TestPendingNamesCursorsAndLongData(t *testing.T) {
	p := startProxy(t, "", hideFilter)
	c := rawClient(t, p)
	eventually(t, "the session", func() bool { return len(p.Sessions()) == 1 })
	s := p.Sessions()[0]
	var r wire.Reply
	roundTrip(t, c, &r, append([]byte{byte(wire.ComStmtPrepare)}, "SELECT seq, ? FROM "+mariadbtest.Schema+".seq_1_to_10"...))
	id := r.StatementID
	le := func(code wire.Command, more ...byte) []byte {
		return append([]byte{byte(code), byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24)}, more...)
	}
	send := func(payload []byte) {
		if _, err := c.WriteMessage(payload, 0); err != nil {
			t.Fatal(err)
		}
	}
	waits := func(want string) {
		t.Helper()
		eventually(t, "the session to wait for: "+want, func() bool {
			p := s.Snapshot().Pending
			return want == "" && p == nil || p != nil && p.WaitingFor == want
		})
	}
	send(le(wire.ComStmtSendLongData, 0, 0, 'x'))
	roundTrip(t, c, &r, []byte{byte(wire.ComPing)}) // behind it
	setFilters(t, s, "hide")
	waits("long data")
	// With a cursor, and the type of the parameter.
	roundTrip(t, c, &r, le(wire.ComStmtExecute, 1, 1, 0, 0, 0, 0, 1, 0xfc, 0))
	waits("open cursor")
	roundTrip(t, c, &r, le(wire.ComStmtReset))
	waits("")
	if got := s.Snapshot().Filters; !slices.Equal(got, []string{"hide"}) {
		t.Errorf("filters %v", got)
	}
}

// TestRestartThatWaitedAndFailedIsShown takes the servers away meanwhile.
func TestRestartThatWaitedAndFailedIsShown(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	do(t, c, "BEGIN")
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, srv := range p.generation().servers { // until the monitor looks again
		srv.cfg.MaxConnections = 1
		srv.connections.Add(1)
		defer srv.connections.Add(-1)
	}
	do(t, c, "COMMIT")
	eventually(t, "the restart to fail", func() bool {
		snap := s.Snapshot()
		return snap.RestartError != "" && snap.Pending == nil
	})
	get(t, c, "SELECT 1")
	for _, srv := range p.generation().servers {
		srv.cfg.MaxConnections = 0
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the next one to work", func() bool { return s.Snapshot().RestartError == "" })
}

// A session that has not begun cannot be changed: plugins would be opened for
// a client of whom nothing is known.
func TestChangesOfASessionThatNeverBegins(t *testing.T) {
	p := startProxy(t, "", hideFilter)
	nc, err := net.Dial("tcp", p.Listeners()[0].Address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	eventually(t, "the session", func() bool { return len(p.Sessions()) == 1 && p.Sessions()[0].currentPlan() != nil })
	s := p.Sessions()[0]
	if err := s.Update(t.Context(), Update{Filters: &[]string{"hide"}}); !errors.Is(err, ErrNoSession) {
		t.Errorf("updated: %v", err)
	}
	if err := s.Restart(t.Context()); !errors.Is(err, ErrNoSession) {
		t.Errorf("restarted: %v", err)
	}
	if _, err := s.Diagnose(t.Context()); !errors.Is(err, ErrSessionBusy) {
		t.Errorf("diagnosed: %v", err)
	}
	nc.Close()
	<-s.done
	if err := s.Restart(t.Context()); !errors.Is(err, ErrNoSession) {
		t.Errorf("afterwards: %v", err)
	}
}
