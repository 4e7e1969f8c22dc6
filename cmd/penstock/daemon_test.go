package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// fakeProxy is an engine that notes what is asked of it.
type fakeProxy struct {
	calls    chan string
	startErr error
	start    func(ctx context.Context) error
	drain    func(ctx context.Context) error
	reload   error

	reloading func() error
}

func (f *fakeProxy) Start(ctx context.Context) error {
	f.calls <- "start"
	if f.start != nil {
		return f.start(ctx)
	}
	return f.startErr
}

func (f *fakeProxy) Drain(ctx context.Context) error {
	f.calls <- "drain"
	if f.drain != nil {
		return f.drain(ctx)
	}
	return nil
}

func (f *fakeProxy) Close() error { f.calls <- "close"; return nil }

func (f *fakeProxy) Reload(c *config.Config) error {
	f.calls <- "reload"
	if f.reloading != nil {
		return f.reloading()
	}
	return f.reload
}

func (f *fakeProxy) Apply(c *config.Config, keep func() error) error {
	f.calls <- "apply"
	if f.reload != nil {
		return f.reload
	}
	return keep()
}

func (f *fakeProxy) SessionIDs() []uint64 { return nil }

func (f *fakeProxy) Outline(uint64, *engine.Snapshot) error { return engine.ErrNoSession }

func (f *fakeProxy) Snapshot(uint64) (engine.Snapshot, error) {
	return engine.Snapshot{}, engine.ErrNoSession
}
func (f *fakeProxy) DiagnoseSession(context.Context, uint64) ([]engine.Diagnosis, error) {
	return nil, engine.ErrNoSession
}
func (f *fakeProxy) UpdateSession(context.Context, uint64, engine.Update) error { return nil }
func (f *fakeProxy) RestartSession(context.Context, uint64) error               { return nil }
func (f *fakeProxy) RestartAll(context.Context) error                           { return nil }
func (f *fakeProxy) Kill(uint64, time.Duration) error                           { return nil }
func (f *fakeProxy) Services() []engine.ServiceInfo                             { return nil }
func (f *fakeProxy) Servers() []engine.ServerInfo                               { return nil }
func (f *fakeProxy) Filters() []engine.FilterInfo                               { return nil }
func (f *fakeProxy) Listeners() []engine.ListenerInfo                           { return nil }
func (f *fakeProxy) Monitors() []engine.MonitorInfo                             { return nil }

// logBuffer is a log that a test can wait on.
type logBuffer struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newLogBuffer() *logBuffer { return &logBuffer{changed: make(chan struct{}, 1)} }

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.changed <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until the log matches and returns the match.
func (l *logBuffer) await(t *testing.T, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.After(10 * time.Second)
	for {
		if m := re.FindStringSubmatch(l.String()); m != nil {
			return m
		}
		select {
		case <-l.changed:
		case <-deadline:
			t.Fatalf("the log never matched %q:\n%s", pattern, l)
		}
	}
}

// trial is a daemon that runs beside the test.
type trial struct {
	*daemon
	proxy *fakeProxy
	log   *logBuffer
	ended chan error
}

func startDaemon(t *testing.T, file string, change func(*fakeProxy, *daemon)) *trial {
	t.Helper()
	tr := &trial{
		proxy: &fakeProxy{calls: make(chan string, 16)},
		log:   newLogBuffer(),
		ended: make(chan error, 1),
	}
	tr.daemon = &daemon{file: file, signals: make(chan os.Signal, 4), open: func(context.Context, *config.Config, logger) (proxy, error) { return tr.proxy, nil }}
	if change != nil {
		change(tr.proxy, tr.daemon)
	}
	go func() { tr.ended <- tr.daemon.run(context.Background(), tr.log) }()
	return tr
}

func (tr *trial) expectCalls(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case got := <-tr.proxy.calls:
			if got != w {
				t.Fatalf("the engine was asked to %s, want %s", got, w)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the engine was never asked to %s:\n%s", w, tr.log)
		}
	}
}

func (tr *trial) expectEnd(t *testing.T) error {
	t.Helper()
	select {
	case err := <-tr.ended:
		return err
	case <-time.After(10 * time.Second):
		t.Fatalf("it does not end:\n%s", tr.log)
		return nil
	}
}

func TestTermDrains(t *testing.T) {
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		tr := startDaemon(t, writeConfig(t, base), nil)
		tr.expectCalls(t, "start")
		tr.log.await(t, "penstock is ready")
		tr.signals <- sig
		tr.expectCalls(t, "drain", "close")
		if err := tr.expectEnd(t); err != nil {
			t.Errorf("%v: %v", sig, err)
		}
		tr.log.await(t, "all sessions have ended")
	}
}

