package examples

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// quiet is a session that logs nothing.
type quiet struct{}

func (quiet) LogEnabled(abi.LogLevel) bool   { return false }
func (quiet) Log(abi.LogLevel, string)       {}
func (quiet) Info(key string) (string, bool) { return "app", key == "user" || key == "schema" }

// load compiles a plugin, or takes it from the cache.
func load(t testing.TB, l language, plugin string) *wasm.Module {
	t.Helper()
	out, err := outputs()
	must(t, err)
	r, err := wasm.NewRuntime(wasm.Config{CacheDir: filepath.Join(out, "penstock")})
	must(t, err)
	t.Cleanup(func() { r.Close(context.Background()) })
	m, err := r.Load(context.Background(), plugin, code(t, l.name, plugin))
	must(t, err)
	t.Cleanup(m.Close)
	return m
}

// template starts a plugin in the real sandbox.
func template(t testing.TB, l language, plugin, options string) (*wasm.Template, error) {
	t.Helper()
	ctx := context.Background()
	m := load(t, l, plugin)
	sinks, err := wasm.OpenSinks([]string{os.DevNull})
	must(t, err)
	t.Cleanup(func() { sinks.Close() })
	tp, err := m.Template(ctx, wasm.Definition{Name: "x", Options: []byte(options),
		Services: wasm.Services{KV: wasm.NewKV(wasm.KVLimits{}), Metrics: wasm.NewMetrics(), Sinks: sinks}})
	if err == nil {
		t.Cleanup(tp.Close)
	}
	return tp, err
}

func open(t testing.TB, tp *wasm.Template, reason abi.OpenReason, state []byte) *wasm.Instance {
	t.Helper()
	i, err := tp.Open(context.Background(), reason, quiet{}, state)
	must(t, err)
	return i
}

func command(h *abi.Header, sequence uint64, sql string) []byte {
	*h = abi.Header{}
	h.SetU64(abi.HdrSequence, sequence)
	h[abi.HdrCommand] = 3
	h.SetU32(abi.HdrSessionFlags, abi.SessionAutocommit)
	h.SetU32(abi.HdrSQLOffset, 1)
	h.SetU32(abi.HdrSQLLength, uint32(len(sql)))
	h.SetU64(abi.HdrDigest, 42)
	return append([]byte{3}, sql...)
}

// Every import is declared with the signature that the host has: loading checks it.
func TestImports(t *testing.T) {
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			tp, err := template(t, l, everything, `{}`)
			must(t, err)
			if why := tp.Plain(); why != "" {
				t.Errorf("it cannot be cloned: %s", why)
			}
			used := map[string]bool{}
			for _, f := range load(t, l, everything).Imports() {
				used[f.Name[strings.LastIndex(f.Name, ".")+1:]] = true
			}
			for _, f := range abi.Imports {
				if !used[f.Name] {
					t.Errorf("it does not import %s", f.Name)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, l := range languages {
		for options, part := range map[string]string{
			`{"name":"refuse"}`:       `everything: asked to refuse`,
			`{"nmae":"x"}`:            `unknown option "nmae"; allowed: `,
			`{"tables":[{"m":1}]}`:    `unknown option "tables[1].m"; allowed: n`,
			`{"word":"blue"}`:         `must be one of red, green`,
			`{"wait":"5"}`:            `a duration with a unit`,
			`{"size":"5 apples"}`:     `a number of bytes`,
			`{"flag":1}`:              `option "flag" must be true or false, not a number`,
			`{"tables":[{"n":1001}]}`: `option "tables[1].n" must be a whole number from 0 to 1000, not 1001`,
			`{"list":[1]}`:            `a list of strings`,
			`{"list":{}}`:             `must be a list of strings, not a table`,
			`{"name":true}`:           `option "name" must be a string, not a boolean`,
			`{"name":"\ud83d\ude00","flag":null,"size":1000,"list":["a"],"wait":"1.5ms","word":"RED"}`: ``,
		} {
			_, err := template(t, l, everything, options)
			if part == "" && err != nil || part != "" && (err == nil || !strings.Contains(err.Error(), part)) {
				t.Errorf("%s, %s: %v, want %q", l.name, options, err, part)
			}
		}
	}
}

func TestStateHandOver(t *testing.T) {
	for _, l := range languages {
		ok := t.Run(l.name, func(t *testing.T) {
			tp, err := template(t, l, everything, `{}`)
			must(t, err)
			old := open(t, tp, abi.OpenNew, nil)
			var h abi.Header
			for n := range uint64(300) {
				if _, err := old.Query(&h, command(&h, n+1, "SELECT 1")); err != nil {
					t.Fatal(err)
				}
			}
			v, err := old.Event(abi.EventDetach, 0, 0)
			must(t, err)
			if v.Action() != abi.Replaced {
				t.Fatalf("it hands nothing over: %v", v.Action())
			}
			state := append([]byte(nil), old.Output()...)
			next := open(t, tp, abi.OpenSwap, state)
			v, err = next.Event(abi.EventDiagnostics, 0, 0)
			must(t, err)
			if got := string(next.Output()); v.Action() != abi.Replaced || got != `{"commands":300}` {
				t.Errorf("its successor says %v %q", v.Action(), got)
			}
			must(t, next.Close(abi.CloseSessionEnd))
			must(t, old.Close(abi.CloseSwap))
			for _, damaged := range [][]byte{state[:len(state)-1], append(state, 1), {9}, {}} {
				if _, err := tp.Open(context.Background(), abi.OpenSwap, quiet{}, damaged); err == nil {
					t.Errorf("it takes the state % x", damaged)
				}
			}
		})
		note(l.name, "state hand-over", map[bool]string{true: "yes", false: "FAILS"}[ok])
	}
}

// What an auditlog costs: module, instance, event. The figures are for the table.
func TestCost(t *testing.T) {
	for _, l := range languages {
		note(l.name, "auditlog: module, bytes", fmt.Sprint(len(code(t, l.name, auditlog))))
		tp, err := template(t, l, auditlog, `{}`)
		must(t, err)
		const sessions = 1000
		begun := time.Now()
		for range sessions {
			must(t, open(t, tp, abi.OpenNew, nil).Close(abi.CloseSessionEnd))
		}
		note(l.name, "open and close an instance", fmt.Sprintf("%.1f µs", float64(time.Since(begun).Nanoseconds())/sessions/1000))
		i := open(t, tp, abi.OpenNew, nil)
		defer i.Close(abi.CloseSessionEnd)
		var h abi.Header
		event := func(n uint64) {
			if _, err := i.Query(&h, command(&h, n, "SELECT 1")); err != nil {
				t.Fatal(err)
			}
			if _, err := i.Reply(&h, abi.PhaseSummary, nil); err != nil {
				t.Fatal(err)
			}
		}
		const events = 20_000
		for n := range uint64(events / 10) {
			event(n + 1)
		}
		begun = time.Now()
		for n := range uint64(events) {
			event(n + 1)
		}
		note(l.name, "a statement and its reply", fmt.Sprintf("%.2f µs", float64(time.Since(begun).Nanoseconds())/events/1000))
		note(l.name, "an instance's own memory", fmt.Sprintf("%d KB", i.Memory()/1000))
	}
}
