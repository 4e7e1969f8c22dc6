// Package plugins_test builds the built-in plugins' module and runs each of them
// in the real sandbox: what the fake host of package sdktest cannot show.
package plugins_test

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// maxSize is what the module may weigh: it is read and compiled at start.
const maxSize = 4 << 20

// samples are definitions that must work, one a plugin.
var samples = map[string]string{
	"routers/readwritesplit":    `{"max_replication_lag":"5s"}`,
	"routers/readconnroute":     `{"router_options":"running"}`,
	"filters/regexfilter":       `{"match":"select (\\d)","replace":"SELECT 4$1"}`,
	"filters/qlafilter":         `{"format":"json"}`,
	"filters/throttlefilter":    `{"max_qps":1000,"throttling_duration":"5s"}`,
	"filters/maxrows":           `{"max_resultset_rows":10}`,
	"filters/namedserverfilter": `{"match01":"select","target01":"db2"}`,
	"filters/dbfwfilter":        `{"rules":[{"name":"star","type":"wildcard"}]}`,
}

// session is the least that an instance needs, with two servers.
type session struct{ t testing.TB }

func (s session) LogEnabled(abi.LogLevel) bool { return true }
func (s session) Log(level abi.LogLevel, line string) {
	s.t.Logf("log %d: %s", level, line)
}
func (s session) Info(key string) (string, bool) { return "app", key == "user" }

func (s session) AppendTargets(dst []byte) []byte { return append(dst, cluster(2)...) }

// cluster is the target table of a primary and n-1 replicas.
func cluster(n int) []byte {
	table := make([]byte, abi.TargetsHeadSize+n*abi.TargetEntrySize)
	put := func(off int, v uint32) { binary.LittleEndian.PutUint32(table[off:], v) }
	put(abi.TargetsVersion, 1)
	put(abi.TargetsCount, uint32(n))
	put(abi.TargetsEntrySize, abi.TargetEntrySize)
	put(abi.TargetsCurrent, abi.NoTarget)
	for i := range n {
		status := uint32(abi.TargetRunning | abi.TargetReplica)
		if i == 0 {
			status = abi.TargetRunning | abi.TargetPrimary
		}
		at := abi.TargetsHeadSize + i*abi.TargetEntrySize
		put(at+abi.TargetIndex, uint32(i))
		put(at+abi.TargetStatus, status)
		put(at+abi.TargetWeight, 1)
		put(at+abi.TargetConnections, uint32(i))
		name := "db" + strconv.Itoa(i+1)
		put(at+abi.TargetNameLength, uint32(len(name)))
		copy(table[at+abi.TargetName:], name)
	}
	return table
}

func build(t testing.TB, plugin string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "m.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, "./"+plugin)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func header(sql string, typ uint64) *abi.Header {
	h := &abi.Header{}
	h.SetU64(abi.HdrSequence, 1)
	h[abi.HdrCommand] = 3
	h.SetU32(abi.HdrSessionFlags, abi.SessionAutocommit)
	h.SetU64(abi.HdrType, typ)
	h.SetU32(abi.HdrSQLOffset, 1)
	h.SetU32(abi.HdrSQLLength, uint32(len(sql)))
	h.SetU32(abi.HdrTargets, 1)
	h.SetU32(abi.HdrServer, abi.NoTarget)
	return h
}

func TestModules(t *testing.T) {
	dirs, err := filepath.Glob("*ers/*")
	if err != nil || len(dirs) != len(samples) {
		t.Fatalf("%d plugins and %d samples (%v)", len(dirs), len(samples), err)
	}
	ctx := context.Background()
	r, err := wasm.NewRuntime(wasm.Config{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(ctx)
	code := build(t, "builtin")
	t.Logf("%d bytes", len(code))
	if len(code) > maxSize {
		t.Errorf("the module has %d bytes, more than %d", len(code), maxSize)
	}
	m, err := r.Load(ctx, "builtin", code)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for plugin, options := range samples {
		t.Run(plugin, func(t *testing.T) {
			kind := abi.KindFilter
			if strings.HasPrefix(plugin, "routers/") {
				kind = abi.KindRouter
			}
			d := wasm.Definition{Name: "x", Plugin: filepath.Base(plugin), Kind: kind, Options: []byte(options)}
			d.Services = wasm.Services{KV: wasm.NewKV(wasm.KVLimits{}), Metrics: wasm.NewMetrics(), Sinks: &wasm.Sinks{}}
			tp, err := m.Template(ctx, d)
			if err != nil {
				t.Fatal(err)
			}
			defer tp.Close()
			i, err := tp.Open(ctx, abi.OpenNew, session{t}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer i.Close(abi.CloseSessionEnd)
			for n := range 200 { // the garbage collector gets a turn every 64 calls
				run(t, i, kind, filepath.Base(plugin), n)
			}
			t.Logf("%d bytes of memory", i.Memory())

			d.Options = []byte(`{"no_such_option":1}`)
			if _, err := m.Template(ctx, d); err == nil || !strings.Contains(err.Error(), `unknown option "no_such_option"; allowed: `) {
				t.Errorf("an unknown option: %v", err)
			}
		})
	}
}

// Between two calls nothing of a guest runs, its garbage collector neither. It
// must keep up all the same: the garbage of this test is several times the
// memory that an instance may have.
func TestGarbageIsCollected(t *testing.T) {
	ctx := context.Background()
	r, err := wasm.NewRuntime(wasm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(ctx)
	m, err := r.Load(ctx, "garbage", build(t, "testdata/garbage"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	tp, err := m.Template(ctx, wasm.Definition{Name: "x", Plugin: "garbage"})
	if err != nil {
		t.Fatal(err)
	}
	defer tp.Close()
	i, err := tp.Open(ctx, abi.OpenNew, session{t}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(abi.CloseSessionEnd)
	h, sql := header("SELECT 1", abi.TypeRead), []byte("\x03SELECT 1")
	for n := range 30_000 {
		if _, err := i.Query(h, sql); err != nil {
			t.Fatalf("call %d, with %d bytes of memory: %v", n, i.Memory(), err)
		}
	}
	if used := i.Memory(); used > 12<<20 {
		t.Errorf("the instance grew to %d bytes", used)
	}
}

func run(t *testing.T, i *wasm.Instance, kind abi.Kind, plugin string, n int) {
	t.Helper()
	const sql = "SELECT 2"
	h := header(sql, abi.TypeRead)
	call, want := i.Query, abi.Verdict(abi.Pass)
	if kind == abi.KindRouter {
		call = i.Route
		want = abi.NewVerdict(abi.One, map[string]uint32{"readwritesplit": 1, "readconnroute": 0}[plugin])
	}
	if plugin == "regexfilter" {
		want = abi.NewVerdict(abi.Replaced, uint32(1+len("SELECT 42")))
	}
	v, err := call(h, append([]byte{3}, sql...))
	if err != nil {
		t.Fatalf("call %d: %v", n, err)
	}
	if v != want {
		t.Fatalf("call %d: %v %d", n, v.Action(), v.Arg())
	}
	switch plugin {
	case "regexfilter":
		if got := string(i.Output()); got != "\x03SELECT 42" {
			t.Fatalf("%q", got)
		}
	case "namedserverfilter":
		if kind, name := h.Hint(); kind != abi.HintServer || string(name) != "db2" {
			t.Fatalf("hint %v %q", kind, name)
		}
	}
}
