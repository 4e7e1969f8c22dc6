package plugins_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// BenchmarkScript is what a hook of a script costs the host, in the real sandbox:
// a statement that is looked at and passed, and a row of which one value is masked, in
// parts of as many rows as the window holds.
//
//	go test ./plugins -run - -bench Script
func BenchmarkScript(b *testing.B) {
	for _, c := range []struct{ plugin, query, row string }{
		{"luafilter", `function query(q) if q.is("ddl") then return q.reject(1142) end end`,
			`function row(r, values) for _, i in ipairs(r.find("secret")) do values[i] = "***" end end`},
		{"jsfilter", `function query(q) { if (q.is("ddl")) return q.reject(1142) }`,
			`function row(r, values) { for (const i of r.find("secret")) values[i] = "***" }`},
	} {
		b.Run(c.plugin+"/query", func(b *testing.B) {
			i := openScript(b, c.plugin, c.query, time.Minute)
			h, sql := header("SELECT 1", abi.TypeRead), []byte("\x03SELECT 1")
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			n, start := 0, processorTime(b)
			for b.Loop() {
				n++
				if _, err := i.Query(h, sql); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(processorTime(b)-start)/float64(n), "cpu-ns/op")
		})
		b.Run(c.plugin+"/row", func(b *testing.B) {
			i := openScript(b, c.plugin, c.row, time.Minute)
			h := header("SELECT 1", abi.TypeRead)
			h.SetU32(abi.HdrColumns, 3)
			if _, err := i.Query(h, []byte("\x03SELECT 1")); err != nil {
				b.Fatal(err)
			}
			h.SetU32(abi.HdrColumns, 3)
			if _, err := i.Reply(h, abi.PhaseColumns, columns("id", "secret", "name")); err != nil {
				b.Fatal(err)
			}
			rows := 0
			var part []byte
			for ; len(part) < abi.MinWindow-32; rows++ {
				part = frame(part, fmt.Sprintf("\x05%05d\x06hidden\x0cplain text %c", rows, 'a'+rows%26))
			}
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			n, start := 0, processorTime(b)
			for b.Loop() {
				if v, err := i.Reply(h, abi.PhaseRows, part); err != nil || v.Action() != abi.Replaced {
					b.Fatal(v.Action(), err)
				}
				n += rows
			}
			b.ReportMetric(float64(processorTime(b)-start)/float64(n), "cpu-ns/row")
			b.ReportMetric(float64(rows), "rows/op")
			b.ReportMetric(float64(i.Memory()), "memory-B")
		})
	}
}

// columns are the packets of a result's definitions.
func columns(names ...string) []byte {
	part := frame(nil, string(rune(len(names))))
	for _, name := range names {
		text := "\x03def\x00\x00\x00" + string(rune(len(name))) + name + "\x00\x0c"
		part = frame(part, text+"\x2d\x00\x50\x00\x00\x00\xfd\x00\x00\x00\x00\x00")
	}
	return part
}

func frame(dst []byte, payload string) []byte {
	return append(append(dst, byte(len(payload)), byte(len(payload)>>8), 0, 0), payload...)
}
