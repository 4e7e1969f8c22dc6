package monitor

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/wasm/abi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

// watched is a monitor whose changes a test can wait for.
type watched struct {
	*Monitor
	t  testing.TB
	mu sync.Mutex
	// changed is closed and made anew at every change.
	changed chan struct{}
	log     []string
}

func watch(t testing.TB, cfg *config.Monitor, servers ...*config.Server) *watched {
	t.Helper()
	if cfg.Interval == 0 {
		cfg.Interval = 100 * time.Millisecond
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Second
	}
	if cfg.FailCount == 0 {
		cfg.FailCount = 2
	}
	w := &watched{Monitor: New(cfg, servers, nil), t: t, changed: make(chan struct{})}
	w.Watch(func(server string, old, new State) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.log = append(w.log, server+": "+old.Status.String()+" -> "+new.Status.String())
		close(w.changed)
		w.changed = make(chan struct{})
	})
	w.Start(t.Context())
	t.Cleanup(w.Stop)
	return w
}

// await waits until ok says so of the server's state.
func (w *watched) await(server, what string, ok func(State) bool) State {
	w.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		s := w.State(server)
		if ok(s) {
			return s
		}
		select {
		case <-changed:
		case <-deadline.C:
			w.t.Fatalf("%s did not become %s; it is %+v; changes:\n%s", server, what, s, strings.Join(w.log, "\n"))
		}
	}
}

// is waits for exactly this status.
func (w *watched) is(server string, status Status) State {
	w.t.Helper()
	return w.await(server, status.String(), func(s State) bool { return s.Status == status })
}

func target(name string, s *mariadbtest.Server) *config.Server {
	return &config.Server{Name: name, Address: s.Addr, Weight: 1}
}

func account() *config.Monitor {
	return &config.Monitor{
		Name: "test", Module: config.MonitorMariaDB,
		User: mariadbtest.ServiceUser, Password: mariadbtest.ServicePassword,
	}
}

const (
	primary = abi.TargetRunning | abi.TargetPrimary
	replica = abi.TargetRunning | abi.TargetReplica
)

func TestPairOverItsLife(t *testing.T) {
	one, two := mariadbtest.StartPair(t)
	w := watch(t, account(), target("one", one), target("two", two))
	<-w.Ready()
	first := w.is("one", primary)
	second := w.is("two", replica)
	if first.NodeID != 1 || second.NodeID != 2 || second.PrimaryID != 1 || first.PrimaryID != 0 {
		t.Errorf("ids: primary %+v, replica %+v", first, second)
	}
	if !strings.Contains(first.Version, "MariaDB") || first.Lag != 0 || first.Err != nil || first.LastEvent != EventPrimary || first.TriggeredAt.IsZero() {
		t.Errorf("primary %+v", first)
	}
	w.await("two", "without lag", func(s State) bool { return s.Lag == 0 })
	members := w.Members()
	if Primary(members) != "one" || members[0].ReadOnly || !members[1].ReadOnly || len(members[0].Replication) != 0 {
		t.Errorf("members %+v", members)
	}
	if r := members[1].Replication; len(r) != 1 || r[0].IORunning != "Yes" || !r[0].SQLRunning || r[0].Lag != 0 || r[0].PrimaryID != 1 || r[0].LastError != "" {
		t.Errorf("replication %+v", r)
	}

	t.Run("GTID", func(t *testing.T) {
		one.Exec(t, "CREATE TABLE test.t (a INT)", "INSERT INTO test.t VALUES (1)")
		two.WaitForSync(t, one)
		// A change of the position alone is not told: provoke one that is.
		w.SetDraining("two", true)
		w.Kick("two")
		w.SetDraining("two", false)
		deadline := time.Now().Add(patience)
		for w.State("two").GTID == "" || w.State("two").GTID != w.State("one").GTID {
			if time.Now().After(deadline) {
				t.Fatalf("GTID %q on the primary and %q on the replica", w.State("one").GTID, w.State("two").GTID)
			}
			w.Kick("one")
			w.Kick("two")
			probed(w, "one", "two")
		}
	})

	t.Run("replication stopped", func(t *testing.T) {
		two.Exec(t, "STOP SLAVE")
		s := w.is("two", abi.TargetRunning)
		if s.Err == nil || !strings.Contains(s.Err.Error(), "START SLAVE") || s.Lag != -1 {
			t.Errorf("state %+v", s)
		}
		two.Exec(t, "START SLAVE")
		w.is("two", replica)
	})

	t.Run("replication broken", func(t *testing.T) {
		two.Exec(t, "SET sql_log_bin=0", "DROP TABLE test.t")
		one.Exec(t, "INSERT INTO test.t VALUES (2)")
		s := w.is("two", abi.TargetRunning)
		if s.Err == nil || !strings.Contains(s.Err.Error(), "test.t") {
			t.Errorf("the error does not say what broke: %v", s.Err)
		}
		two.Exec(t, "SET sql_log_bin=0", "CREATE TABLE test.t (a INT)")
		two.Exec(t, "START SLAVE")
		w.is("two", replica)
	})

	t.Run("read_only", func(t *testing.T) {
		one.Exec(t, "SET GLOBAL read_only=1")
		w.is("one", replica)
		one.Exec(t, "SET GLOBAL read_only=0")
		w.is("one", primary)
	})

	t.Run("maintenance and draining", func(t *testing.T) {
		if err := w.SetMaintenance("two", true); err != nil {
			t.Fatal(err)
		}
		if s := w.State("two"); s.Status != abi.TargetRunning|abi.TargetMaintenance || s.LastEvent != EventMaintenance {
			t.Errorf("state %+v", s)
		}
		w.SetMaintenance("two", false)
		w.SetDraining("one", true)
		w.is("one", primary|abi.TargetDraining)
		w.SetDraining("one", false)
		w.is("two", replica)
		if err := w.SetMaintenance("three", true); !errors.Is(err, ErrUnknownServer) {
			t.Errorf("an unknown server answers %v", err)
		}
	})

	t.Run("primary killed", func(t *testing.T) {
		if err := one.Kill(); err != nil {
			t.Fatal(err)
		}
		if s := w.is("one", 0); s.Err == nil || s.LastEvent != EventDown {
			t.Errorf("state %+v", s)
		}
		w.await("two", "a replica that waits", func(s State) bool { return s.Status == replica && s.Lag == -1 })
		if err := one.Restart(); err != nil {
			t.Fatal(err)
		}
		w.Kick("one")
		w.is("one", primary)
		w.await("two", "without lag", func(s State) bool { return s.Status == replica && s.Lag == 0 })
	})

	t.Run("replica stopped", func(t *testing.T) {
		if err := two.Stop(); err != nil {
			t.Fatal(err)
		}
		w.is("two", 0)
		if err := two.Restart(); err != nil {
			t.Fatal(err)
		}
		w.Kick("two")
		w.is("two", replica)
	})

	t.Run("replica hangs", func(t *testing.T) {
		if err := two.Pause(); err != nil {
			t.Fatal(err)
		}
		w.Kick("two")
		w.Kick("one")
		probed(w, "one") // does not wait for the other
		w.is("two", 0)
		if err := two.Resume(); err != nil {
			t.Fatal(err)
		}
		w.is("two", replica)
	})

	t.Run("promoted", func(t *testing.T) {
		two.Exec(t, "STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL read_only=0")
		// Both are writable; the one that has the role keeps it.
		s := w.await("two", "a second primary", func(s State) bool { return s.Err != nil && strings.Contains(s.Err.Error(), "one is the primary") })
		if s.Status != abi.TargetRunning {
			t.Errorf("status %v", s.Status)
		}
		w.is("one", primary)
		w.SetMaintenance("one", true)
		w.is("two", primary)
	})
}

