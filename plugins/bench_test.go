package plugins_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// BenchmarkEvent is what one hook of each plugin costs the host: header and
// payload written, the module called, the verdict read. The plugins find
// nothing to do, as they do for nearly every statement.
//
//	go test ./plugins -run - -bench Event/readwritesplit
//
// ns/op is time that passed; cpu-ns/op is the processor time of the thread, and
// the better figure on a machine that is busy with other things.
func BenchmarkEvent(b *testing.B) {
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			all, kind := open(b, c)
			for _, s := range statements() {
				b.Run(s.name, func(b *testing.B) { measure(b, all, kind, s, c.reply) })
			}
		})
	}
}

// sessions is how many instances take turns. With many of them, what a plugin
// touches is not in the processor's caches, as in a busy proxy.
var sessions = flag.Int("sessions", 32, "instances that take turns in BenchmarkEvent")

// benchmark is a definition that is measured.
type benchmark struct {
	name    string
	plugin  string
	options string
	servers int
	reply   bool // the reply's summary is an event too
}

var cases = []benchmark{
	{name: "pass", plugin: "filters/maxrows", options: `{}`}, // its Query answers Pass and looks at nothing
	{name: "regexfilter", plugin: "filters/regexfilter", options: `{"match":"\\bcard_number\\b","replace":"'****'"}`},
	{name: "regexfilter/digits", plugin: "filters/regexfilter", options: `{"match":"\\b[0-9]{16}\\b","replace":"****"}`}, // no text that every match has
	{name: "namedserverfilter", plugin: "filters/namedserverfilter", options: `{"match01":"\\breport_[0-9]+\\b","target01":"->master"}`},
	{name: "throttlefilter", plugin: "filters/throttlefilter", options: `{"max_qps":1000000,"throttling_duration":"1m"}`},
	{name: "dbfwfilter/regex", plugin: "filters/dbfwfilter", options: `{"rules":[{"name":"r","type":"regex","pattern":"\\bcard_number\\b"}]}`},
	{name: "dbfwfilter/names", plugin: "filters/dbfwfilter", options: `{"rules":[{"name":"w","type":"wildcard"},{"name":"c","type":"columns","values":["salary","iban"]},{"name":"d","type":"no_where_clause","on_operations":["delete"]}]}`},
	{name: "qlafilter/other", plugin: "filters/qlafilter", options: `{"match":"card_number"}`},
	{name: "qlafilter/all", plugin: "filters/qlafilter", options: `{"log_data":["date","user","query","total_reply_time","num_rows"]}`, reply: true},
	{name: "qlafilter/json", plugin: "filters/qlafilter", options: `{"log_data":["date","user","query","total_reply_time","num_rows"],"format":"json"}`, reply: true},
	{name: "readconnroute", plugin: "routers/readconnroute", options: `{}`, servers: 3},
	{name: "readwritesplit/1server", plugin: "routers/readwritesplit", options: `{}`, servers: 1},
	{name: "readwritesplit/2servers", plugin: "routers/readwritesplit", options: `{}`, servers: 2},
	{name: "readwritesplit/4servers", plugin: "routers/readwritesplit", options: `{}`, servers: 4},
}

// statement is a command as the engine would show it: the header is filled in
// as engine/header.go does it.
type statement struct {
	name    string
	command byte
	payload []byte
	sql     int // where its text begins
	typ     uint64
	op      abi.Operation
	flags   uint32
}

func statements() []statement {
	const point = "SELECT c FROM sbtest1 WHERE id=5006"
	long := "SELECT c FROM sbtest1 WHERE id IN (5006" + strings.Repeat(", 123456789", 182) + ")" // 2 KiB
	execute := append([]byte{0x17, 7, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 0, 0x8e, 0x13, 0, 0}, "SELECT c FROM sbtest1 WHERE id=?"...)
	return []statement{
		{"point", 3, []byte("\x03" + point), 1, abi.TypeRead, abi.OpSelect, abi.SessionAutocommit},
		{"2KiB", 3, []byte("\x03" + long), 1, abi.TypeRead, abi.OpSelect, abi.SessionAutocommit},
		{"execute", 0x17, execute, 18, abi.TypeRead, abi.OpSelect, abi.SessionAutocommit | abi.SessionPrepared},
		{"write", 3, []byte("\x03UPDATE sbtest1 SET k=k+1 WHERE id=5006"), 1, abi.TypeWrite, abi.OpUpdate, abi.SessionAutocommit},
	}
}

func (s *statement) header(h *abi.Header, sequence uint64) {
	*h = abi.Header{}
	h.SetU64(abi.HdrSequence, sequence)
	h[abi.HdrCommand] = s.command
	h.SetU32(abi.HdrSessionFlags, s.flags)
	h.SetU32(abi.HdrCharset, 45)
	h.SetU64(abi.HdrType, s.typ)
	h.SetU32(abi.HdrOperation, uint32(s.op))
	h.SetU32(abi.HdrSQLOffset, uint32(s.sql))
	h.SetU32(abi.HdrSQLLength, uint32(len(s.payload)-s.sql))
	h.SetU32(abi.HdrTargets, 1)
	h.SetU32(abi.HdrServer, 0)
}

// open starts the case's module as it is built, in the real sandbox.
func open(b *testing.B, c benchmark) ([]*wasm.Instance, abi.Kind) {
	ctx := context.Background()
	r, err := wasm.NewRuntime(wasm.Config{CacheDir: filepath.Join(os.TempDir(), "penstock-bench-cache")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close(ctx) })
	m, err := r.Load(ctx, c.name, build(b, "builtin"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(m.Close)
	kind := abi.KindFilter
	if strings.HasPrefix(c.plugin, "routers/") {
		kind = abi.KindRouter
	}
	d := wasm.Definition{Name: "x", Plugin: filepath.Base(c.plugin), Kind: kind, Options: []byte(c.options)}
	sinks, err := wasm.OpenSinks([]string{os.DevNull})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { sinks.Close() })
	d.Services = wasm.Services{KV: wasm.NewKV(wasm.KVLimits{}), Metrics: wasm.NewMetrics(), Sinks: sinks}
	tp, err := m.Template(ctx, d)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(tp.Close)
	var all []*wasm.Instance
	for range *sessions {
		i, err := tp.Open(ctx, abi.OpenNew, quiet{cluster(c.servers)}, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
		all = append(all, i)
	}
	return all, kind
}

// quiet is a session that logs nothing and knows its servers.
type quiet struct{ table []byte }

func (quiet) LogEnabled(abi.LogLevel) bool      { return false }
func (quiet) Log(abi.LogLevel, string)          {}
func (quiet) Info(key string) (string, bool)    { return "app", key == "user" }
func (q quiet) AppendTargets(dst []byte) []byte { return append(dst, q.table...) }

func measure(b *testing.B, all []*wasm.Instance, kind abi.Kind, s statement, reply bool) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var h abi.Header
	n, start := 0, processorTime(b)
	for b.Loop() {
		i := all[n%len(all)]
		n++
		s.header(&h, uint64(n))
		call := i.Query
		if kind == abi.KindRouter {
			call = i.Route
		}
		if _, err := call(&h, s.payload); err != nil {
			b.Fatal(err)
		}
		if reply {
			h.SetU32(abi.HdrReplyState, uint32(abi.ReplyStateResult))
			if _, err := i.Reply(&h, abi.PhaseSummary, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(processorTime(b)-start)/float64(n), "cpu-ns/op")
}

func processorTime(b *testing.B) int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return t.Nano()
}
