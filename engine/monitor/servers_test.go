package monitor

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/wasm/abi"
)

func TestGaleraCluster(t *testing.T) {
	a, b, c := startFake(t), startFake(t), startFake(t)
	a.galera("4", "0")
	b.galera("4", "1")
	c.galera("1", "2")
	cfg := account()
	cfg.Module = config.MonitorGalera
	w := watch(t, cfg, a.server("a"), b.server("b"), c.server("c"))
	<-w.Ready()
	const synced = abi.TargetSynced
	s := w.is("a", primary|synced)
	if s.GTID != "0-1-7" || s.Uptime != 61*time.Second || s.NodeID != 1 || s.Version != "10.11.6-MariaDB-log" {
		t.Errorf("state %+v", s)
	}
	w.is("b", replica|synced)
	if s := w.is("c", abi.TargetRunning); !strings.Contains(text(s.Err), "in state 1") {
		t.Errorf("state %+v", s)
	}
	c.galera("4", "2")
	w.is("c", replica|synced)
	a.galera("2", "0") // becomes a donor
	w.is("b", primary|synced)
	w.is("a", abi.TargetRunning)
	a.stop()
	w.is("a", 0)
}

func TestServersThatOnlyResembleMariaDB(t *testing.T) {
	identity := func(readOnly string) answer {
		return answer{columns: []string{"a", "b", "c"}, rows: [][]string{{readOnly, "1", "8.0.36"}}}
	}
	one, two, three := startFake(t), startFake(t), startFake(t)
	// No word about replication: read_only alone decides.
	one.say("SELECT @@global.read_only", identity("0"))
	two.say("SELECT @@global.read_only", identity("1"))
	// MySQL 8 calls everything by other names.
	three.say("SELECT @@global.read_only", identity("1"))
	three.say("SHOW GLOBAL VARIABLES", answer{columns: []string{"Variable_name", "Value"}, rows: [][]string{{"gtid_executed", "3E11FA47:1-5"}}})
	three.say("SHOW REPLICA STATUS", answer{
		columns: []string{"Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source", "Source_Server_Id", "Channel_Name", "Last_IO_Error"},
		rows:    [][]string{{"Yes", "Yes", "4", "1", "", ""}}})
	w := watch(t, account(), one.server("one"), two.server("two"), three.server("three"))
	<-w.Ready()
	w.is("one", primary)
	w.is("two", replica)
	if s := w.is("three", replica); s.Lag != 4 || s.PrimaryID != 1 || s.GTID != "3E11FA47:1-5" {
		t.Errorf("state %+v", s)
	}
	three.say("SHOW REPLICA STATUS", answer{
		columns: []string{"Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source", "Last_IO_Error"},
		rows:    [][]string{{"Connecting", "Yes", "NULL", ""}}})
	w.await("three", "without a primary", func(s State) bool { return s.Status == replica && s.Lag == -1 })
}

// TestSilentServerDelaysNobody: one server accepts and never speaks.
func TestSilentServerDelaysNobody(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	good := startFake(t)
	good.galera("4", "0")
	cfg := account()
	cfg.Timeout = time.Minute
	w := watch(t, cfg, &config.Server{Name: "silent", Address: silent.Addr().String()}, good.server("good"))
	w.is("good", primary)
	select {
	case <-w.Ready():
		t.Error("ready before the silent server's first probe ended")
	default:
	}
	stopped := make(chan struct{})
	go func() {
		w.Stop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(patience):
		t.Fatal("Stop waits for a server that does not answer")
	}
}

func TestWatchCanEndAndStopIsFinal(t *testing.T) {
	s := startFake(t)
	s.galera("4", "0")
	m := New(&config.Monitor{Interval: time.Second, Timeout: time.Second, FailCount: 1}, []*config.Server{s.server("s")}, nil)
	cancel := m.Watch(func(string, State, State) { t.Error("a watcher was called after its watch ended") })
	cancel()
	called := make(chan State, 10)
	m.Watch(func(_ string, _, n State) {
		m.State("s") // must not lock up
		called <- n
	})
	m.Stop() // before Start: nothing to do, and Start does nothing any more
	m.Start(t.Context())
	if m.State("s").Status != 0 {
		t.Error("a stopped monitor probes")
	}

	m = New(&config.Monitor{Interval: time.Second, Timeout: time.Second, FailCount: 1}, []*config.Server{s.server("s")}, nil)
	m.Watch(func(_ string, _, n State) { called <- n })
	m.Start(t.Context())
	m.Start(t.Context())
	if n := <-called; n.Status != primary {
		t.Errorf("state %+v", n)
	}
	m.Stop()
	m.Stop()
	m.SetMaintenance("s", true)
	select {
	case n := <-called:
		t.Errorf("a watcher was called after Stop: %+v", n)
	default:
	}
}

func TestNoServers(t *testing.T) {
	m := New(&config.Monitor{Interval: time.Second, Timeout: time.Second, FailCount: 1}, nil, nil)
	m.Start(t.Context())
	<-m.Ready()
	m.Stop()
}

func TestBackoff(t *testing.T) {
	broken := errors.New("broken")
	var result error
	p := &prober{
		cfg:   &config.Monitor{Interval: time.Second, Timeout: time.Second, FailCount: 3},
		probe: func(context.Context) (facts, error) { return facts{up: true, serverID: 7}, result },
	}
	var got facts
	once := func() time.Duration { return p.once(t.Context(), func(f facts) { got = f }) }
	if wait := once(); wait != time.Second || !got.up {
		t.Fatalf("wait %v, facts %+v", wait, got)
	}
	result = broken
	for i, want := range []struct {
		wait time.Duration
		up   bool
	}{{retry, true}, {retry, true}, {time.Second, false}, {2 * time.Second, false}, {4 * time.Second, false}, {5 * time.Second, false}, {5 * time.Second, false}} {
		if wait := once(); wait != want.wait || got.up != want.up || got.err != broken {
			t.Errorf("failure %d: wait %v, facts %+v, want %v, %v", i+1, wait, got, want.wait, want.up)
		}
	}
	result = nil
	if wait := once(); wait != time.Second || !got.up || got.err != nil {
		t.Errorf("back: wait %v, facts %+v", wait, got)
	}
}
