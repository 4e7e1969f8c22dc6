package admin

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/monitor"
	"github.com/penstock-db/penstock/wasm/abi"
)

// fakeProxy is an engine without traffic: sessions are what a test says, and
// changes are kept for it to look at.
type fakeProxy struct {
	mu         sync.Mutex
	sessions   map[uint64]engine.Snapshot
	kills      map[uint64]time.Duration
	upgraded   []string // filters
	unupgraded error    // what upgrades are answered with
	closed     []string // sessions of services and listeners, connections to servers
	restarts   []uint64
	updates    int
	// restart, if set, is what restarting a session does.
	restart     func(ctx context.Context, id uint64) error
	diagnoses   []engine.Diagnosis
	diagnoseErr error
	// open says why a filter cannot open.
	open map[string]error
}

var _ Proxy = (*fakeProxy)(nil)

func newFake(sessions ...engine.Snapshot) *fakeProxy {
	f := &fakeProxy{sessions: map[uint64]engine.Snapshot{}, kills: map[uint64]time.Duration{}, open: map[string]error{}}
	for _, s := range sessions {
		s.State = cmp.Or(s.State, engine.StateStarted)
		f.sessions[s.ID] = s
	}
	return f
}

func (f *fakeProxy) SessionIDs() []uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.sessions))
}

func (f *fakeProxy) Snapshot(id uint64) (engine.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.sessions[id]
	if !ok {
		return s, engine.ErrNoSession
	}
	return s, nil
}

func (f *fakeProxy) Outline(id uint64, snap *engine.Snapshot) (err error) {
	*snap, err = f.Snapshot(id)
	snap.Queries, snap.Log, snap.Memory = nil, nil, engine.Memory{}
	return err
}

func (f *fakeProxy) DiagnoseSession(_ context.Context, id uint64) ([]engine.Diagnosis, error) {
	if _, err := f.Snapshot(id); err != nil {
		return nil, err
	}
	return f.diagnoses, f.diagnoseErr
}

func (f *fakeProxy) UpdateSession(_ context.Context, id uint64, u engine.Update) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.sessions[id]
	if !ok {
		return engine.ErrNoSession
	}
	if u.Filters != nil {
		for i, name := range *u.Filters {
			if !slices.ContainsFunc(f.Filters(), func(f engine.FilterInfo) bool { return f.Config.Name == name }) {
				return &engine.UnknownFilterError{Index: i, Name: name}
			}
			if err := f.open[name]; err != nil {
				return &engine.FilterOpenError{Index: i, Name: name, Err: err}
			}
		}
		s.Filters = *u.Filters
	}
	s.LogFlags = u.LogFlags.Apply(s.LogFlags)
	f.sessions[id] = s
	f.updates++
	return nil
}