func TestDrainTimeout(t *testing.T) {
	bounded := make(chan time.Duration, 1)
	for name, c := range map[string]struct {
		given bool
		flag  time.Duration
		want  time.Duration
	}{"of the configuration": {false, 0, time.Minute}, "of the command line": {true, time.Millisecond, time.Millisecond}, "none": {true, 0, 0}} {
		tr := startDaemon(t, writeConfig(t, base), func(p *fakeProxy, d *daemon) {
			d.drainGiven, d.drainTimeout = c.given, c.flag
			p.drain = func(ctx context.Context) error {
				deadline, _ := ctx.Deadline()
				bounded <- time.Until(deadline)
				if c.want == time.Minute {
					return nil
				}
				<-ctx.Done()
				return errors.New("3 sessions are still busy")
			}
		})
		tr.log.await(t, "penstock is ready")
		tr.signals <- syscall.SIGTERM
		tr.expectCalls(t, "start", "drain", "close")
		if got := <-bounded; got > c.want || got < c.want-30*time.Second {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if err := tr.expectEnd(t); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.want < time.Minute {
			tr.log.await(t, "3 sessions are still busy")
		}
	}
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	tr := startDaemon(t, writeConfig(t, base), func(p *fakeProxy, _ *daemon) {
		p.drain = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	})
	tr.log.await(t, "penstock is ready")
	tr.signals <- syscall.SIGTERM
	tr.expectCalls(t, "start", "drain")
	tr.signals <- syscall.SIGHUP // no reason to hurry
	tr.signals <- syscall.SIGTERM
	tr.expectCalls(t, "close")
	if err := tr.expectEnd(t); err != nil {
		t.Error(err)
	}
}

func TestSignalDuringStart(t *testing.T) {
	tr := startDaemon(t, writeConfig(t, base), func(p *fakeProxy, _ *daemon) {
		p.start = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	})
	tr.expectCalls(t, "start")
	tr.signals <- syscall.SIGTERM
	tr.expectCalls(t, "close")
	if err := tr.expectEnd(t); err != nil {
		t.Error(err)
	}
}

func TestStartThatFails(t *testing.T) {
	tr := startDaemon(t, writeConfig(t, base), func(p *fakeProxy, _ *daemon) { p.startErr = errors.New("address in use") })
	tr.expectCalls(t, "start", "close")
	if err := tr.expectEnd(t); err == nil || !strings.Contains(err.Error(), "address in use") {
		t.Errorf("error %v", err)
	}
}

func TestAddressOfTheAPIInUse(t *testing.T) {
	first := startDaemon(t, writeConfig(t, base), nil)
	address := first.log.await(t, `api=(\S+)`)[1]
	second := startDaemon(t, writeConfig(t, strings.Replace(base, "127.0.0.1:0", address, 1)), nil)
	if err := second.expectEnd(t); err == nil || !strings.Contains(err.Error(), "admin.address") {
		t.Errorf("error %v", err)
	}
	second.expectCalls(t, "close") // and never a start
	first.signals <- syscall.SIGTERM
	if err := first.expectEnd(t); err != nil {
		t.Error(err)
	}
}

func TestHangUpReloads(t *testing.T) {
	file := writeConfig(t, base)
	tr := startDaemon(t, file, nil)
	tr.expectCalls(t, "start")
	url := "http://" + tr.log.await(t, `api=(\S+)`)[1] + "/v1/sessions"
	tr.log.await(t, "penstock is ready")
	if status := get(t, url, "penstock"); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}

	rewrite := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		tr.signals <- syscall.SIGHUP
	}
	rewrite(base + "\n[nonsense]\nx = 1\n")
	tr.log.await(t, "the configuration has an error: nothing is changed.*nonsense")
	select {
	case call := <-tr.proxy.calls:
		t.Fatalf("the engine was asked to %s with a configuration that has errors", call)
	default:
	}

	rewrite(strings.Replace(base, `password = "penstock"`, `password = "changed"`, 1) + "\n[log]\nlevel = \"debug\"\n")
	tr.expectCalls(t, "reload")
	tr.log.await(t, "the configuration is read anew")
	if before, after := get(t, url, "penstock"), get(t, url, "changed"); before != http.StatusUnauthorized || after != http.StatusOK {
		t.Errorf("the old password gives %d, the new one %d", before, after)
	}
	tr.log.await(t, `\[INFO\]    admin: api request`) // log.level has changed

	moved := strings.NewReplacer("127.0.0.1:0", "127.0.0.2:0", `password = "penstock"`, `password = "moved"`).Replace(base)
	rewrite(moved)
	tr.expectCalls(t, "reload")
	tr.log.await(t, "not all of it.*restart of penstock")
	if before, after := get(t, url, "changed"), get(t, url, "moved"); before != http.StatusUnauthorized || after != http.StatusOK {
		t.Errorf("where it still listens the old password gives %d, the new one %d", before, after)
	}

	rewrite(strings.Replace(base, "[admin]", "[admin]\nenabled = false", 1))
	tr.expectCalls(t, "reload")
	tr.log.await(t, "(?s)(not all of it.*restart of penstock.*){2}")

	tr.signals <- syscall.SIGTERM
	tr.expectCalls(t, "drain", "close")
	if err := tr.expectEnd(t); err != nil {
		t.Error(err)
	}
}

func get(t *testing.T, url, password string) int {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("admin", password)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestReloadThatTheEngineRefuses(t *testing.T) {
	tr := startDaemon(t, writeConfig(t, base), func(p *fakeProxy, _ *daemon) { p.reload = errors.New("module gone") })
	tr.log.await(t, "penstock is ready")
	tr.signals <- syscall.SIGHUP
	tr.expectCalls(t, "start", "reload")
	tr.log.await(t, `cannot be taken over.*module gone`)
	tr.signals <- syscall.SIGTERM
	tr.expectCalls(t, "drain", "close")
	if err := tr.expectEnd(t); err != nil {
		t.Error(err)
	}
}

func TestWithoutAPI(t *testing.T) {
	text := strings.Replace(base, "[admin]", "[admin]\nenabled = false", 1)
	tr := startDaemon(t, writeConfig(t, text), nil)
	tr.log.await(t, "penstock is ready")
	tr.signals <- syscall.SIGHUP
	tr.log.await(t, "read anew")
	tr.signals <- syscall.SIGTERM
	if err := tr.expectEnd(t); err != nil {
		t.Error(err)
	}
	if strings.Contains(tr.log.String(), "api=") {
		t.Errorf("it listens all the same:\n%s", tr.log)
	}
}

func (*fakeProxy) UpgradeFilter(string) error                        { return nil }
func (*fakeProxy) CloseSessions(func(service, listener string) bool) {}
func (*fakeProxy) AbandonServer(string)                              {}