// probed waits until a fresh probe of each of the servers has been reported.
func probed(w *watched, servers ...string) {
	w.t.Helper()
	for _, name := range servers {
		mem := w.byName[name]
		before := mem.reports.Load()
		w.Kick(name)
		deadline := time.NewTimer(patience)
		tick := time.NewTicker(5 * time.Millisecond)
		for mem.reports.Load() == before {
			select {
			case <-tick.C:
			case <-deadline.C:
				w.t.Fatalf("%s is not probed", name)
			}
		}
		tick.Stop()
		deadline.Stop()
	}
}

func TestWrongPasswordAndMissingPrivilege(t *testing.T) {
	s := mariadbtest.Start(t)
	s.Exec(t, "CREATE USER poor@`%` IDENTIFIED BY 'poor'")
	cfg := account()
	cfg.Password = "wrong"
	w := watch(t, cfg, target("db", s))
	<-w.Ready()
	if st := w.State("db"); st.Status != 0 || st.Err == nil || !strings.Contains(st.Err.Error(), "1045") {
		t.Errorf("with a wrong password: %+v", st)
	}
	poor := account()
	poor.User, poor.Password = "poor", "poor"
	w = watch(t, poor, target("db", s))
	<-w.Ready()
	if st := w.State("db"); st.Status != abi.TargetRunning || st.Err == nil || !strings.Contains(st.Err.Error(), "REPLICA MONITOR") {
		t.Errorf("without the privilege: %+v", st)
	}
}

func TestTLSAndSocket(t *testing.T) {
	s := mariadbtest.Start(t, mariadbtest.TLS())
	s.Exec(t, "CREATE USER tls@`%` IDENTIFIED BY 'tls' REQUIRE SSL", "GRANT REPLICA MONITOR ON *.* TO tls",
		"CREATE USER penstock@localhost IDENTIFIED BY 'penstock'", "GRANT REPLICA MONITOR ON *.* TO penstock@localhost")
	cfg := account()
	cfg.User, cfg.Password = "tls", "tls"
	checked := target("db", s)
	checked.TLS = &config.TLS{CA: s.CAFile, VerifyPeer: true}
	unknown := target("other", s)
	unknown.TLS = &config.TLS{VerifyPeer: true}
	w := watch(t, cfg, checked, unknown)
	<-w.Ready()
	w.is("db", primary)
	if st := w.State("other"); st.Status != 0 || st.Err == nil || !strings.Contains(st.Err.Error(), "certificate") {
		t.Errorf("a certificate of an unknown authority: %+v", st)
	}
	w = watch(t, account(), &config.Server{Name: "db", Socket: s.Socket})
	w.is("db", primary)
}
