package plugins_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-db/penstock/docs"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/tck"
)

// The script filters are modules of their own, in a Go module of their own.

// scriptCache keeps their compiled code: an interpreter takes seconds.
var scriptCache = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "penstock-scripts-") })

func TestMain(m *testing.M) { os.Exit(runMain(m)) }

func runMain(m *testing.M) int {
	if dir, err := scriptCache(); err == nil {
		defer os.RemoveAll(dir)
	}
	return m.Run()
}

var scriptModules sync.Map // plugin to func() ([]byte, error)

// buildScript builds a script filter once.
func buildScript(t testing.TB, plugin string) []byte {
	t.Helper()
	once, _ := scriptModules.LoadOrStore(plugin, sync.OnceValues(func() ([]byte, error) {
		dir, err := scriptCache()
		if err != nil {
			return nil, err
		}
		file := filepath.Join(dir, plugin+".wasm")
		cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, "./"+plugin)
		cmd.Dir, cmd.Env = "scripts", append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, errors.New(string(out))
		}
		return os.ReadFile(file)
	}))
	code, err := once.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// scripts do a bit of everything.
var scripts = map[string]string{
	"luafilter": `
local hits
function setup(o) hits = o.counter("hits") end
function open(reason) set_timer(1, 1) end
function query(q)
  hits.add()
  kv.set("user", q.user)
  if q.is("ddl") then return q.reject(1142, "42000", "no DDL") end
  if q.operation == "update" then return q.rewrite(q.sql .. " /* seen */") end
  if q.canonical == "SELECT ?" then return q.answer({"n", "t"}, {{1, "one"}, {2}}) end
  q.hint("replica")
end
function reply(r) if r.errno > 0 then log(r.sqlstate .. r.user) end end
function row(r, values) for _, i in ipairs(r.find("secret")) do values[i] = "***" end end
function timer(id) log("timer") end
function reset() end
function close(reason) end`,
	"jsfilter": `
let hits
function setup(o) { hits = o.counter("hits") }
function open(reason) { set_timer(1, 1) }
function query(q) {
  hits.add()
  kv.set("user", q.user)
  if (q.is("ddl")) return q.reject(1142, "42000", "no DDL")
  if (q.operation === "update") return q.rewrite(q.sql + " /* seen */")
  if (q.canonical === "SELECT ?") return q.answer(["n", "t"], [[1, "one"], [2]])
  q.hint("replica")
}
function reply(r) { if (r.errno > 0) log(r.sqlstate + r.user) }
function row(r, values) { for (const i of r.find("secret")) values[i] = "***" }
function timer(id) { log("timer") }
function reset() {}
function close(reason) {}`,
}

func scriptOptions(t testing.TB, source string) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]string{"script": source})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestScriptFiltersConform(t *testing.T) {
	for plugin, source := range scripts {
		t.Run(plugin, func(t *testing.T) {
			dir, _ := scriptCache()
			r, err := tck.Run(t.Context(), buildScript(t, plugin), tck.Config{Options: scriptOptions(t, source), Call: 5 * time.Second, CacheDir: dir})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Failed() {
				t.Errorf("%s (%s): %q", f.Rule.ID, f.Rule.Demand, f.Seen)
			}
			if len(r.Results) != len(tck.Rules()) || r.Crossings < 100 {
				t.Errorf("%d results, %d crossings", len(r.Results), r.Crossings)
			}
		})
	}
}

