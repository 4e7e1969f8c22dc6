package peers

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// command is the event: what a client's statement looks like to a filter.
type command struct {
	sequence  uint64
	flags     uint32
	typ       uint64
	operation abi.Operation
	charset   uint32
	digest    uint64
	now       uint64
	deadline  uint64
	payload   []byte // COM_QUERY and 200 bytes of SQL
}

func newCommand(first string) *command {
	sql := first + " c FROM t WHERE id IN (7" + strings.Repeat(", 8", 100)
	return &command{sequence: 1, flags: abi.SessionAutocommit, typ: abi.TypeRead, operation: abi.OpSelect, charset: 45,
		digest: 0x9e3779b97f4a7c15, now: 1e12, deadline: 1e12 + 1e7, payload: append([]byte{3}, sql[:200]...)}
}

// instance is one session's plugin in any of the hosts.
type instance interface {
	query(c *command) (abi.Action, error)
	close()
}

// host is a host with the filter loaded; open makes a session's instance.
type host interface {
	open() (instance, error)
}

var hosts = []struct {
	name string
	load func(t testing.TB) host
}{
	{"penstock", loadPenstock},
	{"goplugin", loadGoPlugin},
	{"extism", loadExtism},
	{"proxywasm", loadProxyWasm},
	{"proxywasm-vm", loadProxyWasmVM},
}

// The event arrives, and the verdict is the guest's.
func TestVerdicts(t *testing.T) {
	for _, h := range hosts {
		t.Run(h.name, func(t *testing.T) {
			host := h.load(t)
			for range 3 {
				i, err := host.open()
				if err != nil {
					t.Fatal(err)
				}
				for first, want := range map[string]abi.Action{"SELECT": abi.Pass, "!SELECT": abi.Reject} {
					if got, err := i.query(newCommand(first)); err != nil || got != want {
						t.Errorf("%s: %v, %v, want %v", first, got, err, want)
					}
				}
				i.close()
			}
		})
	}
}

func BenchmarkEvent(b *testing.B) {
	for _, h := range hosts {
		b.Run(h.name, func(b *testing.B) {
			i, err := h.load(b).open()
			if err != nil {
				b.Fatal(err)
			}
			defer i.close()
			c := newCommand("SELECT")
			b.ReportAllocs()
			for b.Loop() {
				c.sequence++
				if _, err := i.query(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInstance opens a session's instance, asks it once and closes it.
func BenchmarkInstance(b *testing.B) {
	for _, h := range hosts {
		b.Run(h.name, func(b *testing.B) {
			host := h.load(b)
			c := newCommand("SELECT")
			b.ReportAllocs()
			for b.Loop() {
				i, err := host.open()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := i.query(c); err != nil {
					b.Fatal(err)
				}
				i.close()
			}
		})
	}
}

// BenchmarkMemory says what a session's instance holds once it has been asked, with
// what the host keeps for it. It measures once: what was given back would be used again.
func BenchmarkMemory(b *testing.B) {
	sessions := map[string]int{"penstock": 2000, "proxywasm": 50_000} // as many as make everything else small
	for _, h := range hosts {
		b.Run(h.name, func(b *testing.B) {
			host, c := h.load(b), newCommand("SELECT")
			open := make([]instance, cmp.Or(sessions[h.name], 16))
			before := resident(b)
			for k := range open {
				var err error
				if open[k], err = host.open(); err == nil {
					_, err = open[k].query(c)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			perSession := float64(resident(b)-before) / float64(len(open))
			for _, i := range open {
				i.close()
			}
			for b.Loop() {
			}
			b.ReportMetric(perSession, "B/session")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// resident is the memory that is the process's own, in bytes, without garbage. A page that
// several instances map counts once.
func resident(b *testing.B) (bytes int) {
	b.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		b.Skip("only Linux tells: ", err)
	}
	_, after, _ := strings.Cut(string(text), "\nPss:")
	if _, err := fmt.Sscan(after, &bytes); err != nil {
		b.Fatal(err)
	}
	return bytes << 10
}

var built string // directory of the guests

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "penstock-peers-")
	if err != nil {
		panic(err)
	}
	built = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// guest returns the path of guests/NAME, built once.
func guest(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join(built, name+".wasm")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, "./guests/"+name)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the guest for %s: %v\n%s", name, err, bytes.TrimSpace(out))
	}
	return file
}

// ctx is for APIs that want one.
var ctx = context.Background()