func (f *fakeProxy) RestartSession(ctx context.Context, id uint64) error {
	if _, err := f.Snapshot(id); err != nil {
		return err
	}
	if f.restart != nil {
		if err := f.restart(ctx, id); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restarts = append(f.restarts, id)
	return nil
}

func (f *fakeProxy) RestartAll(ctx context.Context) error {
	var failed engine.RestartErrors
	for _, id := range f.SessionIDs() {
		var one *engine.RestartError
		if err := f.RestartSession(ctx, id); errors.As(err, &one) {
			failed = append(failed, one)
		} else if err != nil {
			return err
		}
	}
	if failed != nil {
		return failed
	}
	return nil
}

func (f *fakeProxy) Kill(id uint64, ttl time.Duration) error {
	if _, err := f.Snapshot(id); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kills[id] = ttl
	return nil
}

func (f *fakeProxy) UpgradeFilter(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.upgraded = append(f.upgraded, name)
	return f.unupgraded
}

func (f *fakeProxy) CloseSessions(of func(service, listener string) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range []string{"app", "app-tcp"} {
		if of(name, "") || of("", name) {
			f.closed = append(f.closed, name)
		}
	}
}

func (f *fakeProxy) AbandonServer(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = append(f.closed, name)
}

func (f *fakeProxy) Services() []engine.ServiceInfo {
	return []engine.ServiceInfo{{
		Config: &config.Service{
			Name:    "app",
			Router:  config.Plugin{Module: "readwritesplit", Timeout: 10 * time.Millisecond, Memory: 32 << 20, Options: []byte(`{"max_replication_lag":5,"monitor_password":"hunter2"}`)},
			Filters: []string{"hide"}, Servers: []string{"primary", "replica"},
			User: "penstock", Password: "hunter2", LoadUsers: true,
			Users:             []config.User{{Name: "app", Password: "hunter2", Host: "%", BackendPassword: "hunter2"}},
			ConnectionTimeout: time.Hour, NetTimeout: 10 * time.Second, MaxHistory: 50, RetainLastStatements: 5, SessionTrace: 20,
		},
		Users: []engine.User{{User: "app", Host: "%", Plugin: "mysql_native_password", Configured: true},
			{User: "batch", Host: "10.%", Plugin: "ed25519", Locked: true, RequireTLS: true}},
		Statements: engine.StatementCache{Hits: 40, Misses: 10, Evictions: 2, Entries: 5, Bytes: 3000, MaxBytes: 16 << 20},
		Started:    fakeStart, Running: true, Connections: 2, Active: 1, Total: 17, Peak: 5, Refused: 3,
		Statistics: engine.Statistics{Commands: 70, Queries: 50, Errors: 4, BytesFromClient: 5000, BytesToClient: 90000, PluginFailures: 1},
		Router: engine.PluginStatus{Instances: 2, OnFailure: "close", KVMax: engine.KVLimits{Entries: 65536, Bytes: 16 << 20},
			CallTime: 10 * time.Millisecond, StartTime: time.Second, MaxMemory: 32 << 20, MaxPayload: 16 << 20},
	}}
}

func (f *fakeProxy) Servers() []engine.ServerInfo {
	return []engine.ServerInfo{
		{Config: &config.Server{Name: "primary", Address: "10.0.0.1:3306", Weight: 1, ConnectTimeout: 5 * time.Second}, Monitor: "watch",
			State: "Primary, Running", Connections: 2, Total: 20, Outstanding: 1,
			Traffic: engine.Traffic{Commands: 80, Errors: 2, BytesSent: 6000, BytesReceived: 95000}, GTID: "0-1-42", Version: "10.11.6-MariaDB", Uptime: time.Hour,
			NodeID: 1, LastEvent: "primary_up", TriggeredAt: fakeStart},
		{Config: &config.Server{Name: "replica", Socket: "/run/mysqld/mysqld.sock", Weight: 2, Rank: 1, TLS: &config.TLS{}}, Monitor: "watch",
			State: "Replica, Running", NodeID: 2, PrimaryID: 1, Lag: 3},
		{Config: &config.Server{Name: "spare", Address: "[::1]:3307"}, State: "Down", Detail: "connection refused", Lag: -1},
	}
}

func (f *fakeProxy) Filters() []engine.FilterInfo {
	return []engine.FilterInfo{
		{Config: &config.Filter{Name: "hide", Plugin: config.Plugin{Module: "regexfilter", Timeout: 10 * time.Millisecond, Memory: 32 << 20,
			Options: []byte(`{"match":"card","replace":"****","sinks":[{"api_token":"hunter2"}]}`)}},
			Status: engine.PluginStatus{Instances: 3, Behind: 1, Failures: 1, OnFailure: "close", KVEntries: 2, KVBytes: 300, KVMax: engine.KVLimits{Entries: 65536, Bytes: 16 << 20}, Hash: [32]byte{0xaa}, Minor: 1,
				Sandbox: engine.Sandbox{Running: 2, Free: 1, Made: 4, Parked: 1, Image: 65536, Private: 12288},
				Metrics: []engine.Metric{{Name: "matches", Kind: "counter", Value: 7}, {Name: "now", Kind: "gauge", Value: -1},
					{Name: "length", Kind: "histogram", Value: 31, Buckets: []engine.Bucket{{Most: 0, Count: 1}, {Most: 15, Count: 3}}},
					{Name: "none", Kind: "histogram"}},
				CallTime: 10 * time.Millisecond, StartTime: time.Second, MaxMemory: 32 << 20, MaxPayload: 16 << 20}},
		{Config: &config.Filter{Name: "log", Plugin: config.Plugin{Module: "./my.wasm", Plugin: "log", OnFailure: "bypass", Options: []byte("{}")}},
			Status: engine.PluginStatus{Hash: [32]byte{0x1f, 0x2e}, OnFailure: "bypass"}},
	}
}

func (f *fakeProxy) Listeners() []engine.ListenerInfo {
	return []engine.ListenerInfo{
		{Config: &config.Listener{Name: "app-tcp", Service: "app", Address: "127.0.0.1:0"}, Address: "127.0.0.1:4006", Running: true},
		{Config: &config.Listener{Name: "app-unix", Service: "app", Socket: "/run/penstock.sock"}, Running: true},
	}
}

func (f *fakeProxy) Monitors() []engine.MonitorInfo {
	return []engine.MonitorInfo{{Running: true, Config: &config.Monitor{Name: "watch", Module: "mariadb", Servers: []string{"primary", "replica"},
		User: "penstock", Password: "hunter2", Interval: 2 * time.Second, Timeout: time.Second, FailCount: 3},
		Members: []monitor.Member{
			{Server: "primary", State: monitor.State{Status: abi.TargetPrimary | abi.TargetRunning, GTID: "0-1-42", NodeID: 1, LastEvent: "new_primary", TriggeredAt: fakeStart},
				Probes: 7, ProbedAt: fakeStart.Add(time.Minute)},
			{Server: "replica", State: monitor.State{Status: abi.TargetRunning, Lag: -1, NodeID: 2, PrimaryID: 1, Err: errors.New("replication has stopped")}, ReadOnly: true,
				Replication: []monitor.Replication{{IORunning: "No", Lag: -1, PrimaryID: 1, LastError: "no such table"}}, Probes: 6, ProbedAt: fakeStart},
		}}}
}

// fakeStart is when everything began.
var fakeStart = time.Date(2024, 1, 5, 7, 24, 6, 0, time.UTC)

// busySession has something in every attribute.
func busySession() engine.Snapshot {
	return engine.Snapshot{
		ID: 1, Service: "app", State: engine.StateStarted, User: "maxuser", Remote: "192.0.2.7", Port: 40664, Database: "demo",
		Connected: fakeStart, Alive: 5209 * time.Millisecond, Idle: 200 * time.Millisecond, IOActivity: 16,
		Connections: []engine.Connection{{Server: "primary", ConnectionID: 129}, {Server: "replica", ConnectionID: 7, Cipher: "TLS_AES_128_GCM_SHA256"}},
		Client: engine.Client{Cipher: "TLS_AES_256_GCM_SHA384", Attributes: map[string]string{"_client_name": "libmariadb", "_pid": "502300"},
			HistoryLen: 1, HistoryResponses: 1, HistoryMetadata: 2},
		Memory: engine.Memory{
			Client: engine.BufferMemory{Read: 65536, Misc: 654},
			Backends: map[string]engine.BufferMemory{"primary": {Misc: 662},
				"replica": {Read: 16384, Write: 16384, Misc: 10}},
			ExecMetadata: 100, LastQueries: 20, History: 485, Variables: 3, Log: 150,
			Plugins: []engine.PluginMemory{{Name: "app", Kind: "router", Bytes: 4096}, {Name: "hide", Kind: "filter", Bytes: 8192}},
		},
		LogFlags: config.LogFlags{Error: true, Notice: true},
		Queries: []engine.Query{
			{Command: "COM_QUERY", Statement: "SELECT SLEEP(3) /* <&> */", Received: fakeStart.Add(2 * time.Second)},
			{Command: "COM_QUERY", Statement: "SELECT 1", Received: fakeStart.Add(time.Second), Completed: fakeStart.Add(time.Second + 1500*time.Microsecond),
				Responses: []engine.Response{{Server: "replica", Duration: 1250 * time.Microsecond}}},
		},
		Log:     []string{"2024-01-05T07:24:06.000Z info    (1) session started", "2024-01-05T07:24:07.000Z debug   (1) routed server=replica"},
		Filters: []string{"hide", "log", "hide"},
		Pending: &engine.Pending{Filters: []string{"hide", "log", "hide"}, WaitingFor: "open transaction"}, RestartError: "server primary: connection refused",
		Statistics: engine.Statistics{Commands: 12, Queries: 9, Errors: 1, BytesFromClient: 400, BytesToClient: 8000, PluginFailures: 1},
	}
}

// quietSession has nothing but what every session has.
func quietSession() engine.Snapshot {
	return engine.Snapshot{ID: 22, Service: "app", State: engine.StateCreated, Remote: "localhost", Connected: fakeStart}
}