// script opens an instance of a script filter in the real sandbox.
func openScript(t testing.TB, plugin, source string, call time.Duration) *wasm.Instance {
	t.Helper()
	dir, _ := scriptCache()
	r, err := wasm.NewRuntime(wasm.Config{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(t.Context()) })
	m, err := r.Load(t.Context(), plugin, buildScript(t, plugin))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	tp, err := m.Template(t.Context(), wasm.Definition{Name: "x", Plugin: plugin, Kind: abi.KindFilter, Options: scriptOptions(t, source),
		Limits: wasm.Limits{Call: call}, Services: wasm.Services{KV: wasm.NewKV(wasm.KVLimits{}), Metrics: wasm.NewMetrics(), Sinks: &wasm.Sinks{}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tp.Close)
	if why := tp.Plain(); why != "" {
		t.Errorf("%s cannot be cloned: %s", plugin, why)
	}
	i, err := tp.Open(t.Context(), abi.OpenNew, session{t}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
	return i
}

// TestScriptsOfDocuments starts the scripts that stand in documents.
func TestScriptsOfDocuments(t *testing.T) {
	for _, b := range docs.Blocks(t) {
		i := openScript(t, b.Lang+"filter", b.Text(), time.Second)
		if v, err := i.Query(header("SELECT 1", abi.TypeRead), []byte("\x03SELECT 1")); err != nil || v != abi.Verdict(abi.Pass) {
			t.Errorf("%s: %v %v", b, v.Action(), err)
		}
	}
}

// TestScriptsCollectGarbage lets scripts leave many times the memory that they may have.
func TestScriptsCollectGarbage(t *testing.T) {
	for plugin, source := range map[string]string{
		"luafilter": `function query(q) local t = {} for i = 1, 20 do t[i] = q.sql .. i end return q.rewrite(table.concat(t)) end`,
		"jsfilter":  `function query(q) { const t = []; for (let i = 0; i < 20; i++) t.push(q.sql + i); return q.rewrite(t.join("")) }`,
	} {
		t.Run(plugin, func(t *testing.T) {
			i := openScript(t, plugin, source, 5*time.Second)
			h, sql := header("SELECT 1", abi.TypeRead), []byte("\x03SELECT 1")
			for n := range 30_000 {
				if v, err := i.Query(h, sql); err != nil || v.Action() != abi.Replaced {
					t.Fatalf("call %d, with %d bytes of memory: %v %v", n, i.Memory(), v.Action(), err)
				}
			}
			t.Logf("%d bytes of memory", i.Memory())
			if used := i.Memory(); used > 24<<20 {
				t.Errorf("the instance grew to %d bytes", used)
			}
		})
	}
}

// TestRunawayScriptsAreStopped has scripts do what nobody waits for.
func TestRunawayScriptsAreStopped(t *testing.T) {
	for plugin, bad := range map[string]map[string]wasm.FailureKind{
		"luafilter": {
			`while true do end`: wasm.FailureTimeout,
			`while true do pcall(function() while true do end end) end`: wasm.FailureTimeout,
			`local s = "x" while true do s = s .. s end`:                wasm.FailureMemory,
			`local function f() return f() + 1 end f()`:                 wasm.FailureTrap,
			`return ("a"):rep(50):find(("a*"):rep(20) .. "b")`:          wasm.FailureTimeout,
		},
		"jsfilter": {
			`for (;;) {}`: wasm.FailureTimeout,
			`for (;;) { try { for (;;) {} } catch (e) {} }`:                 wasm.FailureTimeout,
			`const a = []; for (;;) a.push(new Array(1000).fill(1).join())`: wasm.FailureMemory,
			`const f = () => f() + 1; f()`:                                  wasm.FailureTrap,
			`/^(a+)+\1c$/.test("a".repeat(40))`:                             wasm.FailureTimeout,
		},
	} {
		for body, want := range bad {
			t.Run(plugin+" "+body, func(t *testing.T) {
				call := 100 * time.Millisecond
				if want == wasm.FailureMemory {
					call = 20 * time.Second
				}
				open, end := "{", "}"
				if plugin == "luafilter" {
					open, end = "", "end"
				}
				i := openScript(t, plugin, "function query(q) "+open+" "+body+" "+end, call)
				_, err := i.Query(header("SELECT 1", abi.TypeRead), []byte("\x03SELECT 1"))
				var failure *wasm.Failure
				if !errors.As(err, &failure) || failure.Kind != want {
					t.Fatalf("it ended with %v", err)
				}
				if want == wasm.FailureTrap && !strings.HasPrefix(failure.Output, "panic: script") {
					t.Errorf("its last words are %q", failure.Output)
				}
			})
		}
	}
}
